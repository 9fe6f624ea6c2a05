import SinewDatasets
import SinewPolicies
import SinewTensor
import Testing

@testable import SinewLearners

/// Ten updates and the samples after them against PyTorch (Fixtures/make_generative.py).
@Suite struct GenerativeParityTests {
  private func part(_ name: String) throws -> Fixture {
    Fixture(state: try Fixture("generative").state.section("\(name)."))
  }

  private func batch() throws -> Windows {
    let state = try Fixture("generative").state
    let batch = Windows(
      Windows.Request(size: 8, observations: 2, actions: 4), observationSize: 3, actionSize: 2)
    batch.observation.assign(try state.floats("observation", count: 48))
    batch.action.assign(try state.floats("action", count: 64))
    return batch
  }

  /// What the policy samples for the fixture's observations from the fixture's noise.
  private func samples(_ policy: any GenerativePolicy) throws -> [Float] {
    policy.sampling.stream.generator = try RandomGenerator(words: [33, 44, 0])
    let histories = try batch().observation.floats
    var chunks = [Float](repeating: .nan, count: 8 * 4 * 2)
    var span = chunks.mutableSpan
    policy.sampleChunks(histories: histories.span, count: 8, chunks: &span)
    return chunks
  }

  /// A sampling step divides a prediction's rounding by α, so the tolerance is wider than for weights.
  private func expect(_ found: [Float], _ expected: [Float]?) throws {
    let expected = try #require(expected)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(found.count == expected.count && worst < 1e-4, "differs by \(worst)")
  }

  @Test func aDiffusionPolicyMakesPyTorchsUpdatesAndSamples() throws {
    let fixture = try part("diffusion")
    var configuration = DiffusionPolicyLearner.Configuration()
    (configuration.chunk.observationHorizon, configuration.chunk.predictionHorizon, configuration.chunk.actionHorizon) =
      (2, 4, 2)
    (configuration.network.width, configuration.network.blocks, configuration.network.expansion) = (16, 1, 2)
    (configuration.network.embeddingSize, configuration.diffusionSteps, configuration.samplingSteps) = (8, 20, 5)
    configuration.prediction = .epsilon
    (configuration.optimisation.learningRate, configuration.optimisation.weightDecay) = (1e-3, 1e-2)
    configuration.optimisation.learningRateWarmUp = 2
    let learner = try DiffusionPolicyLearner.make(
      configuration, for: TaskShape(observationSize: 3, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    learner.begin(RunFacts(statistics: DatasetStatistics(observationSize: 3), updates: 20))
    try fixture.start(learner)
    let batch = try batch()
    for loss in try #require(fixture.state[floats: "losses"]) {
      #expect(abs(Float(try #require(learner.update(batch)["loss"])) - loss) < 1e-5)
    }
    try fixture.compare(learner, tolerance: 2e-5)
    let policy = try #require(learner.policy as? DiffusionPolicy)
    try expect(try samples(policy), fixture.state[floats: "ddim"])
    policy.sampler = .ddpm(policy.schedule)
    try expect(try samples(policy), fixture.state[floats: "ddpm"])
  }

  @Test func aFlowPolicyMakesPyTorchsUpdatesAndSamples() throws {
    let fixture = try part("flow")
    var configuration = FlowPolicyLearner.Configuration()
    (configuration.chunk.observationHorizon, configuration.chunk.predictionHorizon, configuration.chunk.actionHorizon) =
      (2, 4, 2)
    (configuration.network.width, configuration.network.blocks, configuration.network.expansion) = (16, 1, 2)
    (configuration.network.embeddingSize, configuration.samplingSteps) = (8, 4)
    configuration.prediction = .flowVelocity
    (configuration.optimisation.learningRate, configuration.optimisation.weightDecay) = (1e-3, 1e-2)
    configuration.optimisation.learningRateWarmUp = 2
    let learner = try FlowPolicyLearner.make(
      configuration, for: TaskShape(observationSize: 3, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    learner.begin(RunFacts(statistics: DatasetStatistics(observationSize: 3), updates: 20))
    try fixture.start(learner)
    let batch = try batch()
    for loss in try #require(fixture.state[floats: "losses"]) {
      #expect(abs(Float(try #require(learner.update(batch)["loss"])) - loss) < 1e-5)
    }
    try fixture.compare(learner, tolerance: 2e-5)
    try expect(try samples(try #require(learner.policy as? FlowPolicy)), fixture.state[floats: "euler"])
  }

  /// A learner that was saved and loaded goes on as if nothing had been: schedules, averages and noise too.
  @Test func statesAreExact() throws {
    func learner() throws -> FlowPolicyLearner {
      var configuration = FlowPolicyLearner.Configuration()
      (configuration.chunk.predictionHorizon, configuration.chunk.actionHorizon) = (4, 2)
      (configuration.network.width, configuration.network.blocks, configuration.optimisation.learningRateWarmUp) = (
        16, 1, 4
      )
      let learner = try FlowPolicyLearner.make(
        configuration, for: TaskShape(observationSize: 3, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
      learner.begin(RunFacts(statistics: DatasetStatistics(observationSize: 3), updates: 9))
      return learner
    }
    func state(_ learner: FlowPolicyLearner) -> StateDictionary {
      var state = StateDictionary()
      learner.saveState(to: &state, prefix: "")
      return state
    }
    let (batch, whole, stopped, resumed) = (try batch(), try learner(), try learner(), try learner())
    for _ in 0..<8 { _ = whole.update(batch) }
    for _ in 0..<5 { _ = stopped.update(batch) }
    try resumed.loadState(from: state(stopped), prefix: "")
    for _ in 5..<8 { _ = resumed.update(batch) }
    let (expected, found) = (state(whole), state(resumed))
    for name in expected.names { #expect(expected[floats: name] == found[floats: name], "\(name)") }
  }

  @Test func impossibleSettingsAreNamed() {
    func message(_ change: (inout DiffusionPolicyLearner.Configuration) -> Void) -> String {
      var configuration = DiffusionPolicyLearner.Configuration()
      change(&configuration)
      do {
        _ = try DiffusionPolicyLearner.make(
          configuration, for: TaskShape(observationSize: 3, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message { $0.chunk.actionHorizon = 16 } == "chunk.action_horizon is 16, expected at most 15, which a chunk holds")
    #expect(message { $0.chunk.observed = [1, 3] } == "observed is [1, 3], expected places below the observation's 3")
    #expect(message { $0.samplingSteps = 101 }.contains("sampling_steps is 101"))
    #expect(message { $0.prediction = .score }.contains("expected epsilon, sample or velocity"))
    #expect(message { ($0.network.backbone, $0.chunk.predictionHorizon) = (.unet, 15) }.contains("a multiple of 2"))
    #expect(message { _ in } == "")
  }
}
