import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Values policies by what was recorded, without their environment.
///
/// What does not depend on the policy, a model of the environment and who recorded the data, is fitted once.
public final class OffPolicyEvaluator {
  let dataset: Dataset
  let settings: OffPolicySettings
  let estimators: [OffPolicyEstimator]
  let generator: RandomGenerator
  private let coverage: ActionCoverage
  private let bounds: ReturnBounds
  private let behaviour: (any ActionDensity)?
  private let model: ModelRollouts?
  /// The episodes that are asked, evenly spread.
  let episodes: [Dataset.Episode]
  let progress: (String) -> Void
  let isStopRequested: () -> Bool

  /// An estimate of a policy's value.
  public struct Estimate: Sendable {
    /// Which.
    public var estimator: OffPolicyEstimator
    /// The discounted value; not finite where it overflowed.
    public var value: Double
    /// 95 % of what drawing episodes, and members of ensembles, anew gives; it knows nothing of errors that all members
    /// share.
    public var interval: ClosedRange<Double>
    /// The values of those draws; the same place in two policies' lists is the same draw.
    public var draws: [Double]
    /// Why it cannot be trusted: plain lines.
    public var cautions: [String]
  }

  /// What was found of a policy.
  public struct Findings: Sendable {
    /// Estimates that could be made, in the estimators' order.
    public var estimates: [Estimate]
    /// Where its actions lie.
    public var coverage: ActionCoverage.Figures
    /// As many episodes of equal weight would say as much; nil without ratios.
    public var effectiveEpisodes: Double?
    /// Estimates that could not be made, and why.
    public var missing: [String]
  }

  /// Fits what all policies share.
  ///
  /// - Parameters:
  ///   - dataset: what was recorded.
  ///   - settings: how; checked.
  ///   - estimators: which.
  ///   - behaviour: who recorded it, where that is known; nil fits it.
  ///   - seed: of everything that is drawn.
  ///   - progress: is told what is done.
  ///   - isStopRequested: asked now and then.
  /// Throws what fitting throws, and `SizeError` where the settings ask for more than there is memory for.
  public init(
    _ dataset: Dataset, _ settings: OffPolicySettings = OffPolicySettings(),
    estimators: [OffPolicyEstimator] = OffPolicyEstimator.allCases, behaviour: (any ActionDensity)? = nil,
    seed: Int = 0,
    progress: @escaping (String) -> Void = { _ in }, stopWhen isStopRequested: @escaping () -> Bool = { false }
  ) throws {
    (self.dataset, self.settings, self.progress, self.isStopRequested) = (dataset, settings, progress, isStopRequested)
    try settings.requireMemory(
      observationSize: dataset.info.observationSize, actionSize: dataset.info.actionSize)
    self.estimators = OffPolicyEstimator.allCases.filter(estimators.contains)
    generator = RandomGenerator(seed: UInt64(seed)).split("off-policy evaluation")
    let count = min(settings.episodes, dataset.episodes.count)
    episodes = (0..<count).map { dataset.episodes[$0 * dataset.episodes.count / count] }
    bounds = ReturnBounds(of: dataset, discount: settings.discount)
    coverage = ActionCoverage(of: dataset, generator: generator.split("coverage"))
    if estimators.contains(where: \.asksForRatios) {
      self.behaviour =
        try behaviour
        ?? FittedBehaviour.fit(
          dataset, settings.behaviour, generator: generator,
          progress: { progress("who recorded it: update \($0)/\(settings.behaviour.updates)") },
          stopWhen: isStopRequested)
    } else {
      self.behaviour = nil
    }
    guard estimators.contains(.model) else {
      model = nil
      return
    }
    let model = ModelRollouts(of: dataset, settings.model, generator: generator)
    try model.fit(
      dataset, generator: generator, progress: { progress("model: update \($0)/\(settings.model.updates)") },
      stopWhen: isStopRequested)
    self.model = model
  }

  /// Values a policy.
  ///
  /// Throws `UsageError` where its sizes are not the dataset's, `TrainingError` for an action or a loss that is not
  /// finite, and ``InterruptedStep`` where a stop was requested.
  public func findings(of target: TargetPolicy) throws -> Findings {
    guard target.observationSize == dataset.info.observationSize, target.actionSize == dataset.info.actionSize else {
      throw UsageError(
        "the policy takes \(target.observationSize) observations and gives \(target.actionSize) actions, but "
          + "\(dataset.info.name) has \(dataset.info.observationSize) and \(dataset.info.actionSize)")
    }
    target.restart(seed: 0)
    let starts = episodes.flatMap { dataset.observation(inRow: $0.firstRow) }
    if target.policy.nonFiniteAction(starts, count: episodes.count) {
      throw TrainingError("an action of the policy is not finite in a recorded observation")
    }
    var findings = Findings(estimates: [], coverage: coverage.figures(of: target), missing: [])
    var critic: FittedQEvaluation?
    if estimators.contains(.fqe) || estimators.contains(.dr) {
      let fitted = FittedQEvaluation(
        of: target, on: dataset, discount: Float(settings.discount), settings: settings.fqe, generator: generator)
      try fitted.fit(
        dataset, progress: { [settings, progress] in progress("fqe: update \($0)/\(settings.fqe.updates)") },
        stopWhen: isStopRequested)
      critic = fitted
      if estimators.contains(.fqe) { findings.estimates.append(estimate(fitted, starts, findings.coverage)) }
    }
    if let behaviour {
      if let density = density(of: target) {
        let sampling = ImportanceSampling(
          try recorded(target, density, behaviour, critic), discount: settings.discount)
        findings.effectiveEpisodes = sampling.effectiveSize
        for estimator in estimators where estimator.asksForRatios {
          findings.estimates.append(estimate(sampling, estimator, findings.coverage))
        }
      } else {
        let names = estimators.filter(\.asksForRatios).map(\.rawValue).joined(separator: ", ")
        findings.missing.append("\(names): what it draws actions from has no density that is known")
      }
    }
    if let model { findings.estimates.append(try estimate(model, target, findings.coverage)) }
    findings.estimates.sort {
      (estimators.firstIndex(of: $0.estimator) ?? 0) < (estimators.firstIndex(of: $1.estimator) ?? 0)
    }
    return findings
  }

  /// Whether a policy that draws has a density; one that does not draw gets noise, and so has one.
  public static func hasDensity(_ target: TargetPolicy) -> Bool {
    !target.samples || target.policy is any ActionDensity || GaussianDensity(of: target.policy) != nil
  }

  private func density(of target: TargetPolicy) -> (any ActionDensity)? {
    if let known = target.policy as? any ActionDensity { return known }
    if target.samples { return GaussianDensity(of: target.policy) }
    return NoisyDensity(deviation: settings.smoothing, around: target.actions)
  }

  // MARK: Estimates

  private func estimate(
    _ critic: FittedQEvaluation, _ starts: [Float], _ coverage: ActionCoverage.Figures
  ) -> Estimate {
    let values = critic.values(observations: starts, count: episodes.count, draws: 10)
    let means = values.map(Statistics.mean)
    let value = Statistics.mean(means)
    var cautions: [String] = []
    if critic.reached < 0.95 {
      cautions.append("too few updates: values have come \(percent(critic.reached)) of their way at most")
    }
    if critic.cutOff > 0.01 {
      cautions.append(
        "diverges: \(percent(critic.cutOff)) of its targets were beyond what the rewards allow, and cut off")
    }
    if let best = greatestReturn, value > best {
      cautions.append("promises more than any recorded episode brought (\(short(best)))")
    }
    let spread = (means.max() ?? 0) - (means.min() ?? 0)
    if spread > 0.25 * abs(value) { cautions.append("its members part by \(short(spread))") }
    return resampled(.fqe, values, cautions + self.cautions(of: coverage))
  }

  private func estimate(
    _ model: ModelRollouts, _ target: TargetPolicy, _ coverage: ActionCoverage.Figures
  ) throws -> Estimate {
    progress("model: rollouts")
    let count = min(settings.model.starts, episodes.count)
    let begun = (0..<count).map { episodes[$0 * episodes.count / count] }
    let (returns, held) = try model.values(
      of: target, from: begun.flatMap { dataset.observation(inRow: $0.firstRow) }, count: count,
      discount: settings.discount, horizon: horizon, stopWhen: isStopRequested)
    var cautions: [String] = []
    if held > 0.1 {
      cautions.append("in \(percent(held)) of its steps the model had to be held within what was recorded")
    }
    return resampled(.model, returns, cautions + self.cautions(of: coverage))
  }

  private func estimate(
    _ sampling: ImportanceSampling, _ estimator: OffPolicyEstimator, _ coverage: ActionCoverage.Figures
  ) -> Estimate {
    progress("\(estimator.rawValue): bootstrap")
    let kind: ImportanceSampling.Kind =
      estimator == .dr ? .doublyRobust : estimator == .wis ? .weighted : .perDecision
    var drawing = generator.split("bootstrap")
    let draws = (0..<200).map { _ -> Double in
      var counts = [Int](repeating: 0, count: episodes.count)
      for _ in counts.indices { counts[drawing.index(below: counts.count)] += 1 }
      return sampling.estimate(kind, counts: counts)
    }
    let value = sampling.estimate(kind)
    var cautions: [String] = []
    if sampling.effectiveSize < 10 {
      cautions.append(
        "rests on an effective \(short(sampling.effectiveSize)) of \(episodes.count) episodes, and fewer the later the step"
      )
    }
    // Of what was cut off nothing is counted, which leaves any value nearer to 0.
    let (low, high) = (min(bounds.range.lowerBound, 0), max(bounds.range.upperBound, 0))
    if !(low...high).contains(value) {
      cautions.append("is beyond what the rewards allow (\(short(low)) to \(short(high)))")
    }
    if estimator == .dr { cautions += self.cautions(of: coverage) }
    return Estimate(
      estimator: estimator, value: value, interval: Self.interval(draws), draws: draws, cautions: cautions)
  }

  /// Members and first observations drawn anew.
  private func resampled(_ estimator: OffPolicyEstimator, _ values: [[Double]], _ cautions: [String]) -> Estimate {
    var drawing = generator.split("bootstrap \(estimator.rawValue)")
    let (members, count) = (values.count, values.first?.count ?? 0)
    let draws = (0..<1000).map { _ -> Double in
      let starts = (0..<count).map { _ in drawing.index(below: count) }
      return Statistics.mean(
        (0..<members).map { _ in
          let member = values[drawing.index(below: members)]
          return starts.reduce(0) { $0 + member[$1] } / Double(count)
        })
    }
    return Estimate(
      estimator: estimator, value: Statistics.mean(values.map(Statistics.mean)), interval: Self.interval(draws),
      draws: draws, cautions: cautions)
  }

  private static func interval(_ draws: [Double]) -> ClosedRange<Double> {
    let known = draws.filter { !$0.isNaN }
    return known.isEmpty ? -.infinity ... .infinity : Statistics.percentileInterval(known, confidence: 0.95)
  }

  private func cautions(of coverage: ActionCoverage.Figures) -> [String] {
    guard coverage.outside > 0.5 else { return [] }
    return ["\(percent(coverage.outside)) of its actions are unlike those recorded in like places: extrapolated"]
  }

  private func percent(_ share: Double) -> String { "\(short(100 * share)) %" }

  /// Steps until what follows counts less than a hundredth.
  private var horizon: Int {
    settings.discount > 0 ? max(1, Int((log(0.01) / log(settings.discount)).rounded(.up))) : 1
  }

  /// The greatest discounted return that was recorded, of episodes that were not cut off while what follows counts.
  private lazy var greatestReturn: Double? = {
    dataset.episodes.filter { $0.terminated || pow(settings.discount, Double($0.count)) < 0.05 }.map { episode in
      var (sum, factor) = (0.0, 1.0)
      for row in episode.firstRow..<episode.firstRow + episode.count {
        sum += factor * Double(dataset.reward(inRow: row))
        factor *= settings.discount
      }
      return sum
    }.max()
  }()
}

extension Policy {
  /// Whether an action in these observations is not a finite number.
  fileprivate func nonFiniteAction(_ observations: [Float], count: Int) -> Bool {
    var actions = [Float](repeating: 0, count: count * actionSize)
    var span = actions.mutableSpan
    act(observations: observations.span, count: count, deterministic: true, actions: &span)
    return !actions.allSatisfy(\.isFinite)
  }
}
