import Foundation
import Testing

/// What a server answered.
struct Answer {
  let status: Int
  let headers: [String: String]
  let body: String

  /// Sends a request over a connection of its own and reads the answer. Written out by hand, because other clients mend
  /// odd paths and hosts before they send them.
  ///
  /// - Parameter address: such as `http://127.0.0.1:8642/`.
  init(
    _ target: String, _ method: String = "GET", from address: String, host: String? = "localhost",
    headers: [String: String] = [:]
  ) async throws {
    let port = try #require(URL(string: address)?.port.flatMap { UInt16(exactly: $0) })
    var lines = ["\(method) \(target) HTTP/1.1"] + (host.map { ["Host: \($0)"] } ?? []) + ["Connection: close"]
    lines += headers.map { "\($0.key): \($0.value)" }
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    // Waiting must not keep a thread from the server, which is in this process.
    let data = try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try exchange(request, port) }) }.start()
    }
    let text = String(decoding: data, as: UTF8.self)
    let end = try #require(text.firstRange(of: "\r\n\r\n"), "no answer to \(method) \(target.prefix(80))")
    let head = text[..<end.lowerBound].split(separator: "\r\n")
    status = try #require(head.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    self.headers = head.dropFirst().reduce(into: [:]) { fields, line in
      let parts = line.split(separator: ":", maxSplits: 1)
      fields[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    body = String(text[end.upperBound...])
  }
}

/// Sends bytes to a port of this machine, and reads until the other side ends.
private func exchange(_ request: [UInt8], _ port: UInt16) throws -> Data {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var place = sockaddr_in()
  place.sin_family = sa_family_t(AF_INET)
  place.sin_port = port.bigEndian
  place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  let connected = withUnsafePointer(to: &place) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard connected == 0 else { throw CocoaError(.fileReadUnknown) }
  guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
    throw CocoaError(.fileWriteUnknown)
  }
  var (data, buffer) = (Data(), [UInt8](repeating: 0, count: 65536))
  while true {
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return data }
    data.append(contentsOf: buffer[..<count])
  }
}
