import SinewSettings
import SinewTensor

/// A small model of an environment: networks that give, from an observation and an action, how the observation changes,
/// the reward, and the logit of the task ending.
///
/// Each member is one network. Observations, changes and rewards are standardised inside; what it gives is raw, and held
/// within what was recorded, so that a rollout which leaves the data cannot run away.
public final class DynamicsEnsemble: Module {
  /// Of what the model was fitted to.
  public struct Scales: Sendable {
    /// Mean and deviation of the observations, and the least and the greatest of each component.
    public var observationMean, observationDeviation, observationMinimum, observationMaximum: [Float]
    /// Of the changes from an observation to the next.
    public var changeMean, changeDeviation: [Float]
    /// Mean, deviation and range of the rewards.
    public var rewardMean, rewardDeviation: Float
    public var rewardRange: ClosedRange<Float>

    /// Scales of a dataset.
    public init(
      observationMean: [Float], observationDeviation: [Float], observationMinimum: [Float],
      observationMaximum: [Float], changeMean: [Float], changeDeviation: [Float], rewardMean: Float,
      rewardDeviation: Float, rewardRange: ClosedRange<Float>
    ) {
      (self.observationMean, self.observationDeviation) = (observationMean, observationDeviation)
      (self.observationMinimum, self.observationMaximum) = (observationMinimum, observationMaximum)
      (self.changeMean, self.changeDeviation) = (changeMean, changeDeviation)
      (self.rewardMean, self.rewardDeviation, self.rewardRange) = (rewardMean, rewardDeviation, rewardRange)
    }
  }

  /// How many networks.
  public let members: Int
  private let layers: MLP
  private let observationSize: Int
  private let observation, change: Normaliser
  private let changeMean, changeDeviation, minimum, maximum: Tensor
  private let scales: Scales
  private let predicting = Recorded()

  /// A model with fresh weights.
  public init(
    _ task: TaskShape, _ network: NetworkSettings, members: Int, scales: Scales, generator: RandomGenerator
  ) {
    var weights = generator
    (self.members, self.scales, observationSize) = (members, scales, task.observationSize)
    layers = MLP(
      [task.observationSize + task.actionSize] + network.hiddenSizes + [task.observationSize + 2], members: members,
      activation: .silu, using: &weights)
    observation = Normaliser(size: task.observationSize)
    observation.set(mean: scales.observationMean, scale: scales.observationDeviation)
    change = Normaliser(size: task.observationSize)
    change.set(mean: scales.changeMean, scale: scales.changeDeviation)
    (changeMean, changeDeviation) = (Tensor(scales.changeMean), Tensor(scales.changeDeviation))
    (minimum, maximum) = (Tensor(scales.observationMinimum), Tensor(scales.observationMaximum))
  }

  public var parameters: [(name: String, value: Tensor)] { layers.parameters }

  /// What members give, standardised: changes [members, rows, observations], rewards [members, rows, 1], logits of an
  /// end [members, rows, 1].
  private func outputs(_ state: Tensor, _ action: Tensor) -> (change: Tensor, reward: Tensor, end: Tensor) {
    let output = layers(concatenated([observation(state), action], axis: -1))
    let size = observationSize
    return (
      output.slice(0..<size, axis: -1), output.slice(size..<size + 1, axis: -1),
      output.slice(size + 1..<size + 2, axis: -1)
    )
  }

  /// Squared errors of standardised changes and rewards, and the logistic loss of ends: a mean over rows and components,
  /// summed over members.
  ///
  /// - Parameters:
  ///   - state: [rows, observations], raw, as `next`.
  ///   - action: [rows, actions].
  ///   - reward: [rows, 1], raw.
  ///   - ended: 1 where the task ended, else 0: [rows, 1].
  public func loss(state: Tensor, action: Tensor, reward: Tensor, next: Tensor, ended: Tensor) -> Tensor {
    let given = outputs(state, action)
    let wantedReward = (reward - scales.rewardMean) / scales.rewardDeviation
    let moved = meanSquaredError(given.change, change(next - state))
    return Float(members)
      * (moved + meanSquaredError(given.reward, wantedReward) + logisticLoss(given.end, ended))
  }

  /// One step of every member, each from observations of its own: raw next observations [members, rows, observations],
  /// raw rewards and the probability of an end [members, rows, 1].
  ///
  /// - Parameters:
  ///   - state: [members, rows, observations], raw.
  ///   - action: [members, rows, actions].
  public func step(_ state: Tensor, _ action: Tensor) -> (next: Tensor, reward: Tensor, endProbability: Tensor) {
    let results = predicting([state, action]) {
      let given = outputs(state, action)
      let moved = state + given.change * changeDeviation + changeMean
      let next = SinewTensor.minimum(SinewTensor.maximum(moved, minimum), maximum)
      let reward = (given.reward * scales.rewardDeviation + scales.rewardMean).clamped(to: scales.rewardRange)
      return [next, reward, given.end.sigmoid()]
    }
    return (results[0], results[1], results[2])
  }
}
