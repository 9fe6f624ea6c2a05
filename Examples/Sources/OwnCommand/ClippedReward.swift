import Sinew

/// Cuts rewards off at ±`limit`. Everything else is the environment's own.
final class ClippedReward: EnvironmentWrapper {
  let base: any Environment
  private let limit: Double

  init(_ base: any Environment, limit: Double) { (self.base, self.limit) = (base, limit) }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    var outcome = try base.step(action: action, observation: &observation)
    outcome.reward = min(max(outcome.reward, -limit), limit)
    return outcome
  }

  /// What was cut off has no parts.
  var rewardTerms: [(name: String, value: Double)] { [] }
}
