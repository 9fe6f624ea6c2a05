import SinewSettings

/// How policies are valued on recorded steps: see Documentation/ope.md.
public struct OffPolicySettings: SettingsGroup {
  /// γ of the values.
  @FractionBelowOne public var discount = 0.995
  /// Standard deviation of the noise around deterministic actions that importance sampling needs.
  @Positive public var smoothing = 0.1
  /// What log ρ of a step is limited to.
  public var leastLogRatio = -6.0
  public var greatestLogRatio = 2.0
  /// Recorded episodes that are asked at most: their first observations, and their ratios.
  @Count public var episodes = 2_000
  public var fqe = FittedQEvaluation.Settings()
  public var behaviour = FittedBehaviour.Settings()
  public var model = ModelRollouts.Settings()

  public init() {}

  public func validate() throws {
    try require(leastLogRatio <= 0, "least_log_ratio", leastLogRatio, expected: "0 or less")
    try require(greatestLogRatio >= 0, "greatest_log_ratio", greatestLogRatio, expected: "0 or more")
  }
}

/// A way to estimate a value.
public enum OffPolicyEstimator: String, CaseIterable, Sendable, Codable {
  /// Fitted Q evaluation.
  case fqe
  /// Weighted doubly robust: fitted Q evaluation, corrected by importance sampling.
  case dr
  /// Rollouts in a fitted model.
  case model
  /// Weighted per-decision importance sampling.
  case wis
  /// Per-decision importance sampling.
  case importance = "is"

  /// What it is called in a line.
  public var title: String {
    switch self {
    case .fqe: "fitted Q evaluation"
    case .dr: "doubly robust, weighted"
    case .model: "rollouts in a fitted model"
    case .wis: "importance sampling, weighted"
    case .importance: "importance sampling, per decision"
    }
  }

  var asksForRatios: Bool { self == .importance || self == .wis || self == .dr }
}
