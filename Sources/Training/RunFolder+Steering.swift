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
  ///   - policies: what each run is called, what it left, and its weight; the weights sum to 1.
  ///   - seed: of the noise before the first episode.
  public static func compose(
    _ policies: [(name: String, saved: Self, weight: Double)], seed: Int = 0
  ) throws -> ComposedPolicy {
    var members: [ComposedPolicy.Member] = []
    for each in policies {
      guard let policy = each.saved.policy as? any GenerativePolicy else {
        throw UsageError(
          "\(each.name) cannot be composed: its policy makes no predictions about noisy actions; diffusion-policy and "
            + "flow-policy do")
      }
      if let first = policies.first { try each.saved.requireActions(of: first.saved, each.name, first.name) }
      members.append(ComposedPolicy.Member(policy, weight: each.weight, name: each.name))
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
    guard critic.saved.task.observationSize == task.observationSize else {
      throw UsageError(
        "the critic of \(critic.name) takes \(critic.saved.task.observationSize) observations, \(name) "
          + "\(task.observationSize): both must see the same observation")
    }
    try critic.saved.requireActions(of: self, critic.name, name)
    return try ValueGuidedPolicy(
      policy, critic: critic.critic, samples: samples, temperature: temperature,
      generator: RandomGenerator(seed: UInt64(seed)).split("steering"))
  }

  /// Both must mean the same by an action in [−1, 1].
  private func requireActions(of other: Self, _ name: String, _ otherName: String) throws {
    guard task.actionSize == other.task.actionSize else {
      throw UsageError(
        "\(name) has \(task.actionSize) actions, \(otherName) \(other.task.actionSize): "
          + "both must have the same action space")
    }
    for index in task.actionLow.indices {
      let (low, high) = (task.actionLow[index], task.actionHigh[index])
      let (otherLow, otherHigh) = (other.task.actionLow[index], other.task.actionHigh[index])
      let tolerance = 1e-4 * (otherHigh - otherLow)
      guard abs(low - otherLow) <= tolerance, abs(high - otherHigh) <= tolerance else {
        throw UsageError(
          "action \(index) goes from \(low) to \(high) for \(name), from \(otherLow) to \(otherHigh) for \(otherName): "
            + "both must have the same action space")
      }
    }
  }
}
