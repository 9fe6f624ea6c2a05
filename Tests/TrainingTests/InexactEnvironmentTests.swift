import Foundation
import SinewEnvironments
import SinewEvaluation
import SinewFiles
import SinewGymnasium
import SinewLearners
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// Runs in environments that have no exact state: episodes are broken off, and everything else goes on.
struct InexactEnvironmentTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  /// Its state says only how many episodes there were. Throws in the given step of its life, and once only.
  private final class Forgetful: EnvironmentWrapper {
    let base: any Environment = LineEnvironment(maximumSteps: 50)
    let restoresExactly = false
    private var episodes: UInt64 = 0
    private var isRunning = false
    private var life = 0
    private let failure: Int

    init(failure: Int = 0) { self.failure = failure }

    func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
      episodes += 1
      isRunning = true
      try base.reset(seed: seed ?? episodes, observation: &observation)
    }

    func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
      guard isRunning else { throw EnvironmentError("no episode is running") }
      life += 1
      if life == failure { throw GymnasiumError("the worker is gone") }
      return try base.step(action: action, observation: &observation)
    }

    func snapshot() -> StateDictionary {
      var state = StateDictionary()
      state[words: "episodes"] = [episodes]
      return state
    }

    func restore(_ snapshot: StateDictionary) throws {
      episodes = try snapshot.words("episodes", count: 1)[0]
      isRunning = false
    }
  }

  /// The second number of an observation of the line counts the episode's steps.
  @Test(arguments: [1, 3])
  func noTransitionSpansABreak(span: Int) throws {
    var run = DriftRun(steps: 70)
    run.environment = { Forgetful() }
    run.learner.replay.nSteps = span
    run.settings.environmentCount = 2
    let folder = scratch.path("run")
    try run.start(in: folder).run()
    var seen = 0
    let inspection = DriftLearner.Inspection { batch in
      let (now, next) = (batch.observation.floats, batch.nextObservation.floats)
      for row in 0..<batch.size {
        seen += 1
        let steps = Int(next[2 * row + 1] - now[2 * row + 1])
        #expect((1...span).contains(steps), "\(now[2 * row + 1]) to \(next[2 * row + 1])")
      }
    }
    try DriftLearner.$inspect.withValue(inspection) { _ = try run.resume(folder, steps: 110).run() }
    #expect(seen > 100)
  }

  @Test func goesOnToTheSameBitsEachTime() throws {
    var run = DriftRun(steps: 90)
    run.environment = { Forgetful() }
    let first = scratch.path("first")
    try run.start(in: first).run()
    let second = scratch.path("second")
    try FileManager.default.copyItem(at: first, to: second)
    for folder in [first, second] { #expect(try run.resume(folder, steps: 150).run() == .finished) }
    try expectSameRun(first, second)
  }

  /// In an on-policy rollout the last step before the break counts as cut off.
  @Test func rolloutsAreCutOff() throws {
    var settings = RunConfiguration(algorithm: "reinforce", environment: "line")
    (settings.steps, settings.seed, settings.threads) = (30, 1, 1)
    (settings.evaluation.every, settings.evaluation.episodes) = (0, 1)
    let algorithm = try Algorithm.named("reinforce")
    let folder = scratch.path("run")
    try Trainer(
      algorithm: algorithm, configuration: settings, folder: folder, makeEnvironment: { _ in Forgetful() }
    ).run()
    let trainer = try Trainer(resuming: folder, steps: 40, makeEnvironment: { _ in Forgetful() })
    let (_, loop) = try #require(trainer.loop.states.last)
    var state = StateDictionary()
    loop.saveState(to: &state, prefix: "")
    let truncated = try #require(state[floats: "rollout.truncated"])
    #expect(truncated[29] == 1 && truncated.reduce(0, +) == 1)
    #expect(try trainer.run() == .finished)
  }

  /// Everything up to the step that failed is in a checkpoint; what failed in an evaluation is done again.
  @Test(arguments: [(47, 46), (75, 50)])
  func whatFailsElsewhereLosesNothing(failure: Int, step: Int) throws {
    var run = DriftRun(steps: 90)
    // Two episodes of an evaluation are 100 steps, and the first is after 50.
    run.environment = { Forgetful(failure: failure) }
    let folder = scratch.path("run")
    let trainer = try run.start(in: folder)
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect(error?.description.contains("the worker is gone; the last good checkpoint is") == true)
    #expect(try RunFolder(folder).checkpointSteps().last == step)
    run.environment = { Forgetful() }
    #expect(try run.resume(folder).run() == .finished)
  }
}
