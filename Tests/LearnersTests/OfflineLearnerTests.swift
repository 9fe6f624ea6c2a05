import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor
import Testing

@testable import SinewLearners

/// Learners from a dataset find what it holds: on one-step episodes, where the best action is known.
@Suite(.serialized) struct OfflineLearnerTests {
  /// Returns the figures of the last update.
  @discardableResult
  private func train<Method: Learner>(
    _ learner: Method, on dataset: Dataset, updates: Int, weighting: TrajectoryWeighting = .none,
    batchSize: Int = 128
  ) -> Metrics where Method.Minibatch == Transitions {
    learner.begin(RunFacts(statistics: dataset.statistics, updates: updates))
    var request = learner.request
    request.replay.batchSize = batchSize
    let batch = Transitions(request, observationSize: 2, actionSize: 2)
    let source = DatasetTransitions(dataset, weighting)
    // As training loops do for these learners.
    let normaliser = Normaliser(size: 2)
    normaliser.set(
      mean: dataset.statistics.observationMean, scale: dataset.statistics.observationDeviation.map { $0 + 1e-3 })
    var generator = RandomGenerator(seed: 17)
    var metrics: Metrics = [:]
    for _ in 0..<updates {
      source.fill(0..<batchSize, of: batch, using: &generator)
      batch.mapObservations(normaliser.apply(to:))
      metrics = learner.update(batch)
    }
    return metrics
  }

  /// What the first component is multiplied by, near enough: it is uniform in ±1, the second in 90 to 110.
  private static let scale = Float(3).squareRoot()

  /// The greatest distance of the policy's action from the one that is asked for, over a few observations.
  private func error(_ policy: any Policy, _ wanted: (Float) -> (Float, Float)) -> Float {
    let states: [Float] = [-0.8, -0.3, 0.2, 0.7]
    let observations: [Float] = states.flatMap { [$0 * Self.scale, 0] }
    var actions = [Float](repeating: 0, count: 8)
    var span = actions.mutableSpan
    policy.act(observations: observations.span, count: 4, deterministic: true, actions: &span)
    return states.indices.map { index in
      let (x, y) = wanted(states[index])
      return max(abs(actions[2 * index] - x), abs(actions[2 * index + 1] - y))
    }.max() ?? .infinity
  }

  private func behaviour(_ observation: Float, _ generator: inout RandomGenerator) -> (Float, Float) {
    (0.3 * observation + 0.1 * Float(generator.normal()), 0.6 + 0.1 * Float(generator.normal()))
  }

  private func bc(_ change: (inout BC.Configuration) -> Void = { _ in }) throws -> BC {
    var configuration = BC.Configuration()
    (configuration.network.hiddenSizes, configuration.learningRate) = ([32, 32], 3e-3)
    change(&configuration)
    return try BC.make(
      configuration, for: TaskShape(observationSize: 2, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
  }

  private func td3bc(_ change: (inout TD3BC.Configuration) -> Void = { _ in }) throws -> TD3BC {
    var configuration = TD3BC.Configuration()
    configuration.td3.network.hiddenSizes = [64, 64]
    (configuration.td3.actorLearningRate, configuration.td3.criticLearningRate) = (1e-3, 3e-3)
    change(&configuration)
    return try TD3BC.make(
      configuration, for: TaskShape(observationSize: 2, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
  }

  private func iql(_ change: (inout IQL.Configuration) -> Void = { _ in }) throws -> IQL {
    var configuration = IQL.Configuration()
    configuration.network.hiddenSizes = [64, 64]
    (configuration.actorLearningRate, configuration.criticLearningRate, configuration.valueLearningRate) = (
      1e-3, 3e-3, 3e-3
    )
    change(&configuration)
    return try IQL.make(
      configuration, for: TaskShape(observationSize: 2, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
  }

  private func make<Method: Learner>(
    _: Method.Type, _ change: (inout Method.Configuration) -> Void
  ) throws -> Method {
    var configuration = Method.Configuration()
    change(&configuration)
    return try Method.make(
      configuration, for: TaskShape(observationSize: 2, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
  }

  private func awac(_ change: (inout AWAC.Configuration) -> Void = { _ in }) throws -> AWAC {
    try make(AWAC.self) {
      $0.network.hiddenSizes = [64, 64]
      ($0.actorLearningRate, $0.criticLearningRate) = (1e-3, 3e-3)
      change(&$0)
    }
  }

  private func cql(_ change: (inout CQL.Configuration) -> Void = { _ in }) throws -> CQL {
    try make(CQL.self) {
      ($0.network.hiddenSizes, $0.sampledActions, $0.initialTemperature) = ([64, 64], 4, 1e-3)
      ($0.actorLearningRate, $0.criticLearningRate, $0.temperatureLearningRate) = (1e-3, 3e-3, 0)
      change(&$0)
    }
  }

  private func rebrac(_ change: (inout ReBRAC.Configuration) -> Void = { _ in }) throws -> ReBRAC {
    try make(ReBRAC.self) {
      ($0.td3.network.hiddenSizes, $0.td3.normaliseObservations) = ([64, 64], true)
      change(&$0)
    }
  }

  private func a2pr(_ change: (inout A2PR.Configuration) -> Void = { _ in }) throws -> A2PR {
    try make(A2PR.self) {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.proposalHiddenSizes) = ([64, 64], [64, 64], [64, 64])
      ($0.actorLearningRate, $0.criticLearningRate) = (1e-3, 3e-3)
      change(&$0)
    }
  }

  private func edac(_ change: (inout EDAC.Configuration) -> Void = { _ in }) throws -> EDAC {
    try make(EDAC.self) {
      ($0.network.hiddenSizes, $0.criticCount, $0.initialTemperature) = ([64, 64], 4, 1e-3)
      ($0.actorLearningRate, $0.criticLearningRate, $0.temperatureLearningRate) = (1e-3, 3e-3, 0)
      change(&$0)
    }
  }

  @Test func cloningFindsTheBehaviour() throws {
    let learner = try bc()
    try train(learner, on: Bandit.dataset(behaviour: behaviour), updates: 1500)
    #expect(error(learner.policy) { (0.3 * $0, 0.6) } < 0.06)
  }

  /// A tenth of the episodes are good. Uniform sampling clones the mixture, weighted sampling the good part.
  @Test func weightingClonesTheBetterPart() throws {
    let dataset = try Bandit.dataset { observation, generator in
      let (x, y) = Bandit.best(observation)
      let isGood = generator.uniform() < 0.1
      return isGood ? (x, y) : (x, y + 1 + 0.1 * Float(generator.normal()))
    }
    let (uniform, weighted, best) = (try bc(), try bc(), try bc())
    train(uniform, on: dataset, updates: 1000)
    train(weighted, on: dataset, updates: 1000, weighting: .episodeReturn(temperature: 0.1))
    train(best, on: dataset, updates: 1000, weighting: .top(fraction: 0.09))
    #expect(error(uniform.policy, Bandit.best) > 0.6)
    #expect(error(weighted.policy, Bandit.best) < 0.1)
    #expect(error(best.policy, Bandit.best) < 0.06)
  }

  @Test func td3bcLeavesTheBehaviourForTheBest() throws {
    let dataset = try Bandit.dataset(behaviour: Bandit.uniform)
    let learner = try td3bc { $0.alpha = 20 }
    train(learner, on: dataset, updates: 3000)
    #expect(error(learner.policy, Bandit.best) < 0.15)
  }

  /// With α = 0 nothing is left but cloning.
  @Test func td3bcWithoutValueIsCloning() throws {
    let learner = try td3bc { $0.alpha = 0 }
    let metrics = try train(learner, on: Bandit.dataset(behaviour: behaviour), updates: 3000)
    #expect(error(learner.policy) { (0.3 * $0, 0.6) } < 0.06)
    #expect(metrics["lambda"] == 0 && metrics["actor_loss"] == metrics["cloning_loss"])
  }

  @Test func iqlLeavesTheBehaviourForTheBest() throws {
    let dataset = try Bandit.dataset(behaviour: Bandit.uniform)
    // The reward spans about 4, so scaled to 1000 a difference of 0.1 weighs e^{β·25}.
    let learner = try iql { $0.inverseTemperature = 0.2 }
    train(learner, on: dataset, updates: 3000)
    #expect(error(learner.policy, Bandit.best) < 0.15)
  }

  @Test func otherLearnersLeaveTheBehaviourForTheBest() throws {
    let dataset = try Bandit.dataset(behaviour: Bandit.uniform)
    func check<Method: Learner>(_ learner: Method) where Method.Minibatch == Transitions {
      train(learner, on: dataset, updates: 3000)
      #expect(error(learner.policy, Bandit.best) < 0.15, "\(Method.about.name)")
    }
    check(try awac { $0.inverseTemperature = 20 })
    check(try cql { $0.conservatism = 0.02 })
    check(try rebrac())
    check(try edac { $0.diversity = 0.01 })
    check(try a2pr { $0.alpha = 20 })
  }

  /// Far from the data, conservative values are lower; in the Lagrange form the weight moves, otherwise not.
  @Test func cqlHoldsValuesDownWhereTheDataIsNot() throws {
    let dataset = try Bandit.dataset(behaviour: behaviour)
    func far(_ learner: CQL) throws -> Float {
      var value: [Float] = [0]
      let (observation, action): ([Float], [Float]) = ([0, 0], [-0.9, -0.9])
      var span = value.mutableSpan
      try #require(learner.critic).values(observations: observation.span, actions: action.span, count: 1, into: &span)
      return value[0]
    }
    let (free, held, tuned) = (
      try cql { $0.conservatism = 0 }, try cql(), try cql { ($0.lagrangeGap, $0.conservatism) = (50, 1) }
    )
    train(free, on: dataset, updates: 400)
    #expect(train(held, on: dataset, updates: 400)["conservative_weight"] == 10)
    let weight = train(tuned, on: dataset, updates: 400)["conservative_weight"] ?? .nan
    #expect(try far(held) < far(free) - 1)
    #expect(weight < 0.9)
  }

  /// The gradients of SAC-N's critics are more alike than those of critics that are kept apart.
  @Test func edacKeepsItsCriticsApart() throws {
    let dataset = try Bandit.dataset(behaviour: behaviour)
    func likeness(_ diversity: Float) throws -> Double {
      try train(edac { $0.diversity = diversity }, on: dataset, updates: 600)["gradient_likeness"] ?? .nan
    }
    let (apart, together) = (try likeness(1), try likeness(0))
    #expect(apart < together - 0.3, "\(apart) \(together)")
  }

  /// Proposals are like the dataset's better actions, and so the actor is held near these, not near all.
  @Test func a2prIsHeldNearTheBetterActions() throws {
    let dataset = try Bandit.dataset(behaviour: Bandit.uniform)
    let (held, free) = (try a2pr { $0.alpha = 0 }, try td3bc { $0.alpha = 0 })
    let metrics = train(held, on: dataset, updates: 3000)
    train(free, on: dataset, updates: 3000)
    #expect(error(held.policy, Bandit.best) < 0.5 * error(free.policy, Bandit.best))
    let share = metrics["proposed_share"] ?? .nan
    #expect(share > 0.3 && share < 1)
  }

  /// With β = 0 every action weighs the same.
  @Test func iqlWithoutPreferenceIsCloning() throws {
    let learner = try iql { $0.inverseTemperature = 0 }
    try train(learner, on: Bandit.dataset(behaviour: behaviour), updates: 2500)
    #expect(error(learner.policy) { (0.3 * $0, 0.6) } < 0.06)
  }

  /// One state, one-step rewards uniform in [0, 1]: the κ-expectile m of that solves κ(1 − m)² = (1 − κ)m².
  @Test func iqlsStateValueIsTheExpectile() throws {
    var generator = RandomGenerator(seed: 2)
    var builder = Dataset.Builder(
      DatasetInfo(name: "uniform", observationSize: 2, actionLow: [-1, -1], actionHigh: [1, 1]))
    for _ in 0..<4000 {
      let action = Float(generator.uniform(-1...1))
      try builder.append(
        EpisodeData(
          observations: [0, 0, 0, 0], actions: [action, 0], rewards: [(action + 1) / 2], terminated: true,
          truncated: false))
    }
    let dataset = try builder.build()
    for level: Float in [0.5, 0.9] {
      let learner = try iql {
        ($0.expectile, $0.scaleRewards, $0.averagingRate) = (level, false, 0.05)
      }
      let metrics = train(learner, on: dataset, updates: 1500, batchSize: 256)
      let expected = level.squareRoot() / (level.squareRoot() + (1 - level).squareRoot())
      let found = metrics["state_value_mean"] ?? .nan
      #expect(abs(Float(found) - expected) < 0.06, "\(level): \(found), expected \(expected)")
    }
  }

  /// Half a cosine: half the step size in the middle of the run, none at its end.
  @Test func iqlsActorComesToRest() throws {
    let dataset = try Bandit.dataset(episodes: 50, behaviour: Bandit.uniform)
    let learner = try iql()
    func actor() -> [Float] {
      var state = StateDictionary()
      learner.saveState(to: &state, prefix: "")
      return state[floats: "actor.layers.0.weight"] ?? []
    }
    func rate() -> Float {
      var state = StateDictionary()
      learner.saveState(to: &state, prefix: "")
      return state[floats: "actor_optimiser.scalars"]?[0] ?? .nan
    }
    train(learner, on: dataset, updates: 1)
    #expect(rate() == 1e-3)
    learner.begin(RunFacts(statistics: dataset.statistics, updates: 20))
    let batch = Transitions(Transitions.Request(size: 16), observationSize: 2, actionSize: 2)
    let source = DatasetTransitions(dataset)
    var generator = RandomGenerator(seed: 3)
    for update in 1..<25 {
      let before = actor()
      source.fill(0..<16, of: batch, using: &generator)
      _ = learner.update(batch)
      if update == 10 { #expect(abs(rate() - 0.5e-3) < 1e-8) }
      #expect((actor() == before) == (update >= 20), "update \(update)")
    }
  }

  /// A critic's values at actions are near their rewards, and the smaller of both.
  @Test func criticsValueActions() throws {
    let dataset = try Bandit.dataset(behaviour: Bandit.uniform)
    let (first, second) = (try td3bc(), try iql { $0.scaleRewards = false })
    train(first, on: dataset, updates: 2000)
    train(second, on: dataset, updates: 2000)
    for critic in [first.critic, second.critic] {
      let critic = try #require(critic)
      #expect(critic.observationSize == 2 && critic.actionSize == 2)
      var values: [Float] = [0, 0, 0]
      let (observations, actions): ([Float], [Float]) = (
        [0.4 * Self.scale, 0, 0.4 * Self.scale, 0, -0.4 * Self.scale, -0.5 * Self.scale],
        [0.2, -0.4, 0.2, 0.6, 0.8, -0.4]
      )
      var span = values.mutableSpan
      critic.values(observations: observations.span, actions: actions.span, count: 3, into: &span)
      for (value, reward) in zip(values, [Float(0), -1, -1]) { #expect(abs(value - reward) < 0.15, "\(values)") }
    }
    #expect(try bc().critic == nil)
  }

  /// The policy and the critic come back, and the learner makes the same updates.
  @Test func restoredLearnersGoOnAlike() throws {
    func check<Method: Learner>(_ make: () throws -> Method) throws where Method.Minibatch == Transitions {
      let dataset = try Bandit.dataset(episodes: 300, behaviour: Bandit.uniform)
      let (one, other) = (try make(), try make())
      train(one, on: dataset, updates: 7)
      var state = StateDictionary()
      one.saveState(to: &state, prefix: "x.")
      try other.loadState(from: state, prefix: "x.")
      #expect(error(one.policy) { _ in (0, 0) } == error(other.policy) { _ in (0, 0) })
      train(one, on: dataset, updates: 6)
      train(other, on: dataset, updates: 6)
      var (first, second) = (StateDictionary(), StateDictionary())
      one.saveState(to: &first, prefix: "")
      other.saveState(to: &second, prefix: "")
      #expect(first.names == second.names && !first.names.isEmpty)
      for name in first.names { #expect(first[name] == second[name], "\(Method.about.name) \(name)") }
    }
    try check { try bc() }
    try check { try td3bc() }
    try check { try iql() }
    try check { try awac() }
    try check { try cql { $0.lagrangeGap = 1 } }
    try check { try rebrac() }
    try check { try edac() }
    try check { try a2pr() }
  }

  @Test func valuesOutOfRangeAreNamed() {
    #expect { try iql { $0.expectile = 1 } } throws: {
      "\($0)" == "expectile is 1.0, expected above 0, below 1"
    }
    #expect { try td3bc { $0.alpha = -1 } } throws: {
      "\($0)" == "alpha is -1.0, expected 0 or more"
    }
    #expect { try cql { $0.sampledActions = 2000 } } throws: {
      "\($0)" == "sampled_actions is 2000, expected 1 to 1000"
    }
    #expect { try cql { $0.lagrangeGap = -1 } } throws: {
      "\($0)" == "lagrange_gap is -1.0, expected 0 or more, or null"
    }
    #expect { try edac { $0.criticCount = 1 } } throws: { "\($0)" == "critic_count is 1, expected 2 to 1000" }
    #expect { try rebrac { $0.criticPenalty = -1 } } throws: {
      "\($0)" == "critic_penalty is -1.0, expected 0 or more"
    }
    #expect { try awac { $0.greatestWeight = 0 } } throws: { "\($0)" == "greatest_weight is 0.0, expected above 0" }
    #expect(throws: ConfigurationError.self) { try td3bc { $0.td3.discount = 2 } }
    #expect(throws: ConfigurationError.self) { try bc { $0.network.hiddenSizes = [] } }
    #expect(throws: ConfigurationError.self) { try iql { $0.valueLearningRate = 0 } }
  }
}
