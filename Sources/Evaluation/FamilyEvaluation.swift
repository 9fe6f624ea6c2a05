import Foundation
import SinewEnvironments
import SinewPolicies
import SinewTensor

/// What a policy is worth over a family of environments: members with physical parameters of their own.
///
/// One environment says little of a learner: which of two is better depends on it (Jayawardana et al., The Impact of
/// Task Underspecification in Evaluating Deep Reinforcement Learning, arXiv 2210.08607). Figures are of members'
/// mean returns; their intervals draw members and then episodes anew (a bootstrap on two levels).
public struct FamilyEvaluation: Sendable {
  /// The values of each member's parameters.
  public let members: [[ParameterAssignment]]
  /// In the environment as its task has it.
  public let nominal: Evaluation
  /// In each member, the same episodes.
  public let evaluations: [Evaluation]

  /// Draws the members of a family; the first of them do not depend on how many there are.
  ///
  /// - Parameters:
  ///   - family: what each parameter is drawn from.
  ///   - count: of members, 1 or more.
  ///   - seed: which the members are drawn by, 0 or more.
  public static func draw(_ family: [ParameterAssignment], count: Int, seed: Int) -> [[ParameterAssignment]] {
    let streams = RandomGenerator(seed: UInt64(seed)).split("family")
    return (0..<count).map { member in
      family.map { parameter in
        var generator = streams.split(UInt64(member)).split(parameter.name)
        return ParameterAssignment(parameter.name, .fixed(parameter.distribution.sample(using: &generator)))
      }
    }
  }

  /// Runs the same episodes in the nominal environment and in every member.
  ///
  /// - Parameters:
  ///   - policy: the policy; its deterministic actions are taken.
  ///   - environment: where it acts; what its parameters were set to is released first.
  ///   - members: values of parameters, as ``draw(_:count:seed:)`` gives them; 1 or more.
  ///   - episodes: in each member, 1 or more.
  ///   - seed: which the episodes are split from, 0 or more.
  ///   - afterEpisode: is told how many are done of all.
  /// Throws where the environment has no such parameter or it may not have the value, and what ``Evaluation`` throws.
  public init(
    of policy: any Policy, in environment: any Environment, members: [[ParameterAssignment]], episodes: Int, seed: Int,
    afterEpisode: (Int) -> Void = { _ in }
  ) throws {
    for parameter in environment.parameters where parameter.isSet { try environment.releaseParameter(parameter.name) }
    self.members = members
    nominal = try Evaluation(
      of: policy, in: environment, episodes: episodes, seed: seed, afterEpisode: afterEpisode)
    var evaluations: [Evaluation] = []
    for (index, member) in members.enumerated() {
      for parameter in member { try environment.setParameter(parameter.name, to: parameter.distribution) }
      evaluations.append(
        try Evaluation(
          of: policy, in: environment, episodes: episodes, seed: seed,
          afterEpisode: { afterEpisode((index + 1) * episodes + $0) }))
    }
    self.evaluations = evaluations
  }

  /// A figure with its 95 % interval.
  public struct Estimate: Sendable, Equatable {
    /// Of the members and episodes that were run.
    public var value: Double
    /// Of members and episodes drawn anew.
    public var interval: ClosedRange<Double>
  }

  /// The mean return over members.
  public var mean: Estimate {
    Self.estimate([evaluations]) { Statistics.mean($0[0]) }
  }

  /// The mean return of the worst tenth of members, at least one.
  public var worstDecile: Estimate {
    Self.estimate([evaluations]) { Self.worstDecile(of: $0[0]) }
  }

  static func worstDecile(of means: [Double]) -> Double {
    Statistics.mean(Array(means.sorted().prefix(max(1, (means.count + 9) / 10))))
  }

  /// The share of members in which another policy ranks otherwise against this one than in the nominal environment.
  ///
  /// - Parameter other: in the same members, with the same number of episodes and the same seed.
  public func flips(against other: FamilyEvaluation) -> Estimate {
    let first = [nominal] + evaluations, second = [other.nominal] + other.evaluations
    return Self.estimate([first, second], keepsFirst: true) { means in
      let apart = zip(means[0], means[1]).map { $0 - $1 }
      return Double(apart.dropFirst().count { ($0 > 0) != (apart[0] > 0) }) / Double(apart.count - 1)
    }
  }

  /// A statistic of members' mean returns under one policy or several, which share the members and the episodes that
  /// are drawn. Where the first member is the nominal one it is always there.
  private static func estimate(
    _ policies: [[Evaluation]], keepsFirst: Bool = false, statistic: ([[Double]]) -> Double
  ) -> Estimate {
    let returns = policies.map { $0.map(\.returns) }
    let (memberCount, episodeCount) = (returns[0].count, returns[0][0].count)
    var generator = RandomGenerator(seed: UInt64(policies[0][0].seed)).split("family bootstrap")
    let estimates = (0..<2_000).map { _ in
      var means = [[Double]](repeating: [], count: returns.count)
      for place in 0..<memberCount {
        let isKept = keepsFirst && place == 0
        let member =
          isKept ? 0 : Int.random(in: (keepsFirst ? 1 : 0)..<memberCount, using: &generator)
        let episodes = (0..<episodeCount).map { _ in Int.random(in: 0..<episodeCount, using: &generator) }
        for policy in returns.indices {
          means[policy].append(Statistics.mean(episodes.map { returns[policy][member][$0] }))
        }
      }
      return statistic(means)
    }
    return Estimate(
      value: statistic(policies.map { $0.map(\.returnMean) }),
      interval: Statistics.percentileInterval(estimates, confidence: 0.95))
  }
}
