import Foundation
import SinewDatasets
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// What learners learn from, where it comes from, and what is kept of them.
@Suite(.serialized) struct SpineTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func settings(_ algorithm: String, steps: Int) -> RunConfiguration {
    var settings = DriftRun(steps: steps).settings
    settings.algorithm = algorithm
    return settings
  }

  private func start(
    _ algorithm: Algorithm, _ settings: RunConfiguration, in name: String? = nil
  ) throws -> Trainer {
    try Trainer(
      algorithm: algorithm, configuration: settings, folder: name.map(scratch.path),
      makeEnvironment: { _ in LineEnvironment() }, loadDataset: { _ in try OfflineTrainingTests.dataset() })
  }

  /// So many of 20 rows are the dataset's, the others what the run did, and no fewer after it is resumed.
  @Test(arguments: [(0.25, 5), (0.5, 10)]) func minibatchesAreMixedInTheStatedShares(mix: Double, rows: Int) throws {
    let recorded = Set(try OfflineTrainingTests.dataset().allObservations)
    var shares: Set<Int> = []
    var configuration = settings("drift", steps: 60)
    (configuration.dataset, configuration.mix) = ("line-random", mix)
    var hyperparameters = DriftLearner.Configuration()
    hyperparameters.replay.batchSize = 20
    let inspection = DriftLearner.Inspection { batch in
      let floats = batch.observation.floats
      shares.insert((0..<20).count { recorded.contains([floats[2 * $0], floats[2 * $0 + 1]]) })
    }
    let algorithm = try Algorithm(DriftLearner.self, configuration: hyperparameters)
    try DriftLearner.$inspect.withValue(inspection) {
      let trainer = try start(algorithm, configuration, in: "run")
      try trainer.run { trainer.step >= 30 }
      #expect(shares == [rows])
      shares = []
      try Trainer(
        resuming: scratch.path("run"), algorithms: [algorithm], makeEnvironment: { _ in LineEnvironment() },
        loadDataset: { _ in try OfflineTrainingTests.dataset() }
      ).run()
    }
    #expect(shares == [rows])
  }

  /// Half and half, with RLPD's settings (arXiv 2302.02948) and without.
  @Test(arguments: [false, true]) func aMixedRunResumesToTheSameBits(rlpd: Bool) throws {
    var configuration = settings("sac", steps: 120)
    (configuration.dataset, configuration.mix, configuration.weighting) = ("line-random", 0.5, "return")
    var hyperparameters = SAC.Configuration()
    (hyperparameters.replay.warmUpSteps, hyperparameters.replay.batchSize) = (30, 16)
    hyperparameters.network.hiddenSizes = [16]
    if rlpd {
      (hyperparameters.criticCount, hyperparameters.targetSubset, hyperparameters.criticLayerNorm) = (10, 2, true)
      (hyperparameters.actorUsesMean, hyperparameters.targetEntropy) = (true, -0.5)
      (hyperparameters.replay.updatesPerStep, hyperparameters.policyDelay) = (4, 4)
    }
    let algorithm = try Algorithm(SAC.self, configuration: hyperparameters)
    try start(algorithm, configuration, in: "whole").run()
    do {
      let trainer = try start(algorithm, configuration, in: "stopped")
      try trainer.run { trainer.step >= 40 }
    }
    try Trainer(
      resuming: scratch.path("stopped"), makeEnvironment: { _ in LineEnvironment() },
      loadDataset: { _ in try OfflineTrainingTests.dataset() }
    ).run()
    try expectSameRun(scratch.path("whole"), scratch.path("stopped"))
  }

  @Test func weightsOfAnotherRunAreTaken() throws {
    var offline = settings("td3-bc", steps: 20)
    (offline.environment, offline.dataset) = ("", "line-random")
    let small = try Algorithm.named("td3-bc").with(batchSize: 8, hiddenSizes: [8])
    let first = try start(small, offline, in: "first")
    try first.run()
    var online = settings("td3", steps: 5)
    online.start = scratch.path("first").path
    func td3(_ hiddenSizes: [Int]) throws -> Algorithm {
      let algorithm = try Algorithm.named("td3").with(batchSize: 8, hiddenSizes: hiddenSizes)
      var tree = algorithm.hyperparameters
      let isThere = tree.replace("normalise_observations", with: .boolean(true))
      #expect(isThere)
      return algorithm.with(hyperparameters: tree)
    }
    let second = try start(td3([8]), online)
    let observations: [Float] = [0.5, 2]
    func action(_ policy: any Policy) -> Float {
      var action: [Float] = [0]
      var span = action.mutableSpan
      policy.act(observations: observations.span, count: 1, deterministic: true, actions: &span)
      return action[0]
    }
    #expect(action(second.policy) == action(first.policy))

    let other = line { _ = try start(td3([9]), online) }
    #expect(other?.hasPrefix("nothing of ") == true, "\(other ?? "")")
  }

  /// Nothing that a learner stores is forgotten by a checkpoint.
  @Test func everyPartIsSavedOrPlain() throws {
    for algorithm in try Algorithm.all {
      let made = try algorithm.makeLearner(
        TaskShape(observationSize: 3, actionSize: 2), precision: .float32, generator: RandomGenerator(seed: 1))
      func unsaved(_ learner: some Learner) -> [String] { LearnerState.unsaved(of: learner) }
      #expect(unsaved(made.learner) == [], "\(algorithm.name)")
    }
    let forgetful = Forgetful(BC.Configuration(), for: TaskShape(observationSize: 3, actionSize: 2), setup)
    #expect(LearnerState.unsaved(of: forgetful) == ["scale"])
  }

  private var setup: Setup { Setup(generator: RandomGenerator(seed: 1)) }

  /// By the deviation of their discounted sum, or so that the greatest of those is what a learner can represent.
  @Test func rewardsAreScaledForTheLearnerThatAsks() throws {
    func scaled(reach: Float?) throws -> [Float] {
      func make() -> RunNormalisation {
        RunNormalisation(
          RunConfiguration(algorithm: "xqc", environment: "x"), observations: false, rewards: true, reach: reach,
          columns: Columns(vector: 1))
      }
      let (normalisation, restored) = (make(), make())
      for step in 0..<1000 { normalisation.see(reward: step == 500 ? 100 : 0, of: 0, ended: true) }
      var state = StateDictionary()
      normalisation.saveState(to: &state, prefix: "")
      try restored.loadState(from: state, prefix: "")
      return [normalisation, restored].map { each in
        let rewards = Tensor([100])
        each.scale(rewards: rewards)
        return rewards.item()
      }
    }
    // One sum of 100 among a thousand: the deviation is √(10 − 0.01).
    let deviation: Float = (10 - 0.01 as Float).squareRoot()
    for reward in try scaled(reach: nil) { #expect(abs(reward - 100 / deviation) < 1e-3) }
    for reward in try scaled(reach: 5) { #expect(abs(reward - 5) < 1e-5) }
    #expect(try Algorithm.named("flash-sac").hyperparameters.first("normalise_rewards") == .boolean(true))
  }

  /// Keys and layouts of before are read; what they mean is the same.
  @Test func oldConfigurationsAreRead() throws {
    let algorithm = try Algorithm.named("td3-bc")
    var document = try RunFolder.document(RunConfiguration(algorithm: "td3-bc", environment: "x"), algorithm)
    try document.overlay(
      yaml: """
        hyperparameters:
          alpha: 3
          discount: 0.9
          normalize_observations: false
          hidden_sizes: [7, 5]
          batch_size: 12
        """, place: "old")
    let tree = document["hyperparameters"]
    let read: TD3BC.Configuration = try #require(try tree?.decoded())
    #expect(read.alpha == 3 && read.discount == 0.9 && !read.normaliseObservations)
    #expect(read.td3.network.hiddenSizes == [7, 5] && read.replay.batchSize == 12)
  }

  @Test func rangesAreNamedWithTheirGroups() throws {
    func message(_ key: String, _ value: ValueTree, of name: String = "sac") throws -> String? {
      let algorithm = try Algorithm.named(name)
      var tree = algorithm.hyperparameters
      let isThere = tree.replace(key, with: value)
      #expect(isThere)
      return line {
        _ = try algorithm.with(hyperparameters: tree).makeLearner(
          TaskShape(observationSize: 3, actionSize: 2), precision: .float32, generator: RandomGenerator(seed: 1))
      }
    }
    #expect(try message("hidden_sizes", .list([])) == "sac: network.hidden_sizes is [], expected \(Widths.expected)")
    #expect(try message("batch_size", .integer(0)) == "sac: replay.batch_size is 0, expected \(Count.expected)")
    #expect(
      try message("batch_size", .integer(.max))?.hasPrefix("sac: replay.batch_size is 9223372036854775807") == true)
    #expect(
      try message("updates_per_step", .number(1e17))
        == "sac: replay.updates_per_step is 1e+17, expected at most 1000000")
    #expect(
      try message("policy_delay", .integer(-1), of: "td3-bc")
        == "td3-bc: td3.policy_delay is -1, expected \(Count.expected)")
    #expect(
      try message("action_horizon", .integer(16), of: "flow-policy")
        == "flow-policy: chunk.action_horizon is 16, expected at most 15, which a chunk holds")
  }
}

/// A learner with a number that matters and is not saved.
private final class Forgetful: Learner {
  static let about = About("forgetful", "forgets", paper: "none")
  let configuration: BC.Configuration
  private let actor: DeterministicPolicy
  private var scale: Float = 1
  var policy: any Policy { actor }

  init(_ configuration: BC.Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    actor = DeterministicPolicy(task, generator: setup.split("actor"))
  }

  func update(_ batch: Transitions) -> Metrics {
    scale += 1
    return ["scale": Tensor(scale)]
  }
}

extension Dataset {
  fileprivate var allObservations: [[Float]] {
    episodes.flatMap { episode in (0..<episode.count).map { Array(observation(inRow: episode.firstRow + $0)) } }
  }
}
