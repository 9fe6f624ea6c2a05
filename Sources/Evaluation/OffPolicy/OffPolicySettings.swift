import SinewPolicies
import SinewSettings
import SinewTensor

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

extension OffPolicySettings {
  /// Throws `SizeError` naming the setting that asks for more than there is memory for.
  func requireMemory(observationSize: Int, actionSize: Int) throws {
    let (seen, done) = (Double(observationSize), Double(actionSize))
    var demand = MemoryDemand()
    func add(
      _ group: String, _ network: NetworkSettings, batch: Int, members: Int, inputs: Double, outputs: Double
    ) throws {
      let key = "\(group).network.hidden_sizes"
      let sizes = [inputs] + network.hiddenSizes.map(Double.init) + [outputs]
      let parameters = MemoryDemand.parameters(ofLayers: sizes)
      guard parameters <= MemoryDemand.mostParameters else {
        throw SizeError(
          "\(key) is \(network.hiddenSizes), which makes a network of \(short(parameters)) parameters; at most "
            + "\(short(MemoryDemand.mostParameters)) are allowed")
      }
      // Weights, a target's, their gradient and two moments; what layers make of a minibatch, forwards and backwards.
      demand.add(key, network.hiddenSizes, numbers: 5 * Double(members) * parameters)
      demand.add(
        "\(group).batch_size", batch,
        numbers: Double(batch) * (2 * seen + done + 6 * Double(members) * sizes.reduce(0, +)))
    }
    try add("fqe", fqe.network, batch: fqe.batchSize, members: fqe.members, inputs: seen + done, outputs: 1)
    try add(
      "behaviour", behaviour.network, batch: behaviour.batchSize, members: 1, inputs: seen, outputs: 2 * done)
    try add(
      "model", model.network, batch: model.batchSize, members: model.members, inputs: seen + done, outputs: seen + 2)
    try demand.check()
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
