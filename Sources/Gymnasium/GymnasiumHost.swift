import Foundation
import SinewEnvironments
import Synchronization

/// Makes environments of Gymnasium's of one kind, and spreads them over worker processes.
///
/// Workers live as long as the host and its environments.
public final class GymnasiumHost: @unchecked Sendable {
  private let id: String
  private let settings: GymnasiumSettings
  private let renders: Bool
  private let most: Int
  private let slots: Int
  private let python: String
  private let workers = Mutex<[WorkerProcess]>([])

  /// Prepares to host environments; none is made yet.
  ///
  /// - Parameters:
  ///   - reference: `gym:` and an id that Gymnasium knows, such as `gym:HalfCheetah-v5`.
  ///   - settings: how.
  ///   - count: environments that are stepped together, 1 or more.
  ///   - threads: worker processes at most, where the settings do not say.
  ///   - renders: whether pictures are wanted (`render_mode="rgb_array"`).
  /// - Throws: ``GymnasiumError`` where there is no Python; `UsageError` for settings out of range.
  public init(
    _ reference: String, _ settings: GymnasiumSettings = .init(), count: Int = 1, threads: Int = 1,
    renders: Bool = false
  ) throws {
    try settings.validate()
    id = String(reference.dropFirst(GymnasiumSettings.isReference(reference) ? GymnasiumSettings.prefix.count : 0))
    (self.settings, self.renders) = (settings, renders)
    most = max(1, min(settings.workers ?? threads, count))
    // One more than its share, for the environment in which policies are evaluated.
    slots = (count + most - 1) / most + 1
    python = try PythonInterpreter.find(settings.python)
  }

  /// Makes an environment in the worker that has the fewest.
  ///
  /// - Throws: ``GymnasiumError``; `UsageError` for an id that Gymnasium does not know.
  public func make() throws -> GymnasiumEnvironment {
    let name = GymnasiumSettings.prefix + id
    return try workers.withLock { workers in
      workers.removeAll(where: \.hasFailed)
      if workers.count >= most {
        for worker in workers.sorted(by: { $0.load < $1.load }) {
          if let environment = try GymnasiumEnvironment(worker, named: name) { return environment }
        }
      }
      let worker = try WorkerProcess(
        WorkerProcess.Request(
          id: id, module: settings.module, arguments: settings.pairs(), renders: renders, slots: slots,
          place: isCrowded ? workers.count : nil, quiet: !workers.isEmpty),
        python: python, timeLimit: settings.timeLimit, patience: patience)
      workers.append(worker)
      guard let environment = try GymnasiumEnvironment(worker, named: name) else {
        throw GymnasiumError("\(name): a new worker has no place for an environment")
      }
      return environment
    }
  }

  /// Whether workers need every processor, so that nobody may keep one for looking.
  private var isCrowded: Bool { most >= ProcessInfo.processInfo.activeProcessorCount }
  /// Nanoseconds for which an answer is looked for: the time of some steps.
  private var patience: Int64 { isCrowded ? 0 : 200_000 }
}
