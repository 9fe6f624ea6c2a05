import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// A policy's value by rollouts in a model that was fitted to recorded steps, from recorded first observations.
///
/// Each member of the ensemble rolls out by itself, so that how far they part says what the data leave open. A rollout
/// ends as the model expects: rewards count with the probability of having got so far.
public final class ModelRollouts {
  /// How the model is fitted.
  public struct Settings: SettingsGroup {
    /// Gradient steps, once for all policies.
    @Count public var updates = 30_000
    @CountWithin<1, 100> public var members = 3
    @Count public var batchSize = 256
    /// Adam's step size at the beginning; it falls to 0.
    @Positive public var learningRate: Float = 1e-3
    /// First observations that rollouts begin at, at most.
    @Count public var starts = 100
    public var network = NetworkSettings()

    public init() {}
  }

  private let settings: Settings
  private let model: DynamicsEnsemble
  private let scales: DynamicsEnsemble.Scales

  /// A model with fresh weights.
  ///
  /// - Parameters:
  ///   - dataset: what it will be fitted to.
  ///   - settings: checked.
  ///   - generator: the same gives the same.
  public init(of dataset: Dataset, _ settings: Settings = Settings(), generator: RandomGenerator) {
    self.settings = settings
    scales = DynamicsEnsemble.Scales(of: dataset)
    model = DynamicsEnsemble(
      TaskShape(observationSize: dataset.info.observationSize, actionSize: dataset.info.actionSize), settings.network,
      members: settings.members, scales: scales, generator: generator.split("model"))
  }

  /// Fits the model. Throws as ``FittedQEvaluation/fit(_:progress:stopWhen:)`` does.
  public func fit(
    _ dataset: Dataset, generator: RandomGenerator, progress: (Int) -> Void = { _ in },
    stopWhen isStopRequested: () -> Bool = { false }
  ) throws {
    let batch = Transitions(
      Transitions.Request(size: settings.batchSize), observationSize: dataset.info.observationSize,
      actionSize: dataset.info.actionSize)
    let source = DatasetTransitions(dataset)
    let optimiser = Adam(model, learningRate: settings.learningRate)
    let step = Recorded()
    var sampling = generator.split("model minibatches")
    for update in 1...settings.updates {
      source.fill(0..<settings.batchSize, of: batch, using: &sampling)
      optimiser.learningRate = settings.learningRate * Float(1 - Double(update - 1) / Double(settings.updates))
      let figures = step(batch.tensors) {
        // Without discount it is 1 but for steps that the task ended.
        let loss = model.loss(
          state: batch.observation, action: batch.action, reward: batch.reward, next: batch.nextObservation,
          ended: 1 - batch.discount)
        optimiser.descend(loss)
        return ["loss": loss]
      }
      guard update.isMultiple(of: 50) || update == settings.updates else { continue }
      if isStopRequested() { throw InterruptedStep() }
      guard figures["loss"]?.isFinite == true else {
        throw TrainingError("the model of the environment: the loss is not finite at update \(update)")
      }
      progress(update)
    }
  }

  /// Discounted returns of rollouts, [member][start], and the share of their steps at which the model had to be held
  /// within what was recorded, steps counting as their rewards do.
  ///
  /// - Parameters:
  ///   - target: the policy.
  ///   - starts: count × observations, row-major, raw.
  ///   - count: of starts.
  ///   - discount: γ.
  ///   - horizon: steps.
  public func values(
    of target: TargetPolicy, from starts: [Float], count: Int, discount: Double, horizon: Int,
    stopWhen isStopRequested: () -> Bool = { false }
  ) throws -> (returns: [[Double]], held: Double) {
    let (members, rows) = (settings.members, settings.members * count)
    var states = (0..<members).flatMap { _ in starts }
    let state = Tensor.zeros([members, count, target.observationSize])
    let action = Tensor.zeros([members, count, target.actionSize])
    var returns = [Double](repeating: 0, count: rows)
    var factors = [Double](repeating: 1, count: rows)
    var (held, counted) = (0.0, 0.0)
    for step in 0..<horizon {
      if step.isMultiple(of: 50), isStopRequested() { throw InterruptedStep() }
      state.assign(states)
      action.assign(target.actions(states, count: rows))
      let next = model.step(state, action)
      let (rewards, ends) = (next.reward.floats, next.endProbability.floats)
      states = next.next.floats
      for row in 0..<rows {
        returns[row] += factors[row] * Double(rewards[row])
        counted += factors[row]
        if isHeld(states, row) { held += factors[row] }
        factors[row] *= discount * (1 - Double(ends[row]))
      }
      if factors.allSatisfy({ $0 < 1e-4 }) { break }
    }
    let split = (0..<members).map { Array(returns[$0 * count..<($0 + 1) * count]) }
    return (split, counted > 0 ? held / counted : 0)
  }

  private func isHeld(_ states: [Float], _ row: Int) -> Bool {
    let size = scales.observationMinimum.count
    return (0..<size).contains { index in
      let value = states[row * size + index]
      return scales.observationMinimum[index] < scales.observationMaximum[index]
        && (value == scales.observationMinimum[index] || value == scales.observationMaximum[index])
    }
  }
}

extension DynamicsEnsemble.Scales {
  /// Scales of a dataset's steps; what never changes has a deviation of 1.
  init(of dataset: Dataset) {
    let size = dataset.info.observationSize
    var changes = (sums: [Double](repeating: 0, count: size), squares: [Double](repeating: 0, count: size))
    var rewards = (sum: 0.0, squares: 0.0, low: Float.infinity, high: -Float.infinity)
    for episode in dataset.episodes {
      for row in episode.firstRow..<episode.firstRow + episode.count {
        for (index, (now, next)) in zip(dataset.observation(inRow: row), dataset.observation(inRow: row + 1))
          .enumerated()
        {
          let change = Double(next) - Double(now)
          changes.sums[index] += change
          changes.squares[index] += change * change
        }
        let reward = dataset.reward(inRow: row)
        rewards.sum += Double(reward)
        rewards.squares += Double(reward) * Double(reward)
        (rewards.low, rewards.high) = (min(rewards.low, reward), max(rewards.high, reward))
      }
    }
    let count = Double(max(dataset.count, 1))
    func deviation(_ sum: Double, _ squares: Double) -> Float {
      let root = Float(max(squares / count - sum / count * (sum / count), 0).squareRoot())
      return root > 1e-8 ? root : 1
    }
    let statistics = dataset.statistics
    self.init(
      observationMean: statistics.observationMean, observationDeviation: statistics.observationDeviation,
      observationMinimum: statistics.observationMinimum, observationMaximum: statistics.observationMaximum,
      changeMean: changes.sums.map { Float($0 / count) },
      changeDeviation: zip(changes.sums, changes.squares).map(deviation), rewardMean: Float(rewards.sum / count),
      rewardDeviation: deviation(rewards.sum, rewards.squares), rewardRange: rewards.low...rewards.high)
  }
}
