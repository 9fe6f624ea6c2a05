import SinewEnvironments
import SinewTensor
import SinewTestSupport
import Testing

@Suite struct WrapperTests {
  private func hopper() throws -> any Environment { try EnvironmentCatalogue.make("hopper") }

  private func wrap(_ environment: any Environment, _ wrappers: String...) throws -> any Environment {
    try wrappers.reduce(environment) { try WrapperDescription($1).wrap($0) }
  }

  private static let all = [
    "time_limit:30", "action_repeat:3", "frame_stack:4", "action_delay:2", "observation_delay:2", "action_noise:0.2",
    "observation_noise:0.05",
  ]

  @Test(arguments: all) func eachKeepsItsPromises(_ wrapper: String) throws {
    #expect(checkEnvironment(try wrap(hopper(), wrapper), steps: 120) == [])
    #expect(checkEnvironment(try wrap(PointEnvironment(limit: 17), wrapper), steps: 120) == [])
  }

  /// Statistics make a second trajectory differ from the first, unless they are frozen.
  @Test func normalisationKeepsItsPromises() throws {
    var statistics = RunningStatistics(size: 1)
    for value in [Float(-0.5), 0, 0.7] { statistics.add([value].span) }
    let frozen = statistics
    #expect(checkEnvironment(NormaliseObservation(PointEnvironment(), statistics: frozen, isFrozen: true)) == [])
    #expect(checkEnvironment(NormaliseReward(PointEnvironment(), statistics: frozen, isFrozen: true)) == [])
  }

  @Test func theyCompose() throws {
    func make() throws -> any Environment {
      try wrap(hopper(), "action_repeat:2", "observation_noise:0.1", "frame_stack:3", "action_delay:1", "time_limit:11")
    }
    #expect(checkEnvironment(try make(), steps: 120) == [])
    let environment = try make()
    #expect(environment.observationSpace.count == 33 && environment.maximumSteps == 11)
    #expect(environment.controlPeriod == 0.016 && environment.name == "hopper")
    // What is inside is still there.
    try environment.setParameter("mass", to: 2)
    _ = try environment.reset(seed: 1)
    #expect(environment.parameters.first { $0.name == "mass" }?.value == 2)
    try environment.applyDisturbance(SIMD3(1, 0, 0), to: "torso")
  }

  @Test func aStackShowsTheLastObservations() throws {
    let stacked = try wrap(PointEnvironment(), "frame_stack:3"), plain = PointEnvironment()
    let first = try plain.reset(seed: 1)[0]
    #expect(try stacked.reset(seed: 1) == [first, first, first])
    var seen = [first, first, first]
    for action in [Float(0.5), -0.2, 0.9, 0.1] {
      seen.append(try plain.step([action]).observation[0])
      #expect(try stacked.step([action]).observation == seen.suffix(3))
    }
  }

  /// A point that shows a picture of 2 × 2 pixels of 3 colours and two numbers, one of them for critics only.
  private final class Seen: EnvironmentWrapper {
    let base: any Environment = PointEnvironment()
    let observationSpace = BoxSpace(
      low: (0..<14).map { -Float($0) }, high: (0..<14).map { 10 + Float($0) },
      columns: Columns([
        Column("camera", shape: [2, 2, 3], element: .byte), Column("place", shape: [1]),
        Column("truth", shape: [1], isPrivileged: true),
      ]))
    private var count: Float = 0

    func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
      count = 0
      show(&observation)
    }

    func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
      count += 1
      show(&observation)
      return StepOutcome(reward: 0, terminated: false, truncated: false)
    }

    private func show(_ observation: inout MutableSpan<Float>) {
      for index in 0..<14 { observation[index] = 100 * count + Float(index) }
    }
  }

  /// Frames of a picture become its channels, numbers lie side by side, and what the parts are is kept.
  @Test func aStackKeepsTheParts() throws {
    let stacked = FrameStack(Seen(), count: 2)
    #expect(
      stacked.observationSpace.columns
        == Columns([
          Column("camera", shape: [2, 2, 6], element: .byte), Column("place", shape: [2]),
          Column("truth", shape: [2], isPrivileged: true),
        ]))
    _ = try stacked.reset(seed: 1)
    let seen = try stacked.step([0]).observation
    let pixels: [Float] = (0..<4).flatMap { pixel in
      [0, 100].flatMap { time in (0..<3).map { Float(time + 3 * pixel + $0) } }
    }
    #expect(seen == pixels + [12, 112, 13, 113])
    #expect(
      stacked.observationSpace.low == pixels.map { -$0.truncatingRemainder(dividingBy: 100) } + [-12, -12, -13, -13])
    #expect(stacked.observationSpace.high == stacked.observationSpace.low.map { 10 - $0 })
  }

  @Test func aRepeatedActionIsTheSameActionAgain() throws {
    let repeated = try wrap(PointEnvironment(limit: 7), "action_repeat:3"), plain = PointEnvironment(limit: 7)
    #expect(repeated.maximumSteps == 3)
    _ = try (repeated.reset(seed: 1), plain.reset(seed: 1))
    for step in 0..<3 {
      let action = Float(step) / 3 - 0.4
      var (reward, last): (Double, StepOutcome?) = (0, nil)
      var observation: [Float] = []
      for _ in 0..<(step == 2 ? 1 : 3) {
        let result = try plain.step([action])
        (observation, last) = (result.observation, result.outcome)
        reward += result.outcome.reward
      }
      let result = try repeated.step([action])
      #expect(result.observation == observation && abs(result.outcome.reward - reward) < 1e-12)
      #expect(result.outcome.truncated == last?.truncated && result.outcome.truncated == (step == 2))
    }
  }

  @Test func delaysAreAsLongAsTheySay() throws {
    let late = try wrap(PointEnvironment(), "action_delay:2"),
      seenLate = try wrap(PointEnvironment(), "observation_delay:2")
    let plain = PointEnvironment(), other = PointEnvironment()
    let first = try plain.reset(seed: 1)
    #expect(try late.reset(seed: 1) == first && seenLate.reset(seed: 1) == first && other.reset(seed: 1) == first)
    let actions: [Float] = [0.3, -0.6, 0.2, 0.9, -0.1, 0]
    var shown = [first]
    for (step, action) in actions.enumerated() {
      #expect(try late.step([action]).observation == plain.step([step < 2 ? 0 : actions[step - 2]]).observation)
      shown.append(try other.step([action]).observation)
      #expect(try seenLate.step([action]).observation == shown[max(0, step - 1)])
    }
  }

  @Test func noiseIsAsLargeAsItSays() throws {
    let noisy = try wrap(PointEnvironment(limit: 0), "observation_noise:0.1"), plain = PointEnvironment(limit: 0)
    _ = try (noisy.reset(seed: 1), plain.reset(seed: 1))
    var sum = 0.0
    for _ in 0..<2000 {
      let difference = Double(try noisy.step([0]).observation[0] - plain.step([0]).observation[0])
      sum += difference * difference
    }
    #expect(abs(sum / 2000 / 0.01 - 1) < 0.16)
  }

  // MARK: Normalisation

  @Test func statisticsAreThoseOfAllVectors() throws {
    var statistics = RunningStatistics(size: 2)
    #expect(statistics.mean == [0, 0] && statistics.variance(0) == 1)
    let values: [[Float]] = [[1, 100], [2, 100], [4, 103], [-3, 97.5]]
    for vector in values { statistics.add(vector.span) }
    for index in 0..<2 {
      let column = values.map { Double($0[index]) }
      let mean = column.reduce(0, +) / 4
      #expect(abs(statistics.mean[index] - mean) < 1e-12)
      #expect(abs(statistics.variance(index) - column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4) < 1e-12)
    }
  }

  /// After many steps observations have mean 0 and deviation 1, such as the rate of a joint, which is alike however the
  /// robot lies; frozen, the statistics stay as they are.
  @Test func observationsAreNormalised() throws {
    let environment = NormaliseObservation(try EnvironmentCatalogue.make("half-cheetah"))
    var actions = RandomActions(environment)
    _ = try environment.reset(seed: 1)
    for _ in 0..<900 { _ = try environment.step(actions.next()) }
    environment.isFrozen = true
    let statistics = environment.statistics
    #expect(statistics.count == 901)
    var (sum, squares) = (0.0, 0.0)
    _ = try environment.reset(seed: 2)
    for _ in 0..<900 {
      let value = Double(try environment.step(actions.next()).observation[12])
      (sum, squares) = (sum + value, squares + value * value)
    }
    #expect(abs(sum / 900) < 0.5 && abs(squares / 900 - 1) < 0.6)
    #expect(environment.statistics == statistics)

    // Restored elsewhere, with the statistics.
    environment.isFrozen = false
    let other = NormaliseObservation(try EnvironmentCatalogue.make("half-cheetah"))
    try other.restore(environment.snapshot())
    for _ in 0..<20 {
      let action = actions.next()
      #expect(try environment.step(action).observation == other.step(action).observation)
    }
    #expect(environment.statistics == other.statistics && environment.statistics != statistics)
  }

  @Test func rewardsAreDividedByTheDeviationOfTheirSums() throws {
    let environment = NormaliseReward(PointEnvironment(limit: 20), discount: 0.9), plain = PointEnvironment(limit: 20)
    _ = try (environment.reset(seed: 1), plain.reset(seed: 1))
    var sums: [Double] = []
    var sum = 0.0
    for step in 0..<60 {
      let (reward, raw) = (try environment.step([0.3]).outcome, try plain.step([0.3]).outcome)
      sum = 0.9 * sum + raw.reward
      sums.append(sum)
      let mean = sums.reduce(0, +) / Double(sums.count)
      let variance = sums.count > 1 ? sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sums.count) : 1
      #expect(abs(reward.reward - raw.reward / (variance + 1e-8).squareRoot()) < 1e-4 * abs(reward.reward), "\(step)")
      #expect(environment.rewardTerms.map(\.value) == [reward.reward])
      guard raw.ended else { continue }
      _ = try (environment.reset(), plain.reset())
      sum = 0
    }
  }

  // MARK: In a vector, and by name

  /// Final observations are those before the reset, in the wrapper's own terms.
  @Test func aVectorShowsFinalObservations() throws {
    let vector = try VectorEnvironment(count: 2, threads: 2, seed: 1) {
      try wrap(PointEnvironment(limit: 4), "frame_stack:2")
    }
    try vector.reset()
    for step in 1...8 {
      let before = vector.observations
      try vector.step(actions: [0.1, 0.1].span)
      #expect(vector.truncated == [step % 4 == 0, step % 4 == 0])
      // The newer frame of before is the older one of the end.
      #expect(vector.finalObservations[0] == before[1])
      if step % 4 == 0 { #expect(vector.observations[0] == vector.observations[1]) }
    }
  }

  @Test(arguments: [
    ("frame_stak:2", "unknown wrapper 'frame_stak'; did you mean 'frame_stack'?"),
    ("normalize_observation", "unknown wrapper 'normalize_observation'; did you mean 'normalise_observation'?"),
    (
      "frame_stack",
      "the wrapper frame_stack takes a whole number from 1 to 1000 after a colon (observations), found "
        + "'frame_stack'"
    ),
    (
      "time_limit:1.5",
      "the wrapper time_limit takes a whole number from 1 to 1000000000 after a colon (steps), found 'time_limit:1.5'"
    ),
    ("normalise_reward:2", "the wrapper normalise_reward takes no number"),
  ])
  func wrongNamesAndNumbers(_ text: String, _ expected: String) {
    #expect(message { try WrapperDescription(text) } == expected)
  }

  @Test(arguments: all) func describesItself(_ text: String) throws {
    #expect(try WrapperDescription(text).description == text)
  }
}
