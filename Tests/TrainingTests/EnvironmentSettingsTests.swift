import SinewEnvironments
import SinewEvaluation
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// Parameters and wrappers of a run: in training, in evaluation, after a restart.
struct EnvironmentSettingsTests {
  private func run(_ wrappers: String...) -> DriftRun {
    var run = DriftRun(steps: 130)
    run.settings.wrappers = wrappers
    run.settings.environmentCount = 2
    return run
  }

  @Test func wrappersAreAppliedAndKept() throws {
    let scratch = try TemporaryFolder()
    let trainer = try run("frame_stack:3", "time_limit:7").start(in: scratch.path("run"))
    #expect(trainer.policy.observationSize == 6)
    try trainer.run()
    #expect(trainer.lastEvaluation?.lengths == [7, 7])
    let (configuration, _) = try RunFolder(scratch.path("run")).settings(among: [Algorithm(DriftLearner.self)])
    #expect(configuration.wrappers == ["frame_stack:3", "time_limit:7"])
    let saved = try RunFolder(scratch.path("run")).loadLearner(among: [Algorithm(DriftLearner.self)])
    #expect(saved.policy.observationSize == 6)
    #expect(try configuration.prepare(LineEnvironment()).observationSpace.count == 6)
  }

  @Test func parametersAreSetAndKept() throws {
    var configuration = RunConfiguration(algorithm: "drift", environment: "hopper")
    configuration.parameters = ["mass=uniform:0.8,1.2", "friction=2", "friction=0.5"]
    let tree = try ValueTree(encoding: configuration)
    #expect(try tree.decoded(as: RunConfiguration.self) == configuration)
    var overlaid = try ValueTree(encoding: RunConfiguration(algorithm: "drift", environment: "hopper"))
    try overlaid.overlay(yaml: tree.yaml, place: "config.yaml")
    #expect(overlaid == tree)
    let environment = try configuration.prepare(EnvironmentCatalogue.make("hopper"))
    _ = try environment.reset(seed: 1)
    let set = environment.parameters.filter(\.isSet)
    #expect(set.map(\.name) == ["mass", "friction"])
    #expect(set[1].value == 0.5 && (0.8...1.2).contains(set[0].value))
  }

  @Test func evaluationSaysWhatParametersWere() throws {
    let environment = try EnvironmentCatalogue.make("pendulum")
    try environment.setParameter("mass", to: .uniform(0.8...1.2))
    try environment.setParameter("pushes.force", to: .uniform(0...1))
    let policy = UniformRandomPolicy(observationSize: 3, actionSize: 1, generator: RandomGenerator(seed: 1))
    let evaluation = try Evaluation(of: policy, in: environment, episodes: 4)
    #expect(evaluation.parameters.map(\.description) == ["mass=uniform:0.8,1.2", "pushes.force=uniform:0,1"])
    #expect(Set(evaluation.parameters[0].values).count == 4)
    // Drawn for every push.
    #expect(evaluation.parameters[1].values.isEmpty)
    #expect(try ValueTree(encoding: evaluation.summary)["parameters"] != nil)
    let plain = try Evaluation(of: policy, in: EnvironmentCatalogue.make("pendulum"), episodes: 4)
    #expect(plain.parameters.isEmpty)
  }

  /// A run in a family, stopped within an episode, reaches the same bits.
  @Test func aRunInAFamilyResumes() throws {
    let scratch = try TemporaryFolder()
    var run = run("action_delay:1", "observation_noise:0.01")
    run.settings.parameters = ["mass=uniform:0.8,1.2", "action_latency=0.03", "pushes.force=uniform:0,1"]
    func make(_ name: String) throws -> any Environment { try EnvironmentCatalogue.make("pendulum") }
    func start(_ folder: String) throws -> Trainer {
      try Trainer(
        algorithm: Algorithm(DriftLearner.self, configuration: run.learner), configuration: run.settings,
        folder: scratch.path(folder), makeEnvironment: make)
    }
    func stop() throws {
      let stopped = try start("stopped")
      #expect(try stopped.run { stopped.step >= 80 } == .interrupted)
    }
    try start("whole").run()
    try stop()
    try Trainer(
      resuming: scratch.path("stopped"), algorithms: [Algorithm(DriftLearner.self)], makeEnvironment: make
    ).run()
    try expectSameRun(scratch.path("whole"), scratch.path("stopped"))
  }

  // MARK: Normalisation

  /// Minibatches have mean 0 and deviation 1, whatever was stored; rewards are scaled; the run's reports are not.
  @Test func minibatchesAreNormalised() throws {
    var run = run("normalise_observation", "normalise_reward")
    run.settings.steps = 600
    run.learner.replay.batchSize = 64
    run.learner.replay.bufferCapacity = 1000
    var last: (observations: [Float], rewards: [Float]) = ([], [])
    let inspection = DriftLearner.Inspection { last = ($0.observation.floats, $0.reward.floats) }
    let trainer = try run.start(in: nil)
    try DriftLearner.$inspect.withValue(inspection) { _ = try trainer.run() }
    for component in 0..<2 {
      let values = stride(from: component, to: last.observations.count, by: 2).map { Double(last.observations[$0]) }
      #expect(abs(Statistics.mean(values)) < 0.6, "\(component)")
      #expect(abs(Statistics.standardDeviation(values) - 1) < 0.5, "\(component)")
    }
    #expect(last.rewards.allSatisfy { $0 <= 0 })
    var raw: [Float] = []
    let other = DriftLearner.Inspection { raw = $0.reward.floats }
    run.settings.wrappers = ["normalise_observation"]
    try DriftLearner.$inspect.withValue(other) { _ = try run.start(in: nil).run() }
    #expect(raw != last.rewards)
  }

  /// What a run leaves acts on raw observations as the run's own policy does, and a killed run reaches the same bits.
  @Test func statisticsBelongToThePolicy() throws {
    let scratch = try TemporaryFolder()
    let run = run("normalise_observation", "normalise_reward")
    let trainer = try run.start(in: scratch.path("whole"))
    try trainer.run()
    let saved = try RunFolder(scratch.path("whole")).loadLearner(
      .step(try #require(RunFolder(scratch.path("whole")).checkpointSteps().last)),
      among: [Algorithm(DriftLearner.self)])
    #expect(saved.policy is NormalisedPolicy)
    func action(_ policy: any Policy) -> [Float] {
      let observation: [Float] = [0.3, 5]
      var action: [Float] = [0]
      var span = action.mutableSpan
      policy.act(observations: observation.span, count: 1, deterministic: true, actions: &span)
      return action
    }
    #expect(action(saved.policy) == action(trainer.policy))
    #expect(action(try #require(saved.policy as? NormalisedPolicy).base) != action(saved.policy))

    func stop() throws {
      let stopped = try run.start(in: scratch.path("stopped"))
      #expect(try stopped.run { stopped.step >= 80 } == .interrupted)
    }
    try stop()
    // The interruption left a checkpoint on schedule.
    try run.resume(scratch.path("stopped")).run()
    try expectSameRun(scratch.path("whole"), scratch.path("stopped"))
  }
}
