import Foundation
import SinewEnvironments
import SinewEvaluation
import SinewTestSupport
import Testing

@testable import SinewTraining

/// Turns rewards around.
private final class Reversed: EnvironmentWrapper {
  let base: any Environment
  init(_ base: any Environment) { self.base = base }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    var outcome = try base.step(action: action, observation: &observation)
    outcome.reward = -outcome.reward
    return outcome
  }

  var rewardTerms: [(name: String, value: Double)] { [] }
}

/// A run by names that a program adds, and who watches it.
@Suite struct AdditionsTests {
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func additions(_ environment: @escaping @Sendable () -> LineEnvironment = { LineEnvironment() }) throws
    -> Additions
  {
    try Additions(
      algorithms: [Algorithm(DriftLearner.self)], environments: [AddedEnvironment("line", "a line", make: environment)],
      wrappers: [AddedWrapper("reversed", "rewards turned around") { Reversed($0) }])
  }

  private func settings(steps: Int) -> RunConfiguration {
    var settings = DriftRun(steps: steps).settings
    settings.wrappers = ["reversed"]
    return settings
  }

  @Test func aRunIsMadeAndResumedByName() throws {
    let additions = try additions()
    func start(_ name: String, steps: Int) throws -> Trainer {
      try additions.use {
        try Trainer(algorithm: .named("drift"), configuration: settings(steps: steps), folder: scratch.path(name))
      }
    }
    // Names hold for what the trainer makes later, too.
    #expect(try start("whole", steps: 200).run() == .finished)
    #expect(try start("parts", steps: 80).run() == .finished)
    #expect(line { _ = try Trainer(resuming: scratch.path("parts")) }?.hasPrefix("unknown algorithm 'drift'") == true)
    let resumed = try additions.use { try Trainer(resuming: scratch.path("parts"), steps: 200) }
    #expect(try resumed.run() == .finished)
    let names = ["checkpoints/step-200/learner.safetensors", "checkpoints/step-200/replay-buffer.safetensors"]
    for name in names {
      let data = try names.map { try Data(contentsOf: scratch.path("whole").appending(path: $0)) }
      let other = try names.map { try Data(contentsOf: scratch.path("parts").appending(path: $0)) }
      #expect(data == other, "\(name)")
    }
    try additions.use {
      let saved = try RunFolder.SavedLearner.named(scratch.path("whole").path)
      #expect(try saved.makeEnvironment() is Reversed)
      #expect(line { _ = try RunWrapper("reversd") } == "unknown wrapper 'reversd'; did you mean 'reversed'?")
      #expect(line { _ = try RunWrapper("reversed:1") } == "the wrapper reversed takes no number")
      #expect(try RunWrapper("reversed").description == "reversed")
    }
  }

  @Test func algorithmsOfOneName() throws {
    let drift = try Algorithm(DriftLearner.self)
    #expect(
      line { _ = try Additions(algorithms: [drift, drift]) }
        == "the algorithm 'drift' is added twice: one of the two needs another name")
    let sac = try Algorithm.named("sac")
    #expect(
      line { _ = try Additions(algorithms: [sac]) } == "the algorithm 'sac' comes with Sinew: give yours another name")
    #expect(
      line { _ = try Additions(wrappers: [AddedWrapper("image", "none") { $0 }]) }
        == "the wrapper 'image' comes with Sinew: give yours another name")
    #expect(
      line { try additions().use { _ = try Algorithm.named("drft") } }?.hasSuffix("did you mean 'drift'?") == true)
    #expect(line { _ = try Algorithm.named("drift") }?.hasPrefix("unknown algorithm 'drift'") == true)
  }

  @Test func environmentsThatGiveNoNumbers() throws {
    func problem(_ environment: @escaping @Sendable () -> LineEnvironment) throws -> String? {
      let policy = try additions().use {
        try Trainer(algorithm: .named("drift"), configuration: settings(steps: 20)).policy
      }
      return line { _ = try Evaluation(of: policy, in: environment(), episodes: 1) }
    }
    #expect(
      try problem { LineEnvironment(spoiltObservation: 5) }
        == "observation 0 is nan at step 5 of an evaluation episode in line")
    #expect(
      try problem { LineEnvironment { $0 == 5 ? .infinity : nil } }
        == "the reward is inf at step 5 of an evaluation episode in line")
  }

  private final class Witness: TrainingObserver {
    var seen: [String] = []
    var stopAt = Int.max
    func stepped(_ trainer: Trainer) { if trainer.step.isMultiple(of: 25) { seen.append("step \(trainer.step)") } }
    func reported(_ metrics: [(name: String, value: Double)], in trainer: Trainer) {
      seen.append("report \(trainer.step) \(metrics.contains { $0.name == "loss" && $0.value.isFinite })")
    }
    func evaluated(_ evaluation: Evaluation, in trainer: Trainer) {
      seen.append("evaluation \(trainer.step) \(evaluation.returns.count)")
    }
    func wroteCheckpoint(_ trainer: Trainer) { seen.append("checkpoint \(trainer.step)") }
    func wantsToStop(_ trainer: Trainer) -> Bool { trainer.step >= stopAt }
    func ended(_ trainer: Trainer) { seen.append("end \(trainer.step)") }
  }

  @Test func observersSeeARunAndStopIt() throws {
    let witness = Witness()
    let trainer = try DriftRun(steps: 100).start(in: scratch.path("run"))
    witness.stopAt = 55
    #expect(try trainer.run(observers: [witness]) == .interrupted)
    let expected = [
      "report 20 true", "step 25", "report 40 true", "checkpoint 40", "evaluation 50 2", "step 50", "checkpoint 55",
      "end 55",
    ]
    #expect(witness.seen == expected)
    (witness.seen, witness.stopAt) = ([], .max)
    #expect(try trainer.run(observers: [witness]) == .finished)
    #expect(witness.seen.suffix(4) == ["report 100 true", "checkpoint 100", "step 100", "end 100"])
  }
}
