import SinewEnvironments
import SinewPolicies
import SinewSettings
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewEvaluation

/// Pays the action times the parameter `slope`, and a little luck, once.
private final class SlopeEnvironment: Environment {
  let name = "slope"
  let observationSpace = BoxSpace(low: [-1], high: [1])
  let actionSpace = BoxSpace(low: [-1], high: [1])
  let controlPeriod = 1.0
  let maximumSteps = 1
  private let luck: Double
  private var distribution = ParameterDistribution.fixed(1)
  private var isSet = false
  private var (slope, payment) = (1.0, 0.0)

  init(luck: Double) { self.luck = luck }

  var parameters: [EnvironmentParameter] {
    [
      EnvironmentParameter(
        name: "slope", unit: "×", defaultValue: 1, range: -10...10, distribution: distribution, isPerEpisode: true,
        value: slope, isSet: isSet)
    ]
  }

  func setParameter(_ name: String, to distribution: ParameterDistribution) {
    (self.distribution, isSet) = (distribution, true)
  }

  func releaseParameter(_ name: String) { (distribution, isSet) = (.fixed(1), false) }

  func reset(seed: UInt64?, observation: inout MutableSpan<Float>) {
    var generator = RandomGenerator(seed: seed ?? 0)
    payment = luck * generator.normal()
    slope = distribution.sample(using: &generator)
    observation[0] = 0
  }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
    observation[0] = 0
    return StepOutcome(reward: Double(action[0]) * slope + payment, terminated: false, truncated: true)
  }

  func snapshot() -> StateDictionary { StateDictionary() }
  func restore(_ snapshot: StateDictionary) throws {}
}

/// Always the same action.
private final class ConstantPolicy: Policy {
  let (observationSize, actionSize) = (1, 1)
  private let action: Float

  init(_ action: Float) { self.action = action }

  func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    for row in 0..<count { actions[row] = action }
  }

  func saveParameters(to state: inout StateDictionary, prefix: String) {}
  func loadParameters(from state: StateDictionary, prefix: String) {}
}

@Suite struct FamilyEvaluationTests {
  private let family = [ParameterAssignment("slope", .uniform(0...2))]

  private func evaluate(_ action: Float, members: Int, episodes: Int = 3, luck: Double = 0) throws -> FamilyEvaluation {
    try FamilyEvaluation(
      of: ConstantPolicy(action), in: SlopeEnvironment(luck: luck),
      members: FamilyEvaluation.draw(family, count: members, seed: 4), episodes: episodes, seed: 4)
  }

  @Test func membersAreDrawnOnceAndDoNotDependOnTheirNumber() throws {
    let few = FamilyEvaluation.draw(family, count: 5, seed: 1)
    let many = FamilyEvaluation.draw(family + [ParameterAssignment("mass", .uniform(0...1))], count: 1_000, seed: 1)
    #expect(many.prefix(5).map { $0[0] } == few.map { $0[0] })
    let values = many.compactMap(\.first?.distribution.fixedValue)
    #expect(values.count == 1_000 && abs(Statistics.mean(values) - 1) < 0.06)
    #expect(FamilyEvaluation.draw(family, count: 5, seed: 2) != few)
  }

  /// Returns are the slopes themselves here.
  @Test func figuresAreOfMembersMeans() throws {
    let result = try evaluate(1, members: 40)
    let slopes = result.members.compactMap(\.first?.distribution.fixedValue)
    #expect(result.nominal.returns == [1, 1, 1], "what was set is released first")
    #expect(result.evaluations.map { $0.returns[2] } == slopes)
    #expect(abs(result.mean.value - Statistics.mean(slopes)) < 1e-12)
    #expect(abs(result.worstDecile.value - Statistics.mean(Array(slopes.sorted().prefix(4)))) < 1e-12)
    #expect(FamilyEvaluation.worstDecile(of: [3, 1, 2]) == 1)
  }

  /// The deviation of the mean over n members of m episodes is √(σ²/n + τ²/nm).
  @Test(arguments: [0, 2.0]) func intervalsCoverMembersAndEpisodes(luck: Double) throws {
    let result = try evaluate(1, members: 60, episodes: 4, luck: luck)
    let means = result.evaluations.map(\.returnMean)
    let inner = Statistics.mean(result.evaluations.map { $0.returnDeviation * $0.returnDeviation }) / (4 * 60)
    let outer = Statistics.standardDeviation(means) * Statistics.standardDeviation(means) / 60
    let expected = 2 * 1.96 * (outer + inner).squareRoot()
    let found = result.mean.interval.upperBound - result.mean.interval.lowerBound
    #expect(abs(found / expected - 1) < 0.1, "\(found), expected \(expected)")
  }

  @Test func flipsAreWhereTheOtherIsBetter() throws {
    // The one earns 0.8 of the slope, the other half of it: never flipped. Against −0.5 it flips nowhere either.
    let (high, low) = (try evaluate(0.8, members: 30), try evaluate(0.5, members: 30))
    #expect(high.flips(against: low) == FamilyEvaluation.Estimate(value: 0, interval: 0...0))
    // Slopes from −1 to 2: the higher action is worse below 0.
    let members = FamilyEvaluation.draw([ParameterAssignment("slope", .uniform(-1...2))], count: 60, seed: 9)
    let results = try [Float(0.8), 0.5].map {
      try FamilyEvaluation(
        of: ConstantPolicy($0), in: SlopeEnvironment(luck: 1), members: members, episodes: 3, seed: 2)
    }
    let below = members.count { ($0.first?.distribution.fixedValue ?? 0) < 0 }
    let flips = results[0].flips(against: results[1])
    #expect(flips.value == Double(below) / 60 && flips.interval.contains(flips.value))
    #expect(flips.interval.upperBound - flips.interval.lowerBound > 0.1)
  }

  @Test func aParameterThatIsNotThereIsAnError() throws {
    let members = FamilyEvaluation.draw([ParameterAssignment("mas", .fixed(1))], count: 1, seed: 0)
    let policy = DriftPolicy(observationSize: 3, actionSize: 1, generator: RandomGenerator(seed: 0))
    #expect(throws: UnknownNameError.self) {
      try FamilyEvaluation(
        of: policy, in: EnvironmentCatalogue.make("pendulum"), members: members, episodes: 1, seed: 0)
    }
  }
}
