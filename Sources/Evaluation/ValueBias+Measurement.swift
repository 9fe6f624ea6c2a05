import Foundation
import SinewEnvironments
import SinewPolicies
import SinewSettings
import SinewTensor

extension ValueBias {
  /// How a bias is measured.
  public struct Settings: Sendable {
    /// Episodes that pairs are taken from; 1 or more.
    public var episodes = 20
    /// Pairs of an episode at most, equally spaced.
    public var pairs = 20
    /// Rollouts from each pair, where the environment can be put back into its state.
    public var rollouts = 4
    /// What all of it is drawn from.
    public var seed = 0

    /// 20 episodes, 20 pairs of each, four rollouts.
    public init() {}
  }

  /// Rows of a batch of rollouts.
  private static let rows = 64
  /// Steps of a sum at most, and of an episode that pairs are taken from.
  private static let longest = (sum: 20_000, episode: 2_000)

  /// Measures what a critic predicts against what follows.
  ///
  /// The policy that the critic assumes acts in whole episodes. From pairs on its way the environment is put back into
  /// its state, takes the pair's action, and goes on with that policy, beyond its time limit, until what is left counts
  /// less than a hundredth (γᵏ < 0.01) or the task ends the episode: several rollouts, whose sums are averaged. An
  /// environment that cannot be put back, or not go on, has one sum for each pair, along the episode itself; where the
  /// time limit cuts that, the critic's own value of the last observation completes it, and only pairs are taken for
  /// which that counts less than a twentieth.
  ///
  /// - Parameters:
  ///   - prediction: what is claimed.
  ///   - settings: how much is measured.
  ///   - make: makes the environment; called several times.
  ///   - progress: called with what share is done.
  ///   - isStopRequested: asked at every step.
  /// Throws what the environment throws, `UsageError` where the sizes differ, the discount is 1, or episodes are too
  /// short, and ``InterruptedStep`` where a stop was requested.
  public static func measure(
    _ prediction: ValuePrediction, _ settings: Settings = Settings(), in make: () throws -> any Environment,
    progress: (Double) -> Void = { _ in }, stopWhen isStopRequested: () -> Bool = { false }
  ) throws -> ValueBias {
    let environment = try make()
    let policy = prediction.policy
    guard
      policy.observationSize == environment.observationSpace.count, policy.actionSize == environment.actionSpace.count
    else {
      throw UsageError(
        "the critic takes \(policy.observationSize) observations and \(policy.actionSize) actions, but "
          + "\(environment.name) has \(environment.observationSpace.count) and \(environment.actionSpace.count)")
    }
    let discount = Double(prediction.discount)
    guard discount < 1 else { throw UsageError("with a discount of 1 no sum has an end: there is nothing to compare") }
    let steps = discount > 0 ? (log(0.01) / log(discount)).rounded(.up) : 1
    guard steps <= Double(longest.sum) else {
      throw UsageError("with a discount of \(prediction.discount) a sum takes \(Int(steps)) steps, which is too long")
    }
    let measurement = Measurement(
      prediction: prediction, settings: settings, horizon: max(1, Int(steps)),
      scaling: try ActionScaling(environment.actionSpace, environment: environment.name))
    let limit = min(environment.longestEpisode, longest.episode)
    if environment.restoresExactly, environment.liftTimeLimit() {
      let visits = try measurement.visits(in: environment, limit: limit, stopWhen: isStopRequested)
      let count = max(1, min(rows, visits.count * measurement.rollouts))
      let others = try (1..<max(count, 2)).map { _ in try make() }
      for other in others { _ = other.liftTimeLimit() }
      return try measurement.bias(
        of: visits, in: Array(([environment] + others).prefix(count)), progress: progress, stopWhen: isStopRequested)
    }
    return try measurement.biasAlong(environment, limit: limit, progress: progress, stopWhen: isStopRequested)
  }
}

/// A pair that was visited, and how to come back to it.
private struct Visit {
  let episode, step: Int
  let observation, action: [Float]
  let snapshot: StateDictionary
}

private struct Measurement {
  let prediction: ValuePrediction
  let settings: ValueBias.Settings
  let horizon: Int
  let scaling: ActionScaling

  var rollouts: Int { prediction.policy.isDeterministic ? 1 : settings.rollouts }
  private var policy: any FollowedPolicy { prediction.policy }
  private var discount: Double { Double(prediction.discount) }
  private var scale: Double { Double(prediction.rewardScale) }

  /// The seed of an episode, of its start and of its actions.
  private func seeds(_ episode: Int) -> (start: UInt64, actions: UInt64) {
    var generator = RandomGenerator(seed: UInt64(settings.seed)).split("bias").split(UInt64(episode))
    return (generator.next(), generator.next())
  }

  private func act(_ observations: [Float], rows: Int) -> (actions: [Float], bonuses: [Float]) {
    var actions = [Float](repeating: 0, count: rows * policy.actionSize)
    var bonuses = [Float](repeating: 0, count: rows)
    var actionSpan = actions.mutableSpan
    var bonusSpan = bonuses.mutableSpan
    policy.act(observations: observations.span, count: rows, actions: &actionSpan, bonuses: &bonusSpan)
    return (actions, bonuses)
  }

  private func scaled(_ action: [Float]) -> [Float] {
    var scaled = action
    scaling.scale(action, into: &scaled)
    return scaled
  }

  private func check(_ outcome: StepOutcome, _ observation: [Float], _ environment: any Environment) throws {
    guard outcome.reward.isFinite, observation.allSatisfy(\.isFinite) else {
      throw TrainingError("a reward or an observation of \(environment.name) is not finite")
    }
  }

  /// Runs an episode and shows every step of it before it is taken. Returns whether the task ended it, and its last
  /// observation.
  private func run(
    episode: Int, in environment: any Environment, limit: Int, stopWhen isStopRequested: () -> Bool,
    before: (_ step: Int, _ observation: [Float], _ action: [Float], _ bonus: Float) -> Void,
    after: (_ reward: Double) -> Void = { _ in }
  ) throws -> (terminated: Bool, last: [Float]) {
    let seeds = seeds(episode)
    policy.restart(seed: seeds.actions)
    var observation = try environment.reset(seed: seeds.start)
    for step in 0..<limit {
      if isStopRequested() { throw InterruptedStep() }
      let (action, bonuses) = act(observation, rows: 1)
      before(step, observation, action, bonuses[0])
      let (next, outcome) = try environment.step(scaled(action))
      try check(outcome, next, environment)
      after(outcome.reward)
      observation = next
      if outcome.ended { return (outcome.terminated, observation) }
    }
    return (false, observation)
  }

  /// Pairs of every episode, equally spaced, not always at the same steps.
  func visits(in environment: any Environment, limit: Int, stopWhen isStopRequested: () -> Bool) throws -> [Visit] {
    try (0..<settings.episodes).flatMap { episode in
      // Every other is dropped when they become too many, as the length is not known before.
      var (visits, stride): ([Visit], Int) = ([], 1)
      _ = try run(episode: episode, in: environment, limit: limit, stopWhen: isStopRequested) {
        step, observation, action, _ in
        guard (step + episode).isMultiple(of: stride) else { return }
        visits.append(
          Visit(
            episode: episode, step: step, observation: observation, action: action, snapshot: environment.snapshot()))
        guard visits.count > 2 * settings.pairs else { return }
        stride *= 2
        visits.removeAll { !($0.step + episode).isMultiple(of: stride) }
      }
      let count = min(settings.pairs, visits.count)
      return (0..<count).map { visits[(2 * $0 + 1) * visits.count / (2 * count)] }
    }
  }

  /// A rollout that is under way.
  private struct Followed {
    var visit: Int
    var step = 0
    var sum = 0.0
  }

  /// Averages sums over rollouts from every pair, many at a time.
  func bias(
    of visits: [Visit], in environments: [any Environment], progress: (Double) -> Void,
    stopWhen isStopRequested: () -> Bool
  ) throws -> ValueBias {
    let count = environments.count
    let total = visits.count * rollouts
    var sums = [Double](repeating: 0, count: visits.count)
    var (begun, ended) = (0, 0)
    var running = [Followed?](repeating: nil, count: count)
    var observations = [Float](repeating: 0, count: count * policy.observationSize)
    policy.restart(seed: seeds(settings.episodes).actions)
    func begin(_ row: Int) throws {
      running[row] = nil
      guard begun < total else { return }
      running[row] = Followed(visit: begun / rollouts)
      try environments[row].restore(visits[begun / rollouts].snapshot)
      begun += 1
    }
    for row in 0..<count { try begin(row) }
    while ended < total {
      if isStopRequested() { throw InterruptedStep() }
      let (actions, bonuses) = act(observations, rows: count)
      for row in 0..<count {
        guard var rollout = running[row] else { continue }
        let factor = pow(discount, Double(rollout.step))
        var action = Array(actions[row * policy.actionSize..<(row + 1) * policy.actionSize])
        if rollout.step == 0 {
          action = visits[rollout.visit].action
        } else {
          rollout.sum += factor * Double(bonuses[row])
        }
        let (next, outcome) = try environments[row].step(scaled(action))
        try check(outcome, next, environments[row])
        rollout.sum += factor * scale * outcome.reward
        rollout.step += 1
        observations.replaceSubrange(row * next.count..<(row + 1) * next.count, with: next)
        running[row] = rollout
        guard outcome.terminated || rollout.step >= horizon else { continue }
        sums[rollout.visit] += rollout.sum
        ended += 1
        try begin(row)
      }
      progress(Double(ended) / Double(total))
    }
    let samples = predicted(
      visits.map { ($0.episode, $0.step, $0.observation, $0.action) }, sums.map { $0 / Double(rollouts) })
    return ValueBias(samples: samples, horizon: horizon, rollouts: rollouts)
  }

  /// One sum for each pair, along the episodes themselves.
  func biasAlong(
    _ environment: any Environment, limit: Int, progress: (Double) -> Void, stopWhen isStopRequested: () -> Bool
  ) throws -> ValueBias {
    var samples: [ValueBias.Sample] = []
    for episode in 0..<settings.episodes {
      var (observations, actions, bonuses): ([[Float]], [[Float]], [Double]) = ([], [], [])
      var rewards: [Double] = []
      let end = try run(episode: episode, in: environment, limit: limit, stopWhen: isStopRequested) {
        _, observation, action, bonus in
        observations.append(observation)
        actions.append(action)
        bonuses.append(Double(bonus))
      } after: {
        rewards.append($0)
      }
      // From behind: what follows step k, without the bonus of its own action.
      var following = 0.0
      if !end.terminated {
        let (action, bonus) = act(end.last, rows: 1)
        following = values(prediction.mean, end.last, action, 1)[0] + Double(bonus[0])
      }
      var sums = [Double](repeating: 0, count: rewards.count)
      for step in rewards.indices.reversed() {
        sums[step] = scale * rewards[step] + discount * following
        following = sums[step] + bonuses[step]
      }
      let usable = rewards.indices.filter { end.terminated || pow(discount, Double(rewards.count - $0)) <= 0.05 }
      let stride = max(1, (usable.count + settings.pairs - 1) / settings.pairs)
      let chosen = usable.filter { ($0 + episode).isMultiple(of: stride) }
      samples += predicted(chosen.map { (episode, $0, observations[$0], actions[$0]) }, chosen.map { sums[$0] })
      progress(Double(episode + 1) / Double(settings.episodes))
    }
    guard !samples.isEmpty else {
      throw UsageError(
        "\(environment.name) cannot be put back into a state, and its episodes of \(limit) steps are too short to see what "
          + "follows at a discount of \(prediction.discount)")
    }
    return ValueBias(samples: samples, horizon: horizon, rollouts: 1)
  }

  private func predicted(
    _ pairs: [(episode: Int, step: Int, observation: [Float], action: [Float])], _ followed: [Double]
  ) -> [ValueBias.Sample] {
    let (observations, actions) = (pairs.flatMap(\.observation), pairs.flatMap(\.action))
    let means = values(prediction.mean, observations, actions, pairs.count)
    let smallest = values(prediction.smallest, observations, actions, pairs.count)
    return pairs.indices.map { index in
      ValueBias.Sample(
        episode: pairs[index].episode, step: pairs[index].step, mean: means[index], smallest: smallest[index],
        followed: followed[index])
    }
  }

  private func values(
    _ critic: any ActionValue, _ observations: [Float], _ actions: [Float], _ count: Int
  ) -> [Double] {
    guard count > 0 else { return [] }
    var values = [Float](repeating: 0, count: count)
    var span = values.mutableSpan
    critic.values(observations: observations.span, actions: actions.span, count: count, into: &span)
    return values.map(Double.init)
  }
}
