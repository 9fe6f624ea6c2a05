import SinewEnvironments
import SinewSettings

/// What the episodes of two environments tell when they are laid beside each other.
struct TraceComparison {
  private let home: [EpisodeTrace]
  private let away: [EpisodeTrace]
  private let homeName: String
  private let awayName: String
  private let period: Double
  private let hasOnePeriod: Bool
  private let names: Transfer.Names
  private let actionBounds: [Double]
  /// Standard deviation of each component of the observation over all episodes.
  private let homeSpread: [Double]
  private let awaySpread: [Double]

  init(_ home: TracedEnvironment, _ away: TracedEnvironment, names: Transfer.Names) {
    (self.home, self.away, self.names) = (home.episodes, away.episodes, names)
    (homeName, awayName) = (home.name, away.name)
    period = home.controlPeriod
    hasOnePeriod = abs(home.controlPeriod - away.controlPeriod) < 1e-6 * home.controlPeriod
    actionBounds = zip(home.actionSpace.low, home.actionSpace.high).map { Double(max(abs($0), abs($1))) }
    (homeSpread, awaySpread) = (Self.spread(home.episodes), Self.spread(away.episodes))
  }

  private static func spread(_ traces: [EpisodeTrace]) -> [Double] {
    (0..<(traces.first?.observationSize ?? 0)).map { component in
      Statistics.standardDeviation(
        traces.flatMap { trace in (0...trace.length).map { trace.observation(component, at: $0) } })
    }
  }

  /// Whether all episodes begin with the same observation, for all that 32-bit numbers show.
  ///
  /// Throws `UsageError` where robots that stand in the same state are seen otherwise: then the observations do not
  /// fit.
  func hasSameStarts() throws -> Bool {
    var isSame = true
    for (one, other) in zip(home, away) {
      for component in homeSpread.indices {
        let (a, b) = (one.observation(component, at: 0), other.observation(component, at: 0))
        let difference = abs(a - b) / (1 + max(abs(a), abs(b)))
        if one.isPlaced || other.isPlaced, difference > 0.01 {
          let name = Transfer.Names.name(component, in: names.observation, of: homeSpread.count)
          throw UsageError(
            "the observations of \(homeName) and \(awayName) do not fit: in the same state component \(name) is "
              + "\(Float(a)) in the one and \(Float(b)) in the other")
        }
        if difference > 1e-4 { isSame = false }
      }
    }
    return isSame
  }

  /// When each pair of episodes parts.
  func partings(apart: Double) -> [Transfer.Parting] {
    guard hasOnePeriod else { return [] }
    return zip(home, away).map { one, other in
      let steps = min(one.length, other.length)
      for step in 0...steps {
        let shares = homeSpread.indices.map { component in
          let spread = homeSpread[component]
          return spread < 1e-9
            ? 0 : abs(one.observation(component, at: step) - other.observation(component, at: step)) / spread
        }
        if let most = shares.indices.max(by: { shares[$0] < shares[$1] }), shares[most] > apart {
          return Transfer.Parting(
            seconds: Double(step) * period,
            component: Transfer.Names.name(most, in: names.observation, of: shares.count))
        }
      }
      return Transfer.Parting(seconds: Double(steps) * period, component: nil)
    }
  }

  /// What was done, touched, and seen on both sides.
  var quantities: [Transfer.Quantity] {
    let steps = (home: Double(home.reduce(0) { $0 + $1.length }), away: Double(away.reduce(0) { $0 + $1.length }))
    func means(_ kind: String, _ names: [String], _ sums: (EpisodeTrace) -> [Double], scale: [Double]? = nil)
      -> [Transfer.Quantity]
    {
      let count = min(home.first.map { sums($0).count } ?? 0, away.first.map { sums($0).count } ?? 0)
      return (0..<count).map { index in
        func mean(_ traces: [EpisodeTrace], _ steps: Double) -> Double {
          traces.reduce(0) { $0 + (sums($1).count > index ? sums($1)[index] : 0) } / steps / (scale?[index] ?? 1)
        }
        return Transfer.Quantity(
          kind: kind, of: Transfer.Names.name(index, in: names, of: count), home: mean(home, steps.home),
          away: mean(away, steps.away))
      }
    }
    let seesRobots = (home + away).allSatisfy { !$0.speedSums.isEmpty }
    let touching = Transfer.Quantity(
      kind: "touching", of: "", home: Double(home.reduce(0) { $0 + $1.touches }) / steps.home,
      away: Double(away.reduce(0) { $0 + $1.touches }) / steps.away)
    return means("mean_action", names.action, \.actionSums, scale: actionBounds)
      + (seesRobots ? [touching] + means("mean_speed", names.velocity, \.speedSums) : [])
      + homeSpread.indices.map { index in
        Transfer.Quantity(
          kind: "spread", of: Transfer.Names.name(index, in: names.observation, of: homeSpread.count),
          home: homeSpread[index], away: awaySpread[index])
      }
  }
}
