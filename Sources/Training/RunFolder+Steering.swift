import Foundation
import SinewPolicies
import SinewSettings
import SinewSteering
import SinewTensor

extension RunFolder.SavedLearner {
  /// Saved policies acting as one (see ``ComposedPolicy``). Throws `UsageError` that says which run does not fit, and
  /// why.
  ///
  /// - Parameters:
  ///   - parts: what each run is called, what it left, and its weight; the weights sum to 1.
  ///   - seed: of the noise before the first episode.
  public static func compose(
    _ parts: [(name: String, saved: Self, weight: Double)], seed: Int = 0
  ) throws -> ComposedPolicy {
    var members: [ComposedPolicy.Member] = []
    for part in parts {
      guard let policy = part.saved.policy as? any GenerativePolicy else {
        throw UsageError(
          "\(part.name) cannot be composed: its policy makes no predictions about noisy actions; diffusion-policy and "
            + "flow-policy do")
      }
      if let first = parts.first { try part.saved.requireActions(of: first.saved, part.name, first.name) }
      members.append(ComposedPolicy.Member(policy, weight: part.weight, name: part.name))
    }
    return try ComposedPolicy(members, generator: RandomGenerator(seed: UInt64(seed)).split("composition"))
  }

  /// This run's policy, or what was composed of it, steered by the critic of another (see ``ValueGuidedPolicy``).
  /// Throws `UsageError` that says in what they differ.
  ///
  /// - Parameters:
  ///   - policy: what makes candidates.
  ///   - name: what this run is called.
  ///   - critic: the critic, what its run left, and what that is called.
  ///   - samples: candidates for each choice.
  ///   - temperature: 0 or more, in the critic's units.
  ///   - seed: of the choices before the first episode.
  public func steer(
    _ policy: any Policy, name: String, by critic: (critic: any ActionValue, saved: Self, name: String), samples: Int,
    temperature: Double, seed: Int = 0
  ) throws -> ValueGuidedPolicy {
    guard critic.saved.origin.observationSize == origin.observationSize else {
      throw UsageError(
        "the critic of \(critic.name) takes \(critic.saved.origin.observationSize) observations, \(name) "
          + "\(origin.observationSize): both must see the same observation")
    }
    try critic.saved.requireActions(of: self, critic.name, name)
    return try ValueGuidedPolicy(
      policy, critic: critic.critic, samples: samples, temperature: temperature,
      generator: RandomGenerator(seed: UInt64(seed)).split("steering"))
  }

  /// Both must mean the same by an action in [−1, 1].
  private func requireActions(of other: Self, _ name: String, _ otherName: String) throws {
    guard origin.actionSize == other.origin.actionSize else {
      throw UsageError(
        "\(name) has \(origin.actionSize) actions, \(otherName) \(other.origin.actionSize): "
          + "both must have the same action space")
    }
    for index in origin.actionLow.indices {
      let (low, high) = (origin.actionLow[index], origin.actionHigh[index])
      let (otherLow, otherHigh) = (other.origin.actionLow[index], other.origin.actionHigh[index])
      let tolerance = 1e-4 * (otherHigh - otherLow)
      guard abs(low - otherLow) <= tolerance, abs(high - otherHigh) <= tolerance else {
        throw UsageError(
          "action \(index) goes from \(low) to \(high) for \(name), from \(otherLow) to \(otherHigh) for \(otherName): "
            + "both must have the same action space")
      }
    }
  }
}
