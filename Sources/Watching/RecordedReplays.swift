import Foundation
import SinewEvaluation
import SinewFiles
import SinewRendering
import SinewSettings
import SinewTraining
import Synchronization

/// Replays of the policies of runs, recorded when they are first asked for: one at a time, by a thread that gives way
/// to training.
actor RecordedReplays {
  /// Steps of an episode after which a recording is cut, and seconds that it may take.
  private static let longest = (steps: 2000, seconds: 60)
  /// Pages that are kept; some are several megabytes.
  private static let capacity = 8

  private struct Key: Hashable {
    let run: String
    let checkpoint: String
    let stamp: FileStamp
  }

  private var pages: [(key: Key, page: Result<String, FileError>)] = []
  private var current: Key?
  private let additions: Additions
  private let stop = StopFlag()

  private final class StopFlag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  /// - Parameter additions: what learners and environments of runs may be.
  init(_ additions: Additions) { self.additions = additions }

  /// What there is of a replay.
  enum Answer: Sendable {
    case page(String)
    /// It is being recorded, or waits for another one.
    case recording
    /// In a line.
    case failed(String)
  }

  /// Ends a recording that is going on.
  func end() { stop.isSet.store(true, ordering: .relaxed) }

  /// The replay of a run's best policy, where there is one, or of its last.
  func replay(of run: RunFolder, last: Bool) -> Answer {
    let checkpoint: RunFolder.Checkpoint
    do {
      checkpoint = try last ? run.checkpoint(named: "last") ?? run.defaultCheckpoint() : run.defaultCheckpoint()
    } catch {
      return .failed(firstLine("\(error)"))
    }
    let file = run.folder(of: checkpoint).appending(path: "learner.safetensors")
    guard let stamp = FileStamp(file) else { return .failed("\(file.relativePath) is missing") }
    let key = Key(run: run.url.standardizedFileURL.path, checkpoint: "\(checkpoint)", stamp: stamp)
    if let index = pages.firstIndex(where: { $0.key == key }) {
      switch pages[index].page {
      case .success(let page): return .page(page)
      case .failure(let error):
        // Asked for again, it is tried again.
        pages.remove(at: index)
        return .failed(error.description)
      }
    }
    if current == nil { record(key, of: run, checkpoint) }
    return .recording
  }

  private func record(_ key: Key, of run: RunFolder, _ checkpoint: RunFolder.Checkpoint) {
    current = key
    let (additions, stop) = (additions, stop)
    let thread = Thread { [weak self] in
      // On Linux of this thread alone: a tenth of what training gets, of which a recording still comes to an end.
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
      let page: Result<String, FileError>
      do {
        page = .success(
          try additions.use {
            try Self.page(of: run, checkpoint, stopWhen: { stop.isSet.load(ordering: .relaxed) })
          })
      } catch { page = .failure(FileError(firstLine("\(error)"))) }
      Task { [weak self] in await self?.keep(page, key) }
    }
    // As much as a main thread has: the physics keeps its matrices on it.
    thread.stackSize = 8 << 20
    thread.start()
  }

  private func keep(_ page: Result<String, FileError>, _ key: Key) {
    current = nil
    pages.removeAll { $0.key.run == key.run && $0.key.checkpoint == key.checkpoint }
    pages.append((key, page))
    pages = pages.suffix(Self.capacity)
  }

  /// The page of one episode of a saved policy, the same start each time.
  private static func page(
    of run: RunFolder, _ checkpoint: RunFolder.Checkpoint, stopWhen isStopRequested: () -> Bool
  ) throws -> String {
    let saved = try run.loadLearner(checkpoint)
    if saved.environment == RunConfiguration.noEnvironment {
      throw UsageError("\(run.url.relativePath) has no environment to act in")
    }
    if saved.configuration.actsInGymnasium {
      throw UsageError(
        "\(saved.environment) draws itself: film it with 'sinew evaluate \(run.url.relativePath) --video'")
    }
    let environment = try saved.makeEnvironment()
    let recorder = EpisodeRecorder(
      title: "\(environment.name) · \(saved.algorithm)",
      subtitle: "\(checkpoint) of \(run.url.relativePath), after \(saved.step) steps of training", episodes: 1)
    let end = ContinuousClock.now + .seconds(longest.seconds)
    func frames() -> Int { recorder.replay?.episodes.last?.frameCount ?? 0 }
    var replay: Replay?
    do {
      _ = try Evaluation(
        of: saved.policy, in: environment, episodes: 1, seed: 0, stream: "evaluation", observers: [recorder],
        stopWhen: { isStopRequested() || frames() > longest.steps || .now > end })
      replay = recorder.replay
    } catch is InterruptedStep {
      replay = recorder.replay
      replay?.endEpisode(outcome: "cut after \(max(0, frames() - 1)) steps")
    }
    guard let replay else { throw RenderingError("\(environment.name) has no bodies to show") }
    return try replay.html()
  }
}
