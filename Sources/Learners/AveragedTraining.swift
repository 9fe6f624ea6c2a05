import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// AdamW with a cosine, and averaged weights that act.
public struct AveragingSettings: SettingsGroup {
  /// AdamW's step size, and the updates in which it rises from 0; then it falls to 0 along half a cosine.
  @Positive public var learningRate: Float = 1e-3
  @CountOrNone public var learningRateWarmUp = 500
  /// AdamW's decoupled decay.
  @NotNegative public var weightDecay: Float = 1e-6
  /// The averaged weights follow by (1 + update)^−power, but no slower than 1 − the greatest decay.
  @Positive public var averagingPower = 0.75
  @FractionBelowOne public var maximumAveragingDecay = 0.9999

  public init() {}

  /// How far the averaged weights follow in an update, counted from 0.
  func averagingRate(at update: UInt64) -> Float {
    Float(max(1 - maximumAveragingDecay, pow(1 + Double(update), -averagingPower)))
  }

  /// The optimiser of a network.
  func makeOptimiser(_ network: some Module) -> Adam {
    Adam(network, learningRate: learningRate, beta1: 0.95, weightDecay: weightDecay)
  }

  /// The step size over a run of so many updates.
  func schedule(updates: Int) -> LearningRateSchedule { .cosine(steps: updates, warmUp: learningRateWarmUp) }
}

/// A network of chunks that is trained by regression, and what trains it; its average acts.
final class AveragedTraining: StateGroup {
  /// The network that is trained.
  let network: any ChunkNetwork
  private let optimiser: Adam
  private let updates = Counter()
  private let step: Recorded
  private let settings: AveragingSettings
  /// What acts: it has the average.
  @NotSaved private var model: ChunkModel
  @NotSaved private var learningRate = LearningRateSchedule.constant

  init(_ settings: AveragingSettings, of model: ChunkModel, _ setup: Setup) {
    (self.settings, self.model) = (settings, model)
    network = model.makeNetwork(generator: setup.generator)
    optimiser = settings.makeOptimiser(network)
    step = setup.recorded()
  }

  func begin(_ run: RunFacts) {
    learningRate = settings.schedule(updates: run.updates)
    if let statistics = run.statistics { model.observationNormalisation.spread(statistics) }
  }

  func update(_ batch: Windows, loss: (Windows) -> Tensor) -> Metrics {
    optimiser.learningRate = settings.learningRate * learningRate.factor(at: Int(updates.count))
    let metrics = step(batch) {
      let loss = loss(batch)
      optimiser.descend(loss)
      return ["loss": loss]
    }
    model.network.follow(network, rate: settings.averagingRate(at: updates.count))
    updates.count += 1
    return metrics
  }
}

extension Normaliser {
  /// Spreads each component's range in the data over ±1, as Diffusion Policy does; one that never varies is only
  /// centred.
  func spread(_ statistics: DatasetStatistics) {
    let ranges = zip(statistics.observationMinimum, statistics.observationMaximum)
    set(
      mean: ranges.map { ($0 + $1) / 2 },
      scale: ranges.map { $1 - $0 > 1e-6 ? ($1 - $0) / 2 : 1 })
  }
}
