import SinewDatasets
import SinewPolicies
import SinewTensor

extension OffPolicyEvaluator {
  /// The episodes that are asked, with the ratios of each step and, where a critic is to be corrected, its values.
  func recorded(
    _ target: TargetPolicy, _ density: any ActionDensity, _ behaviour: any ActionDensity, _ critic: FittedQEvaluation?
  ) throws -> [ImportanceSampling.Episode] {
    progress("ratios")
    // All at once: networks take many rows in about the time of one.
    let rows = episodes.map { $0.firstRow..<$0.firstRow + $0.count }
    let count = rows.reduce(0) { $0 + $1.count }
    let observations = rows.joined().flatMap { dataset.observation(inRow: $0) }
    let actions = rows.joined().flatMap { dataset.action(inRow: $0) }
    let likely = density.logProbabilities(observations: observations, actions: actions, count: count)
    let recorded = behaviour.logProbabilities(observations: observations, actions: actions, count: count)
    if isStopRequested() { throw InterruptedStep() }
    var (actionValues, stateValues, lastValues): ([Double], [Double], [Double]) = ([], [], [])
    if estimators.contains(.dr), let critic {
      progress("dr: values")
      actionValues = mean(critic.values(observations: observations, actions: actions, count: count))
      stateValues = self.stateValues(critic, target, observations, count)
      let last = episodes.flatMap { dataset.observation(inRow: $0.firstRow + $0.count) }
      lastValues = self.stateValues(critic, target, last, episodes.count)
    }
    var start = 0
    return zip(episodes, rows).enumerated().map { index, recording in
      let (episode, rows) = recording
      let own = start..<start + rows.count
      start = own.upperBound
      return ImportanceSampling.Episode(
        logRatios: own.map {
          min(max(likely[$0] - recorded[$0], settings.leastLogRatio), settings.greatestLogRatio)
        }, rewards: rows.map { Double(dataset.reward(inRow: $0)) }, terminated: episode.terminated,
        actionValues: actionValues.isEmpty ? [] : Array(actionValues[own]),
        stateValues: stateValues.isEmpty ? [] : Array(stateValues[own]) + [lastValues[index]])
    }
  }

  /// V̂: the mean of Q̂ over ten actions of the policy that has the density.
  private func stateValues(
    _ critic: FittedQEvaluation, _ target: TargetPolicy, _ observations: [Float], _ count: Int
  ) -> [Double] {
    let isDrawn = target.samples || target.policy is any ActionDensity
    if isDrawn { return mean(critic.values(observations: observations, count: count, draws: 10)) }
    let chosen = target.actions(observations, count: count)
    var noise = generator.split("smoothing")
    let draws = (0..<10).map { _ in
      let actions = chosen.map { Float(min(max(Double($0) + settings.smoothing * noise.normal(), -1), 1)) }
      return mean(critic.values(observations: observations, actions: actions, count: count))
    }
    return (0..<count).map { row in Statistics.mean(draws.map { $0[row] }) }
  }

  private func mean(_ members: [[Double]]) -> [Double] {
    (members.first ?? []).indices.map { row in Statistics.mean(members.map { $0[row] }) }
  }
}
