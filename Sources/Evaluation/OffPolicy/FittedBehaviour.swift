import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// A squashed Gaussian whose mean and deviation a network gives, fitted to a dataset's actions by maximum likelihood: who
/// recorded them, as importance sampling asks. A mixture of policies is not told apart: it becomes one broad Gaussian.
public enum FittedBehaviour {
  /// How it is fitted.
  public struct Settings: SettingsGroup {
    /// Gradient steps.
    @Count public var updates = 20_000
    @Count public var batchSize = 256
    /// Adam's step size.
    @Positive public var learningRate: Float = 1e-3
    public var network = NetworkSettings()

    public init() {}
  }

  /// The fitted density.
  ///
  /// - Parameters:
  ///   - dataset: whose actions.
  ///   - settings: checked.
  ///   - generator: the same gives the same.
  ///   - progress: is told how many updates are made, now and then.
  ///   - isStopRequested: asked now and then.
  /// Throws `TrainingError` where the loss is not finite, and ``InterruptedStep`` where a stop was requested.
  public static func fit(
    _ dataset: Dataset, _ settings: Settings = Settings(), generator: RandomGenerator,
    progress: (Int) -> Void = { _ in }, stopWhen isStopRequested: () -> Bool = { false }
  ) throws -> any ActionDensity {
    let task = TaskShape(observationSize: dataset.info.observationSize, actionSize: dataset.info.actionSize)
    let policy = GaussianPolicy(
      task, settings.network, logStandardDeviation: .clamped(-5...2), generator: generator.split("behaviour"))
    let normaliser = Normaliser(size: task.observationSize)
    normaliser.set(mean: dataset.statistics.observationMean, scale: dataset.statistics.observationDeviation)
    let optimiser = Adam(policy, learningRate: settings.learningRate)
    let batch = Transitions(
      Transitions.Request(size: settings.batchSize), observationSize: task.observationSize, actionSize: task.actionSize)
    let source = DatasetTransitions(dataset)
    let inverse = Tensor.zeros([settings.batchSize, task.actionSize])
    let step = Recorded()
    var sampling = generator.split("behaviour minibatches")
    for update in 1...settings.updates {
      source.fill(0..<settings.batchSize, of: batch, using: &sampling)
      // What tanh made of it is lost in the last digits of ±1.
      inverse.assign(batch.action.floats.map { atanh(min(max($0, -0.999_999), 0.999_999)) })
      batch.mapObservations(normaliser.apply)
      optimiser.learningRate = settings.learningRate * Float(1 - Double(update - 1) / Double(settings.updates))
      let figures = step(batch.tensors + [inverse]) {
        let loss = -policy.gaussian(batch.observation).logProbability(of: inverse).mean()
        optimiser.descend(loss)
        return ["loss": loss]
      }
      guard update.isMultiple(of: 50) || update == settings.updates else { continue }
      if isStopRequested() { throw InterruptedStep() }
      guard let loss = figures["loss"], loss.isFinite else {
        throw TrainingError("fitting who recorded the data: the loss is not finite at update \(update)")
      }
      progress(update)
    }
    guard let density = GaussianDensity(of: NormalisedPolicy(policy, normaliser)) else {
      throw TrainingError("a Gaussian without a density")
    }
    return density
  }
}
