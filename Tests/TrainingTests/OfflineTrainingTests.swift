import Foundation
import SinewDatasets
import SinewEvaluation
import SinewFiles
import SinewLearners
import SinewPolicies
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// Learning from a dataset, from the loop's side.
@Suite(.serialized) struct OfflineTrainingTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  /// Episodes of the line environment under random actions; every second one is said to have terminated.
  static func dataset(
    episodes: Int = 12, environment: String? = "line", actionHigh: Float = 4, observationSize: Int = 2, seed: UInt64 = 1
  ) throws -> Dataset {
    var generator = RandomGenerator(seed: seed)
    var builder = Dataset.Builder(
      DatasetInfo(
        name: "line-random", environment: environment, observationSize: observationSize, actionLow: [-2],
        actionHigh: [actionHigh], referenceReturns: ReferenceReturns(random: -10, expert: -1)))
    for index in 0..<episodes {
      let count = 5 + index
      func numbers(_ count: Int, _ range: ClosedRange<Double>) -> [Float] {
        (0..<count).map { _ in Float(generator.uniform(range)) }
      }
      try builder.append(
        EpisodeData(
          observations: numbers((count + 1) * observationSize, -1...3), actions: numbers(count, -2...4),
          rewards: numbers(count, -1...0), terminated: index.isMultiple(of: 2), truncated: !index.isMultiple(of: 2)))
    }
    return try builder.build()
  }

  private func settings(_ algorithm: String, steps: Int = 60) -> RunConfiguration {
    var settings = DriftRun(steps: steps).settings
    settings.algorithm = algorithm
    settings.environment = ""
    settings.dataset = "line-random"
    settings.evaluation.every = 25
    return settings
  }

  private func algorithm(_ name: String) throws -> Algorithm {
    let algorithm = try Algorithm.named(name)
    return try algorithm.with(batchSize: 8, hiddenSizes: [8, 8])
  }

  private func start(
    _ algorithm: Algorithm, _ settings: RunConfiguration, in name: String? = nil,
    dataset: Dataset? = nil
  ) throws -> Trainer {
    let dataset = try dataset ?? Self.dataset()
    return try Trainer(
      algorithm: algorithm, configuration: settings, folder: name.map(scratch.path),
      makeEnvironment: { _ in LineEnvironment() }, loadDataset: { _ in dataset })
  }

  @Test(arguments: ["bc", "td3", "td3-bc", "iql"], ["none", "return", "advantage", "top-30%"])
  func reachesTheSameBits(name: String, weighting: String) throws {
    var settings = settings(name)
    settings.weighting = weighting
    try start(algorithm(name), settings, in: "whole").run()
    for step in [1, 25, 47] {
      let trainer = try start(algorithm(name), settings, in: "stopped-\(step)")
      let killed = scratch.path("killed-\(step)")
      try trainer.run {
        guard trainer.step >= step else { return false }
        try? FileManager.default.copyItem(at: scratch.path("stopped-\(step)"), to: killed)
        return true
      }
      let dataset = try Self.dataset()
      try Trainer(resuming: killed, makeEnvironment: { _ in LineEnvironment() }, loadDataset: { _ in dataset }).run()
      try expectSameRun(scratch.path("whole"), killed)
    }
  }

  /// Weighting is of the sampling alone: these learners meet it as the others do.
  @Test(arguments: ["awac", "cql", "rebrac", "edac", "a2pr"])
  func weightedLearnersReachTheSameBits(name: String) throws {
    try reachesTheSameBits(name: name, weighting: "return")
  }

  @Test func weightingChangesWhatIsLearned() throws {
    func weights(_ weighting: String) throws -> [Float] {
      var settings = settings("bc", steps: 20)
      settings.weighting = weighting
      let trainer = try start(algorithm("bc"), settings)
      try trainer.run()
      var state = StateDictionary()
      trainer.policy.saveParameters(to: &state, prefix: "")
      return try #require(state[floats: "layers.0.weight"])
    }
    #expect(try weights("none") == weights("none"))
    #expect(try weights("none") != weights("return"))
    #expect(try weights("return") != weights("advantage"))
    #expect(try weights("none") == weights("top-100%"))
  }

  @Test func aStepIsAnUpdate() throws {
    let trainer = try start(algorithm("bc"), settings("bc"), in: "run")
    #expect(try trainer.run() == .finished)
    let lines = try timelessMetrics(of: scratch.path("run"))
    let reports = lines.filter { $0["actor_loss"] != nil }
    #expect(reports.compactMap { $0["step"] } == [20, 40, 60])
    #expect(reports.allSatisfy { $0["episodes"] == nil })
    #expect(lines.filter { $0["evaluation_return_mean"] != nil }.compactMap { $0["step"] } == [25, 50, 60])
    for line in lines {
      guard let mean = line["evaluation_return_mean"] else { continue }
      let score = try #require(line["evaluation_normalized_score"])
      #expect(abs(score - 100 * (mean + 10) / 9) < 1e-9)
    }
  }

  /// What the batches say is what the dataset says: terminations, and no time-outs among them.
  @Test func aTimeOutIsNoTermination() throws {
    let dataset = try Self.dataset()
    var ends: Set<[Float]> = []
    var seen: Set<[Float]> = []
    let inspection = DriftLearner.Inspection { batch in
      for (index, discount) in batch.discount.floats.enumerated() {
        let observation = Array(batch.observation.floats[2 * index..<2 * index + 2])
        seen.insert(observation)
        if discount == 0 { ends.insert(observation) }
      }
    }
    try DriftLearner.$inspect.withValue(inspection) {
      var settings = settings("drift", steps: 2000)
      settings.evaluation.every = 0
      _ = try start(Algorithm(DriftLearner.self), settings, dataset: dataset).run()
    }
    #expect(seen.count == dataset.count)
    let lastSteps = dataset.episodes.filter(\.terminated).map {
      Array(dataset.observation(inRow: $0.firstRow + $0.count - 1))
    }
    #expect(ends == Set(lastSteps) && ends.count == 6)
  }

  @Test func chunkLearnersGetWindows() throws {
    var settings = settings("windows", steps: 10)
    settings.evaluation.every = 0
    let algorithm = try Algorithm(WindowLearner.self)
    var shapes: Set<[Int]> = []
    try WindowLearner.$look.withValue(.init { shapes.insert($0.observation.shape + $0.action.shape) }) {
      try start(algorithm, settings, in: "run").run()
    }
    #expect(shapes == [[5, 3 * 2, 5, 7]])
    let state = try RunFolder(scratch.path("run")).read("learner", of: .step(10))
    #expect(try state.words("updates.count", count: 1) == [10])
  }

  /// A saved policy brings its normalisation, and takes raw observations.
  @Test func savedLearnersActAndJudgeAlike() throws {
    for name in ["td3-bc", "iql"] {
      let trainer = try start(algorithm(name), settings(name), in: name)
      try trainer.run()
      let folder = try RunFolder(scratch.path(name))
      let (policy, checkpoint, step) = try folder.loadPolicy(.step(60))
      #expect(checkpoint == .step(60) && step == 60)
      let observations: [Float] = [0.5, 2, -1, 3]
      func actions(_ policy: any Policy) -> [Float] {
        var actions: [Float] = [0, 0]
        var span = actions.mutableSpan
        policy.act(observations: observations.span, count: 2, deterministic: true, actions: &span)
        return actions
      }
      #expect(actions(policy) == actions(trainer.policy))

      let (critic, saved) = try folder.loadCritic()
      #expect(critic.observationSize == 2 && critic.actionSize == 1)
      #expect(saved.environment == "line" && saved.step == 60)
      #expect(saved.task.actionLow == [-2] && saved.task.actionHigh == [4])
      #expect(saved.task.referenceReturns == ReferenceReturns(random: -10, expert: -1))
    }
    try start(algorithm("bc"), settings("bc"), in: "bc").run()
    #expect(
      line { _ = try RunFolder(scratch.path("bc")).loadCritic() }?.hasSuffix("bc has no critic: bc learns none") == true
    )
  }

  /// An exported policy is the trained one, with what it normalises by.
  @Test(arguments: ["bc", "td3", "td3-bc", "iql", "awac", "cql", "rebrac", "edac", "a2pr"])
  func exportedPoliciesActAlike(name: String) throws {
    var algorithm = try algorithm(name)
    var hyperparameters = algorithm.hyperparameters
    let isThere = hyperparameters.replace("normalise_observations", with: .boolean(true))
    #expect(isThere)
    algorithm = algorithm.with(hyperparameters: hyperparameters)
    let trainer = try start(algorithm, settings(name, steps: 10))
    try trainer.run()
    try PolicyFile.write(trainer.policy, to: scratch.path("policy.safetensors"))
    let exported = try PolicyFile.read(scratch.path("policy.safetensors"))
    let observations: [Float] = [0.5, 2, -1, 3]
    var one: [Float] = [0, 0]
    var other: [Float] = [1, 1]
    var span = one.mutableSpan
    trainer.policy.act(observations: observations.span, count: 2, deterministic: true, actions: &span)
    span = other.mutableSpan
    exported.act(observations: observations.span, count: 2, deterministic: true, actions: &span)
    #expect(one == other)
  }

  /// What is more than a plain network is not said to be one.
  @Test(arguments: ["dsac-t", "flash-sac"]) func otherPoliciesAreNotPlain(name: String) throws {
    let made = try algorithm(name).makeLearner(
      TaskShape(observationSize: 2, actionSize: 1), precision: .float32, generator: RandomGenerator(seed: 1))
    let url = scratch.path("policy.safetensors")
    try PolicyFile.write(made.learner.policy, to: url)
    #expect(try StateDictionary(contentsOf: url).metadata["policy"] == nil)
    #expect(throws: FileError.self) { try PolicyFile.read(url) }
  }

  @Test func trainsWithoutAnEnvironment() throws {
    var settings = settings("bc")
    settings.environment = "none"
    let trainer = try Trainer(
      algorithm: algorithm("bc"), configuration: settings, folder: scratch.path("run"),
      makeEnvironment: { _ in throw TrainingError("nobody should ask") },
      loadDataset: { _ in try Self.dataset(environment: "Mars-v0") })
    #expect(try trainer.run() == .finished)
    #expect(trainer.best == nil && trainer.lastEvaluation == nil)
    #expect(try RunFolder(scratch.path("run")).checkpointSteps() == [40, 60])
  }

  @Test func saysWhatDoesNotFit() throws {
    func message(_ dataset: Dataset, _ change: (inout RunConfiguration) -> Void = { _ in }) -> String? {
      var settings = settings("bc")
      change(&settings)
      return line { _ = try start(algorithm("bc"), settings, dataset: dataset) }
    }
    let advice = ": name one with --env, or --env none to train without evaluating"
    #expect(try message(Self.dataset()) == nil)
    #expect(
      try message(Self.dataset(environment: nil)) == "the dataset 'line-random' does not say its environment\(advice)")
    #expect(
      try message(Self.dataset(observationSize: 3))
        == "the dataset 'line-random' has 3 observations and 1 actions, but line has 2 and 1\(advice)")
    #expect(
      try message(Self.dataset(actionHigh: 5))
        == "action 0 of the dataset 'line-random' goes from -2.0 to 5.0, but that of line from -2.0 to 4.0\(advice)")
    #expect(
      try message(Self.dataset()) { $0.weighting = "best" }
        == "weighting must be none, return, advantage, or top-10% with any percentage, not 'best'")
    #expect(
      try message(Self.dataset()) { $0.weightingTemperature = 0 } == "weighting_temperature must be above 0, not 0.0")
    #expect(
      try message(Self.dataset()) { ($0.dataset, $0.environment) = (nil, "line") }
        == "bc learns from a dataset: name one with --dataset, such as --dataset hopper-medium")
    #expect(
      try message(Self.dataset()) { ($0.dataset, $0.environment, $0.weighting) = (nil, "line", "return") }
        == "weighting 'return' needs a dataset: name one with --dataset")
  }

  @Test func refusesAnotherDatasetOnResuming() throws {
    try start(algorithm("bc"), settings("bc"), in: "run").run()
    let other = try Self.dataset(seed: 2)
    let message = line {
      _ = try Trainer(
        resuming: scratch.path("run"), steps: 100, makeEnvironment: { _ in LineEnvironment() },
        loadDataset: { _ in other })
    }
    #expect(
      message?.contains("the dataset 'line-random' is not the one that the run was started with") == true,
      "\(message ?? "")")
  }
}

/// Counts its updates, and lets a test look at its windows.
private final class WindowLearner: Learner {
  struct Configuration: HyperParameters {}

  struct Inspection: @unchecked Sendable {
    let look: (Windows) -> Void
    init(_ look: @escaping (Windows) -> Void) { self.look = look }
  }

  @TaskLocal static var look: Inspection?
  static let about = About("windows", "counts windows", paper: "none", needsDataset: true)
  let configuration: Configuration
  private let updates = Counter()
  private let drift: DriftPolicy
  var policy: any Policy { drift }
  var request: Windows.Request { Windows.Request(size: 5, observations: 3, actions: 7) }

  init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    drift = DriftPolicy(
      observationSize: task.observationSize, actionSize: task.actionSize, generator: setup.generator)
  }

  func update(_ batch: Windows) -> Metrics {
    Self.look?.look(batch)
    updates.count += 1
    return ["updates": Tensor(Float(updates.count))]
  }
}
