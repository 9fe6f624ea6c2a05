import Foundation
import SinewDatasets
import SinewPolicies
import SinewTensor
import Testing

@testable import SinewLearners

/// A fixture that a PyTorch script of Fixtures/ wrote: state before, minibatch, state after.
struct Fixture {
  let state: StateDictionary

  init(state: StateDictionary) { self.state = state }

  init(_ name: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
    state = try StateDictionary(contentsOf: url)
  }

  func batch(discount: Float = 0.99) throws -> Transitions {
    let section = state.section("batch.")
    let size = try #require(section.shape("observation"))
    let actions = try #require(section.shape("action"))
    let (hasNext, hasReturn) = (section.shape("next_action") != nil, section.shape("return_to_go") != nil)
    let request = Transitions.Request(size: size[0], nextAction: hasNext, returnToGo: hasReturn)
    let batch = Transitions(request, observationSize: size[1], actionSize: actions[1])
    let names =
      ["observation", "action", "reward", "next_observation", "terminated"] + (hasNext ? ["next_action"] : [])
      + (hasReturn ? ["return_to_go"] : [])
    for (name, tensor) in zip(names, batch.tensors) {
      tensor.assign(try section.floats(name, count: tensor.count))
    }
    batch.discount.assign(batch.discount.floats.map { discount * (1 - $0) })
    // As the training loop does for learners that ask for it.
    if state["before.normalisation.mean"] != nil {
      let normaliser = Normaliser(size: size[1])
      try normaliser.loadParameters(from: state, prefix: "before.normalisation.")
      batch.mapObservations(normaliser.apply(to:))
    }
    return batch
  }

  /// A fresh learner's state with the fixture's weights in it, and its update noise where the script's stream starts.
  func start(_ learner: some Stateful) throws {
    var own = StateDictionary()
    learner.saveState(to: &own, prefix: "")
    for name in state.section("before.").names where !name.hasPrefix("normalisation.") {
      let floats = try #require(state[floats: "before." + name])
      #expect(own[floats: name]?.count == floats.count, "\(name)")
      own.set(name, floats: floats, shape: try #require(own.shape(name)))
    }
    own[words: "noise.generator"] = [11, 22, 0]
    try learner.loadState(from: own, prefix: "")
  }

  /// Compares every parameter with the script's. The tolerance is that of float32 sums in another order over ten
  /// updates; Adam's first steps divide by tiny numbers, so a rounding difference can grow to a small fraction of the
  /// step size.
  func compare(_ learner: some Stateful, tolerance: Float) throws {
    var own = StateDictionary()
    learner.saveState(to: &own, prefix: "")
    let after = state.section("after.")
    #expect(!after.names.isEmpty)
    for name in after.names {
      let expected = try #require(after[floats: name])
      let found = try #require(own[floats: name])
      let worst = zip(expected, found).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= tolerance, "\(name) differs by \(worst)")
      let before = try #require(state[floats: "before." + name])
      #expect(before != found, "\(name) was not trained")
    }
  }
}

@Suite struct ParityTests {
  @Test func sacMakesPyTorchsUpdates() throws {
    let fixture = try Fixture("sac")
    var configuration = SAC.Configuration()
    configuration.network.hiddenSizes = [16, 16]
    let learner = try SAC.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    try fixture.start(learner)
    let batch = try fixture.batch()
    let losses = try #require(fixture.state[floats: "losses"])
    for update in 0..<10 {
      let metrics = learner.update(batch)
      let criticLoss = try #require(metrics["critic_loss"])
      #expect(abs(Float(criticLoss) - losses[2 * update]) < 1e-4 * max(1, abs(losses[2 * update])))
      #expect(abs(Float(try #require(metrics["actor_loss"])) - losses[2 * update + 1]) < 1e-4)
    }
    try fixture.compare(learner, tolerance: 2e-5)
  }

  /// Critics every time, the actor, the temperature and all targets every second.
  @Test func dsacTMakesPyTorchsUpdates() throws {
    let fixture = try Fixture("dsac-t")
    var configuration = DSACT.Configuration()
    configuration.network.hiddenSizes = [16, 16]
    let learner = try DSACT.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    try fixture.start(learner)
    let batch = try fixture.batch()
    let losses = try #require(fixture.state[floats: "losses"])
    for update in 0..<10 {
      let metrics = learner.update(batch)
      let criticLoss = Float(try #require(metrics["critic_loss"]))
      #expect(abs(criticLoss - losses[2 * update]) < 1e-4 * max(1, abs(losses[2 * update])))
      guard update % 2 == 1 else { continue }
      #expect(abs(Float(try #require(metrics["actor_loss"])) - losses[2 * update + 1]) < 1e-4)
    }
    try fixture.compare(learner, tolerance: 2e-5)
  }

  @Test func td3MakesPyTorchsUpdates() throws {
    let fixture = try Fixture("td3")
    var configuration = TD3.Configuration()
    configuration.network.hiddenSizes = [16, 16]
    let learner = try TD3.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    try fixture.start(learner)
    let batch = try fixture.batch()
    for loss in try #require(fixture.state[floats: "losses"]) {
      let found = Float(try #require(learner.update(batch)["critic_loss"]))
      #expect(abs(found - loss) < 1e-4 * max(1, abs(loss)))
    }
    try fixture.compare(learner, tolerance: 2e-5)
  }

  /// The noise-prediction loss of a diffusion policy with its step embedding, clipped AdamW, and averaged weights.
  @Test func aDiffusionLossMakesPyTorchsUpdates() throws {
    let state = try Fixture("diffusion").state
    var generator = RandomGenerator(seed: 1)
    let denoiser = MLP([25, 32, 32, 4], activation: .mish, using: &generator)
    let averaged = MLP([25, 32, 32, 4], activation: .mish, using: &generator)
    try denoiser.loadParameters(from: state, prefix: "before.denoiser.")
    averaged.copyWeights(from: denoiser)
    let noise = RandomStream(try RandomGenerator(words: [11, 22, 0]))
    let embedding = SinusoidalEmbedding(size: 16)
    let optimiser = Adam(
      denoiser, learningRate: 1e-3, beta1: 0.95, weightDecay: 1e-2, maximumGradientNorm: 0.5)
    let observation = Tensor(try #require(state[floats: "observation"]), shape: [8, 5])
    let action = Tensor(try #require(state[floats: "action"]), shape: [8, 4])
    let signal = Tensor(try #require(state[floats: "signal"]), shape: [20, 1])
    let recorded = Recorded()
    for expected in try #require(state[floats: "losses"]) {
      let loss = recorded([observation, action]) {
        // Rows are looked up at the whole part.
        let draw = noise.uniform([8]) * 20
        let step = Tensor((0..<20).map(Float.init), shape: [20, 1]).rows(at: draw)
        let level = signal.rows(at: draw)
        let epsilon = noise.normal([8, 4])
        let (loss, gradients) = valueAndGradient(of: denoiser) {
          let noisy = level.sqrt() * action + (1 - level).sqrt() * epsilon
          return meanSquaredError(denoiser(concatenated([noisy, observation, embedding(step)], axis: -1)), epsilon)
        }
        optimiser.update(gradients)
        averaged.follow(denoiser, rate: 0.05)
        return [loss]
      }[0].item()
      #expect(abs(loss - expected) < 1e-4)
    }
    for (prefix, module) in [("denoiser.", denoiser), ("averaged.", averaged)] {
      for (name, value) in module.parameters {
        let key = (prefix == "denoiser." ? "after.denoiser." : "after.average.") + name
        let expected = try #require(state[floats: key])
        let worst = zip(expected, value.floats).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst < 2e-5, "\(key) differs by \(worst)")
      }
    }
  }
}
