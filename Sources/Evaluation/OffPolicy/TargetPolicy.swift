import SinewPolicies
import SinewSettings

/// A policy as its value is asked for: what it does with raw observations, many at a time.
public final class TargetPolicy {
  /// The policy.
  public let policy: any Policy
  /// Whether actions are drawn; else they are the policy's deterministic ones.
  public let samples: Bool
  /// Numbers in an observation, and in an action.
  public var observationSize: Int { policy.observationSize }
  public var actionSize: Int { policy.actionSize }
  private static let rows = 256

  /// Throws `UsageError` for a policy that plans several steps or looks back: what it does does not follow from one
  /// observation.
  public init(_ policy: any Policy, samples: Bool = false) throws {
    if let planner = policy as? any ChunkPolicy, planner.horizons.action > 1 || planner.horizons.observation > 1 {
      throw UsageError(
        "it plans \(planner.horizons.action) steps from \(planner.horizons.observation) observations: only a policy whose "
          + "action follows from one observation can be valued on recorded steps")
    }
    (self.policy, self.samples) = (policy, samples)
  }

  /// Restarts what actions are drawn from.
  func restart(seed: UInt64) {
    policy.beginEpisode(seed: seed)
    policy.restartExploration(seed: seed)
  }

  /// Actions in [−1, 1]: count × actions, row-major.
  ///
  /// - Parameters:
  ///   - observations: count × observations, row-major, raw.
  ///   - count: rows.
  func actions(_ observations: [Float], count: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count * actionSize)
    var input = [Float](repeating: 0, count: Self.rows * observationSize)
    var output = [Float](repeating: 0, count: Self.rows * actionSize)
    // Always as many rows, since networks are compiled for a number of them.
    for start in stride(from: 0, to: count, by: Self.rows) {
      let rows = min(Self.rows, count - start)
      for index in 0..<rows * observationSize { input[index] = observations[start * observationSize + index] }
      var span = output.mutableSpan
      policy.act(observations: input.span, count: Self.rows, deterministic: !samples, actions: &span)
      for index in 0..<rows * actionSize { result.append(min(max(output[index], -1), 1)) }
    }
    return result
  }
}
