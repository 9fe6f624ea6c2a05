import Foundation
import SinewEnvironments
import SinewPolicies
import SinewTensor

/// What a policy is worth by letting it act: discounted sums of rewards of whole episodes.
public enum TrueValue {
  /// Discounted returns, and undiscounted ones as `sinew evaluate` has them, of the same episodes.
  public struct Returns: Sendable {
    public var discounted: [Double] = []
    public var undiscounted: [Double] = []
  }

  /// Runs episodes; the same seed gives the same.
  ///
  /// - Parameters:
  ///   - target: the policy.
  ///   - environment: where; each episode goes to its end or its time limit.
  ///   - episodes: 1 or more.
  ///   - discount: γ.
  ///   - seed: 0 or more.
  ///   - afterEpisode: is told how many are done.
  /// Throws what `Evaluation` throws.
  public static func measure(
    _ target: TargetPolicy, in environment: any Environment, episodes: Int, discount: Double, seed: Int,
    afterEpisode: (Int) -> Void = { _ in }, stopWhen isStopRequested: () -> Bool = { false }
  ) throws -> Returns {
    let sum = DiscountedSum(discount)
    let evaluation = try Evaluation(
      of: target.policy, in: environment, episodes: episodes, seed: seed, stream: "evaluation",
      deterministic: !target.samples, observers: [sum], afterEpisode: afterEpisode, stopWhen: isStopRequested)
    return Returns(discounted: sum.returns, undiscounted: evaluation.returns)
  }
}

private final class DiscountedSum: EpisodeObserver {
  private let discount: Double
  private(set) var returns: [Double] = []
  private var (sum, factor) = (0.0, 1.0)

  init(_ discount: Double) { self.discount = discount }

  func episodeBegan(in environment: any Environment) { (sum, factor) = (0, 1) }

  func episodeStepped(in environment: any Environment, outcome: StepOutcome) {
    sum += factor * outcome.reward
    factor *= discount
  }

  func episodeEnded(in environment: any Environment, total: Double, length: Int, terminated: Bool) {
    returns.append(sum)
  }
}
