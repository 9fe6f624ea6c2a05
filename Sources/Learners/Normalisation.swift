import SinewDatasets
import SinewPolicies
import SinewTensor

extension ObservationNormalisation {
  /// (s − mean)/(deviation + 10⁻³): TD3+BC's (arXiv 2106.06860).
  func set(_ statistics: DatasetStatistics) {
    set(mean: statistics.observationMean, scale: statistics.observationDeviation.map { $0 + 1e-3 })
  }
}

extension ObservationNormalisation? {
  /// Its place in a learner's state; nothing where there is none.
  var parts: [(prefix: String, module: any Module)] { map { [("normalisation.", $0)] } ?? [] }
}

extension Batch {
  /// The batch with both of its observations normalised, for losses.
  func normalised(by normalisation: ObservationNormalisation?) -> Batch {
    normalisation.map { normalise in mapObservations { normalise($0) } } ?? self
  }
}

extension Policy {
  /// This policy with raw observations normalised before it sees them.
  func seeing(_ normalisation: ObservationNormalisation?) -> any Policy {
    normalisation.map { NormalisedPolicy(self, $0) } ?? self
  }
}
