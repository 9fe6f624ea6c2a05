import SinewEnvironments
import SinewPolicies
import SinewSettings
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewEvaluation

/// A cart that glides to the right: paid for the way that it comes, pushed by the action, slowed by drag.
private final class GlideEnvironment: PlaceableEnvironment {
  let name: String
  let observationSpace: BoxSpace
  let actionSpace = BoxSpace(low: [-2], high: [2])
  let controlPeriod = 0.1
  let maximumSteps = 10
  private let drag: Double
  /// What is shown instead of the position.
  private let shown: (Double) -> Double
  private let ownStarts: Bool
  private let isPlaceable: Bool
  private var state = (position: 0.0, velocity: 0.0)
  private var steps = 0

  init(
    _ name: String, drag: Double, size: Int = 2, ownStarts: Bool = false, isPlaceable: Bool = true,
    shown: @escaping (Double) -> Double = { $0 }
  ) {
    (self.name, self.drag, self.shown, self.ownStarts) = (name, drag, shown, ownStarts)
    self.isPlaceable = isPlaceable
    observationSpace = BoxSpace(
      low: .init(repeating: -.infinity, count: size), high: .init(repeating: .infinity, count: size))
  }

  private func show(_ observation: inout MutableSpan<Float>) {
    for index in observation.indices { observation[index] = 0 }
    observation[0] = Float(shown(state.position))
    observation[1] = Float(state.velocity)
  }

  func reset(seed: UInt64?, observation: inout MutableSpan<Float>) {
    var generator = RandomGenerator(seed: (seed ?? 0) &+ (ownStarts ? 1 : 0))
    state = (generator.uniform(0...0.5), 1)
    steps = 0
    show(&observation)
  }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
    let before = state.position
    state.velocity *= 1 - drag
    state.position += 0.1 * state.velocity
    steps += 1
    show(&observation)
    return StepOutcome(reward: state.position - before, terminated: false, truncated: steps == maximumSteps)
  }

  func robotState() -> RobotState? {
    isPlaceable
      ? RobotState(positions: [state.position], velocities: [state.velocity], isTouching: steps > 5) : nil
  }

  func begin(at state: RobotState, observation: inout MutableSpan<Float>) {
    self.state = (state.positions[0], state.velocities[0])
    show(&observation)
  }

  func snapshot() -> StateDictionary { StateDictionary() }
  func restore(_ snapshot: StateDictionary) {}
}

struct TransferTests {
  private let policy = DriftPolicy(observationSize: 2, actionSize: 1, generator: RandomGenerator(seed: 1))

  private func transfer(_ home: GlideEnvironment, _ away: GlideEnvironment, apart: Double = 0.5) throws -> Transfer {
    try Transfer(of: policy, from: home, to: away, episodes: 6, seed: 4, apart: apart)
  }

  @Test func saysWhatIsKeptAndWhenEpisodesPart() throws {
    let found = try transfer(GlideEnvironment("home", drag: 0.1), GlideEnvironment("away", drag: 0.2))
    // Sums of 0.1 × 0.9ᵏ and 0.1 × 0.8ᵏ for k from 1 to 10, the same in every episode.
    let kept = try #require(found.kept)
    let (home, away) = (0.586189, 0.357050)
    #expect(abs(found.home.returnMean - home) < 1e-5 && abs(found.away.returnMean - away) < 1e-5)
    #expect(abs(kept.share - away / home) < 1e-4)
    #expect(abs(kept.interval.lowerBound - kept.share) < 1e-6 && abs(kept.interval.upperBound - kept.share) < 1e-6)
    // The velocity's spread at home is that of 0.9ᵏ, k from 0 to 10: 0.2055; 0.9 − 0.8 is less than half of it, 0.81 −
    // 0.64 is more.
    #expect(found.hasSameStarts && found.partings == .init(repeating: .init(seconds: 0.2, component: "1"), count: 6))
    #expect(found.medianParting == 0.2 && found.firstToPart?.component == "1" && found.firstToPart?.episodes == 6)
    let kinds = Dictionary(grouping: found.quantities, by: \.kind)
    #expect(kinds["touching"]?.first?.home == 0.5 && kinds["touching"]?.first?.ratio == 1)
    #expect(abs((kinds["mean_speed"]?.first?.home ?? 0) - home) < 1e-5)
    #expect(kinds["spread"]?.count == 2 && kinds["mean_action"]?.count == 1)
    #expect(abs((kinds["spread"]?.last?.home ?? 0) - 0.2055) < 1e-3)
  }

  @Test func theSameEnvironmentKeepsAllAndNeverParts() throws {
    let found = try transfer(GlideEnvironment("home", drag: 0.1), GlideEnvironment("away", drag: 0.1))
    #expect(found.kept?.share == 1)
    #expect(found.partings == .init(repeating: .init(seconds: 1, component: nil), count: 6) && found.firstToPart == nil)
  }

  @Test func startsAreTakenFromTheOtherSideWhereTheyCanBe() throws {
    let placed = try transfer(
      GlideEnvironment("home", drag: 0.1), GlideEnvironment("away", drag: 0.1, ownStarts: true))
    #expect(placed.hasSameStarts && placed.kept?.share == 1)
    let apart = try transfer(
      GlideEnvironment("home", drag: 0.1), GlideEnvironment("away", drag: 0.1, ownStarts: true, isPlaceable: false))
    #expect(!apart.hasSameStarts && apart.partings.isEmpty && apart.medianParting == nil)
    #expect(!apart.quantities.contains { $0.kind == "touching" })
  }

  @Test func whatDoesNotFitIsOneLine() throws {
    let home = GlideEnvironment("home", drag: 0.1)
    #expect(throws: UsageError.self) { try transfer(home, GlideEnvironment("away", drag: 0.1, size: 3)) }
    let problem = line { _ = try transfer(home, GlideEnvironment("away", drag: 0.1) { -$0 }) }
    #expect(problem?.contains("do not fit: in the same state component 0 is") == true, "\(problem ?? "")")
  }

  @Test func returnsThatAreNotPositiveHaveNoShare() throws {
    // Pushed back from the start: the way that it comes is negative.
    let home = GlideEnvironment("home", drag: 1.5)
    #expect(try transfer(home, home).kept == nil)
  }

  /// Of two policies, the mean of the mean returns there over that at home.
  @Test func severalPoliciesKeepAShareTogether() throws {
    let first = try transfer(GlideEnvironment("home", drag: 0.1), GlideEnvironment("away", drag: 0.2))
    let second = try transfer(GlideEnvironment("home", drag: 0.1), GlideEnvironment("away", drag: 0.1))
    let share = try #require(Transfer.kept([first, second])).share
    #expect(abs(share - (1 + 0.357050 / 0.586189) / 2) < 1e-4)
  }
}
