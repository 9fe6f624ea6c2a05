import Foundation
import SinewChildProcess
import SinewSharedMemory
import Synchronization

extension WorkerProcess {
  /// The files that a worker is given, and this process's ends of them.
  struct Files {
    var own: Int32 = -1
    var theirs: Int32 = -1
    var memory: Int32 = -1
    var script: Int32 = -1
    var pictures: Int32 = -1

    /// In the order of the numbers that they have there.
    var given: [Int32] { [theirs, STDERR_FILENO, STDERR_FILENO, memory, script, pictures] }

    mutating func open(script text: Data) throws {
      var sockets: [Int32] = [-1, -1]
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      guard socketpair(AF_UNIX, kind, 0, &sockets) == 0 else { throw problem() }
      (own, theirs) = (sockets[0], sockets[1])
      memory = sinew_memory_file("sinew-environments")
      script = sinew_memory_file("sinew-worker")
      pictures = sinew_memory_file("sinew-pictures")
      guard memory >= 0, script >= 0, pictures >= 0 else { throw problem() }
      let written = text.withUnsafeBytes { pwrite(script, $0.baseAddress, $0.count, 0) }
      guard written == text.count else { throw problem() }
    }

    private func problem() -> GymnasiumError {
      GymnasiumError("cannot start a worker: \(String(cString: strerror(errno)))")
    }

    mutating func closeGiven() {
      for file in [theirs, script] where file >= 0 { Glibc.close(file) }
      (theirs, script) = (-1, -1)
    }

    /// What stays open for as long as the worker lives.
    mutating func keep() -> (socket: Int32, pictures: Int32) {
      defer { (own, pictures) = (-1, -1) }
      return (own, pictures)
    }

    mutating func close() {
      closeGiven()
      for file in [own, memory, pictures] where file >= 0 { Glibc.close(file) }
    }
  }

  /// Starts Python with the worker's script.
  static func start(_ python: String, _ request: Request, _ files: [Int32]) throws -> pid_t {
    var variables = ProcessInfo.processInfo.environment
    // Workers are what runs at the same time, not the threads of a numerics library in each.
    for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] where variables[name] == nil {
      variables[name] = "1"
    }
    // MuJoCo draws without a screen only where it is told how.
    if request.renders, variables["DISPLAY"] == nil, variables["MUJOCO_GL"] == nil { variables["MUJOCO_GL"] = "egl" }
    let texts = [python, "/dev/fd/4", "\(GymnasiumSettings.prefix)\(request.id)"]
    let settings = variables.map { "\($0.key)=\($0.value)" }
    let result = Mutex<(pid: pid_t, error: Int32)>((0, 0))
    Spawner.shared.run {
      var (arguments, environment) = (texts.map { strdup($0) } + [nil], settings.map { strdup($0) } + [nil])
      defer { (arguments + environment).forEach { free($0) } }
      var process: pid_t = 0
      let error = sinew_child_start(&process, python, &arguments, &environment, files, Int32(files.count))
      result.withLock { $0 = (process, error) }
    }
    let (process, error) = result.withLock { $0 }
    guard error == 0 else { throw GymnasiumError("cannot start \(python): \(String(cString: strerror(error)))") }
    return process
  }
}

/// The thread that starts workers: it lives as long as the process, because the kernel ends a worker with the thread
/// that started it.
private final class Spawner: @unchecked Sendable {
  static let shared = Spawner()
  private let condition = NSCondition()
  private var jobs: [() -> Void] = []

  private init() {
    let thread = Thread { [self] in
      while true { next()() }
    }
    thread.name = "sinew worker starter"
    thread.start()
  }

  private func next() -> () -> Void {
    condition.lock()
    defer { condition.unlock() }
    while jobs.isEmpty { condition.wait() }
    return jobs.removeFirst()
  }

  /// Does it there, and returns when it is done.
  func run(_ job: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    condition.lock()
    jobs.append {
      job()
      done.signal()
    }
    condition.signal()
    condition.unlock()
    done.wait()
  }
}
