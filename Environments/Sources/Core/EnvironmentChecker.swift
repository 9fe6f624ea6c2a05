import SinewTensor

/// Checks that an environment keeps the promises of ``Environment``; every environment must pass. `sinew env check`
/// calls it for one that a Swift type implements, and so can a test.
///
/// Spaces are sane; observations finite and in bounds; rewards finite and the sum of their terms; `truncated` exactly
/// at the time limit and apart from `terminated`; the same seed and actions give the same bits, in the same object or
/// another, after a restored snapshot too, where there are exact ones; wrong input is an error that changes nothing.
///
/// - Parameters:
///   - make: makes an environment; evaluated several times.
///   - steps: how many steps of random actions each trajectory has.
/// - Returns: what is wrong, one line each; empty for a good environment.
public func checkEnvironment(_ make: @autoclosure () throws -> any Environment, steps: Int = 400) -> [String] {
  var checker = EnvironmentChecker(steps: steps)
  do {
    try checker.checkSpaces(of: make())
    guard checker.violations.isEmpty else { return checker.violations }
    try checker.checkEpisodes(of: make())
    try checker.checkReproducibility(of: make(), make())
    let environment = try make()
    if environment.restoresExactly { try checker.checkSnapshots(of: environment, make()) }
    try checker.checkWrongInput(to: make())
  } catch {
    checker.violations.append("threw: \(error)")
  }
  return checker.violations
}

struct EnvironmentChecker {
  let steps: Int
  var violations: [String] = []

  init(steps: Int) { self.steps = steps }

  mutating func expect(_ condition: Bool, _ violation: @autoclosure () -> String) {
    // Once is enough for what repeats in every step.
    if !condition, !violations.contains(violation()) { violations.append(violation()) }
  }

  mutating func checkSpaces(of environment: any Environment) {
    let (observations, actions) = (environment.observationSpace, environment.actionSpace)
    expect(!environment.name.isEmpty, "name is empty")
    expect(observations.count > 0, "observationSpace has no components")
    expect(actions.count > 0, "actionSpace has no components")
    for index in 0..<observations.count {
      expect(observations.low[index] <= observations.high[index], "observationSpace: bounds of component \(index)")
    }
    for index in 0..<actions.count {
      expect(
        actions.low[index].isFinite && actions.high[index].isFinite && actions.low[index] < actions.high[index],
        "actionSpace: component \(index) is not a finite interval")
    }
    expect(environment.controlPeriod > 0 && environment.controlPeriod.isFinite, "controlPeriod is not positive")
    expect(environment.maximumSteps >= 0, "maximumSteps is negative")
  }

  /// Two whole episodes at least, and `steps` steps.
  mutating func checkEpisodes(of environment: any Environment) throws {
    let space = environment.observationSpace
    var actions = RandomActions(environment)
    var (episodes, total) = (0, 0)
    while episodes < 2 || total < steps {
      checkObservation(try environment.reset(seed: episodes == 0 ? 3 : nil), space, "after reset")
      expect(environment.isSuccess != true, "has succeeded before the first step")
      episodes += 1
      var count = 0
      while count < max(steps, environment.maximumSteps + 1) {
        let action = actions.next()
        let (observation, outcome) = try environment.step(action)
        count += 1
        total += 1
        checkObservation(observation, space, "after a step")
        expect(outcome.reward.isFinite, "the reward is not finite")
        let sum = environment.rewardTerms.reduce(0) { $0 + $1.value }
        expect(
          environment.rewardTerms.isEmpty || abs(sum - outcome.reward) <= 1e-9 * max(1, abs(outcome.reward)),
          "rewardTerms don't sum to the reward")
        let isLimit = environment.maximumSteps > 0 && count == environment.maximumSteps
        expect(!outcome.truncated || isLimit, "truncated before the time limit")
        expect(outcome.truncated || !isLimit, "not truncated at the time limit")
        if outcome.ended {
          expect((try? environment.step(action)) == nil, "steps on after the episode's end without an error")
          break
        }
        expect(environment.maximumSteps == 0 || count < environment.maximumSteps, "runs on beyond the time limit")
        if !violations.isEmpty { return }
      }
    }
  }

  private mutating func checkObservation(_ observation: [Float], _ space: BoxSpace, _ moment: String) {
    for (index, value) in observation.enumerated() {
      expect(value.isFinite, "observation \(index) is not finite \(moment)")
      expect(
        !value.isFinite || (space.low[index] <= value && value <= space.high[index]),
        "observation \(index) is out of bounds \(moment)")
    }
  }

  mutating func checkReproducibility(of first: any Environment, _ second: any Environment) throws {
    let reference = try trajectory(of: first, seed: 5)
    expect(try trajectory(of: first, seed: 5) == reference, "reset(seed:) doesn't reproduce in the same object")
    expect(try trajectory(of: second, seed: 5) == reference, "reset(seed:) doesn't reproduce in another object")
    let continued = try first.reset(seed: nil)
    _ = try trajectory(of: second, seed: 5)
    expect(try second.reset(seed: nil) == continued, "reset(seed: nil) doesn't continue the generator")
    let (start, other) = (try first.reset(seed: 5), try first.reset(seed: 6))
    let next = (try first.reset(seed: nil), try first.reset(seed: nil))
    if start != other {
      expect(continued != start && next.0 != next.1, "reset(seed: nil) starts the generator again")
    }
  }

  mutating func checkSnapshots(of first: any Environment, _ second: any Environment) throws {
    var actions = RandomActions(first)
    _ = try first.reset(seed: 7)
    for _ in 0..<5 where try first.step(actions.next()).outcome.ended { _ = try first.reset(seed: nil) }
    let snapshot = first.snapshot()
    // Actions in the middle tend to reach the time limit, which shows whether the step count is part of the snapshot.
    for (actions, steps) in [(actions, steps), (actions.middle, min(max(steps, first.maximumSteps), 2000))] {
      try first.restore(snapshot)
      let expected = try record(first, actions, steps)
      try first.restore(snapshot)
      expect(try record(first, actions, steps) == expected, "steps after restore differ in the same object")
      _ = try second.reset(seed: 8)
      try second.restore(snapshot)
      expect(try record(second, actions, steps) == expected, "steps after restore differ in another object")
    }
    expect((try? second.restore(StateDictionary())) == nil, "restores an empty state without an error")

    let untouched = try trajectory(of: first, seed: 9)
    expect(try trajectory(of: first, seed: 9, snapshots: true) == untouched, "snapshot() changes the trajectory")
  }

  mutating func checkWrongInput(to environment: any Environment) throws {
    var actions = RandomActions(environment)
    expect((try? environment.step(actions.next())) == nil, "steps before the first reset without an error")
    _ = try environment.reset(seed: 11)
    let undisturbed = try trajectory(of: environment, seed: nil, begin: false)
    for wrong in [Float.nan, .infinity, -.infinity] {
      _ = try environment.reset(seed: 11)
      var action = actions.next()
      action[action.count - 1] = wrong
      expect((try? environment.step(action)) == nil, "takes the action \(wrong) without an error")
    }
    expect((try? environment.step(actions.next() + [0])) == nil, "takes an action too many without an error")
    expect(try trajectory(of: environment, seed: nil, begin: false) == undisturbed, "a wrong action changes the state")
    _ = try environment.reset(seed: 11)
    let (observation, _) = try environment.step(actions.next().map { $0 * 1e6 })
    checkObservation(observation, environment.observationSpace, "after an action out of bounds")
  }

  /// Everything that can be seen of random steps, with resets where episodes end.
  private func trajectory(
    of environment: any Environment, seed: UInt64?, begin: Bool = true, snapshots: Bool = false
  ) throws -> [UInt64] {
    let start = begin ? try environment.reset(seed: seed) : []
    return try start.map { UInt64($0.bitPattern) }
      + record(environment, RandomActions(environment), steps, snapshots: snapshots)
  }

  private func record(
    _ environment: any Environment, _ actions: RandomActions, _ steps: Int, snapshots: Bool = false
  ) throws -> [UInt64] {
    var actions = actions
    var seen: [UInt64] = []
    for _ in 0..<steps {
      if snapshots { _ = environment.snapshot() }
      let (observation, outcome) = try environment.step(actions.next())
      seen += observation.map { UInt64($0.bitPattern) }
      seen += [outcome.reward.bitPattern, outcome.terminated ? 1 : 0, outcome.truncated ? 1 : 0]
      seen.append(environment.isSuccess == true ? 1 : 0)
      if outcome.ended { seen += try environment.reset(seed: nil).map { UInt64($0.bitPattern) } }
    }
    return seen
  }
}

/// A reproducible sequence of uniformly random actions for an environment.
public struct RandomActions {
  private var space: BoxSpace
  private var generator: RandomGenerator

  /// The sequence of `seed`.
  public init(_ environment: any Environment, seed: UInt64 = 1) {
    space = environment.actionSpace
    generator = RandomGenerator(seed: seed)
  }

  /// Always the middle of the action space instead.
  public var middle: RandomActions {
    var actions = self
    let middle = zip(space.low, space.high).map { ($0 + $1) / 2 }
    actions.space = BoxSpace(low: middle, high: middle)
    return actions
  }

  /// The next action.
  public mutating func next() -> [Float] {
    var action = [Float](repeating: 0, count: space.count)
    var span = action.mutableSpan
    space.sample(using: &generator, into: &span)
    return action
  }
}
