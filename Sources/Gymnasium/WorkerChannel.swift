import Foundation
import SinewSettings
import SinewSharedMemory

extension WorkerProcess {
  /// Lines of JSON to and from a worker that is being started.
  struct Channel {
    let socket: Int32
    let worker: pid_t
    let deadline: ContinuousClock.Instant
    let limit: Double
    var received = Data()

    /// A space of a million numbers with bounds of their own is some 50 MB.
    static let largestLine = 1 << 28

    /// What a worker says where it cannot go on.
    private struct Complaint: Decodable {
      var problem: String
      var unknown: String?
      var known: [String]?
    }

    func send(_ value: some Encodable) throws {
      let line = try JSONEncoder().encode(value) + Data("\n".utf8)
      let isSent = line.withUnsafeBytes { sinew_socket_send(socket, $0.baseAddress, $0.count) }
      // A worker that ends before it has read this has said why, or is asked for it next.
      if !isSent, errno != EPIPE, errno != ECONNRESET {
        throw GymnasiumError("cannot speak to worker process \(worker): \(String(cString: strerror(errno)))")
      }
    }

    mutating func receive<Value: Decodable>(_ type: Value.Type) throws -> Value {
      let line = try receiveLine()
      if let complaint = try? JSONDecoder().decode(Complaint.self, from: line) {
        if let name = complaint.unknown, let known = complaint.known {
          let advice =
            NearestName.question(for: name, among: known) ?? "a module that registers it is named with --gym-module"
          throw UsageError("Gymnasium has no environment '\(name)'; \(advice)")
        }
        throw GymnasiumError(complaint.problem)
      }
      guard let value = try? JSONDecoder().decode(type, from: line) else {
        throw GymnasiumError("worker process \(worker) says what cannot be read")
      }
      return value
    }

    private mutating func receiveLine() throws -> Data {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
          defer { received = Data(received[received.index(after: end)...]) }
          return Data(received[..<end])
        }
        guard received.count < Self.largestLine else { throw GymnasiumError("its spaces are too large") }
        var wanted = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        if poll(&wanted, 1, 50) <= 0 {
          guard ContinuousClock.now < deadline else {
            throw GymnasiumError(
              "worker process \(worker) was not ready within \(limit.formatted()) s: it was ended; "
                + "gymnasium.time_limit allows more")
          }
          continue
        }
        let count = read(socket, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          // The socket closes a moment before the process can be waited for.
          var ending = WorkerProcess.ending(worker, WNOHANG)
          for _ in 0..<100 where ending == nil {
            usleep(10_000)
            ending = WorkerProcess.ending(worker, WNOHANG)
          }
          throw GymnasiumError("worker process \(worker) \(ending ?? "has closed its socket") while it was started")
        }
        received += buffer[..<count]
      }
    }
  }
}
