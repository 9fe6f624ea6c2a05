import Foundation
import SinewSharedMemory
import Synchronization

/// A Python process that hosts environments of one kind.
///
/// It ends with the last reference to it; with this process, however that ends, because the kernel kills it then; and
/// when it hangs.
final class WorkerProcess: @unchecked Sendable {
  /// What a worker is started for.
  struct Request: Encodable {
    var id: String
    var module: String?
    var arguments: [[String]]
    var renders: Bool
    var slots: Int
    /// Which processor it keeps to, where workers need all of them; nil for any.
    var place: Int?
    /// Whether Python's warnings are left out, because another worker gives them.
    var quiet: Bool
  }

  let introduction: WorkerIntroduction
  let identifier: pid_t
  private let request: Request
  let python: String
  private let timeLimit: Double
  private let memory: WorkerMemory
  private let pictures: Int32
  private let socket: Int32
  /// Nanoseconds for which an answer is looked for before this process sleeps.
  private let patience: Int64
  private struct State {
    /// Why the worker can be of no more use.
    var failure: GymnasiumError?
    var isReaped = false
    /// Slots that have no environment here.
    var free: [Int] = []
  }
  private let state: Mutex<State>

  /// Starts a worker and has it make its first environment.
  ///
  /// - Throws: ``GymnasiumError``, and `UsageError` for an environment that Gymnasium does not know.
  init(_ request: Request, python: String, timeLimit: Double, patience: Int64) throws {
    (self.request, self.python, self.timeLimit, self.patience) = (request, python, timeLimit, patience)
    var files = Files()
    defer { files.close() }
    try files.open(script: Data(PackageResources.worker_py))
    identifier = try Self.start(python, request, files.given)
    files.closeGiven()
    do {
      let deadline = ContinuousClock.now + .seconds(timeLimit)
      var channel = Channel(socket: files.own, worker: identifier, deadline: deadline, limit: timeLimit)
      try channel.send(request)
      introduction = try channel.receive(WorkerIntroduction.self)
      guard (introduction.observation + introduction.action).allSatisfy(\.isSound), !introduction.observation.isEmpty,
        !introduction.action.isEmpty
      else { throw GymnasiumError("its spaces are empty, or larger than \(SpacePart.largestCount) numbers") }
      let layout = WorkerMemory.Layout(introduction, slots: request.slots)
      memory = try WorkerMemory(files.memory, layout)
      try channel.send(layout)
      _ = try channel.receive([String: Bool].self)
    } catch {
      // Unless it has ended and was waited for.
      if waitpid(identifier, nil, WNOHANG) == 0 {
        kill(identifier, SIGKILL)
        Self.reap(identifier)
      }
      throw Self.named(request.id, error)
    }
    (socket, pictures) = files.keep()
    state = Mutex(State(free: Array(0..<request.slots)))
  }

  deinit {
    // Environments may have something to put away.
    memory.stop()
    if !state.withLock({ $0.isReaped }) {
      let deadline = ContinuousClock.now + .seconds(2)
      while waitpid(identifier, nil, WNOHANG) == 0 {
        if ContinuousClock.now > deadline {
          kill(identifier, SIGKILL)
          Self.reap(identifier)
          break
        }
        usleep(2_000)
      }
    }
    close(socket)
    close(pictures)
  }

  private static func named(_ id: String, _ error: any Error) -> any Error {
    (error as? GymnasiumError).map { GymnasiumError("\(GymnasiumSettings.prefix)\(id): \($0.description)") } ?? error
  }

  // MARK: Slots

  /// A slot for a new environment; nil where all are taken, or the worker has failed.
  func takeSlot() -> Int? {
    state.withLock { $0.failure != nil || $0.free.isEmpty ? nil : $0.free.removeFirst() }
  }

  func giveBack(_ slot: Int) { state.withLock { $0.free.append(slot) } }

  /// Whether it has ended, or hung.
  var hasFailed: Bool { state.withLock { $0.failure != nil } }

  /// Environments that it hosts.
  var load: Int { state.withLock { request.slots - $0.free.count } }

  func slot(_ index: Int) -> WorkerMemory.Slot { memory.slot(index) }

  // MARK: Requests

  /// Asks for something, which the worker begins at once.
  func ask(_ slot: Int, _ command: WorkerCommand, isEager: Bool = false, seed: Int64 = -1) -> UInt32 {
    let place = memory.slot(slot)
    let number = place.answered() &+ 1
    place.ask(command, isEager: isEager, seed: seed, number: number)
    return number
  }

  /// Whether looking for answers was worth it lately.
  struct Looking {
    private var misses = 0
    private var skipped = 0

    /// Looks where it is promising: the more seldom the more often it was in vain.
    mutating func look(_ body: () -> Bool) -> Bool {
      if skipped < misses {
        skipped += 1
        return false
      }
      skipped = 0
      let isFound = body()
      misses = isFound ? 0 : min(misses + 1, 16)
      return isFound
    }
  }

  /// Waits for the answer: looks for it for a while, then sleeps.
  ///
  /// - Throws: ``GymnasiumError`` with what the environment raised, or where the worker has ended or hangs.
  func awaitAnswer(_ slot: Int, _ command: WorkerCommand, _ number: UInt32, _ looking: inout Looking) throws {
    if let failure = state.withLock({ $0.failure }) { throw failure }
    let place = memory.slot(slot)
    let before = number &- 1
    if place.answered() == before, !looking.look({ place.spin(while: before, nanoseconds: patience) }) {
      try sleep(until: place, isPast: before, slot, command)
    }
    if place.hasFailed {
      let activity = command == .make ? "" : "\(command.activity) of environment \(slot): "
      throw GymnasiumError("\(GymnasiumSettings.prefix)\(request.id): \(activity)\(place.message)")
    }
  }

  private func sleep(
    until place: WorkerMemory.Slot, isPast before: UInt32, _ slot: Int, _ command: WorkerCommand
  ) throws {
    let deadline = ContinuousClock.now + .seconds(timeLimit)
    place.setSleeping(true)
    defer { place.setSleeping(false) }
    // The worker may have looked just before it was said that somebody sleeps: never for long.
    var nap: Int64 = 200_000
    while !place.sleep(while: before, nanoseconds: nap) {
      nap = min(2 * nap, 20_000_000)
      if let ending = reapIfEnded() {
        // It may have answered last.
        if place.answered() != before { return }
        throw fail("worker process \(identifier) \(ending) in \(command.activity) of environment \(slot)")
      }
      if ContinuousClock.now > deadline {
        kill(identifier, SIGKILL)
        throw fail(
          "worker process \(identifier) has not answered for \(timeLimit.formatted()) s in \(command.activity) of environment "
            + "\(slot): it was ended; gymnasium.time_limit allows more")
      }
    }
  }

  private func fail(_ text: String) -> GymnasiumError {
    let failure = GymnasiumError("\(GymnasiumSettings.prefix)\(request.id): \(text)")
    state.withLock { $0.failure = failure }
    return failure
  }

  /// How the worker ended; nil while it runs.
  private func reapIfEnded() -> String? {
    state.withLock { state in
      guard !state.isReaped else { return "has ended" }
      guard let ending = Self.ending(identifier, WNOHANG) else { return nil }
      state.isReaped = true
      return ending
    }
  }

  /// A picture that ``WorkerCommand/render`` was answered with: red, green and blue bytes, row by row.
  func picture(_ slot: Int) throws -> (width: Int, height: Int, pixels: [UInt8]) {
    let (width, height) = memory.slot(slot).pictureSize
    guard (1...16_384).contains(width), (1...16_384).contains(height) else {
      throw GymnasiumError("\(GymnasiumSettings.prefix)\(request.id): a picture of \(width) × \(height) pixels")
    }
    var pixels = [UInt8](repeating: 0, count: 3 * width * height)
    let count = pixels.withUnsafeMutableBytes { pread(pictures, $0.baseAddress, $0.count, 0) }
    guard count == pixels.count else {
      throw GymnasiumError("\(GymnasiumSettings.prefix)\(request.id): the picture is not whole")
    }
    return (width, height, pixels)
  }
}

extension WorkerProcess {
  /// Waits for a process that has been killed.
  static func reap(_ process: pid_t) { while waitpid(process, nil, 0) < 0, errno == EINTR {} }

  /// How a process ended; nil while it runs.
  static func ending(_ process: pid_t, _ options: Int32) -> String? {
    var status: Int32 = 0
    let result = waitpid(process, &status, options)
    if result == 0 { return nil }
    guard result == process else { return "has ended" }
    let signal = status & 0x7F
    if signal == 0 { return "ended with code \((status >> 8) & 0xFF)" }
    return "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
  }
}
