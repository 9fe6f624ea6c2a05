import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Fitted Q evaluation (Le, Voloshin and Yue, "Batch Policy Learning under Constraints", arXiv 1903.08738, section 4.2;
/// with the details of Fu et al., "Benchmarks for Deep Off-Policy Evaluation", arXiv 2103.16596): critics learn the value
/// of the policy's own next action from recorded steps,
///
///   Q(s, a) ← r + γ·Q′(s′, a′), a′ = π(s′), and r alone where the task ended the episode,
///
/// and the policy's value is the mean of Q(s₀, π(s₀)) over the recorded first observations. A time limit ends nothing:
/// what follows has its value.
///
/// Networks give (1 − γ)·Q/scale with the rewards' root mean square as scale, so that their outputs are about 1, and
/// targets are cut off at what the rewards allow. The members of the ensemble differ in their first weights alone; how
/// far they part says what fitting leaves open, not what is wrong with the data.
public final class FittedQEvaluation {
  /// How critics are fitted.
  public struct Settings: SettingsGroup {
    /// Gradient steps for each policy.
    @Count public var updates = 100_000
    /// Critics, each with a target of its own.
    @CountWithin<1, 100> public var members = 3
    /// Recorded steps in an update.
    @Count public var batchSize = 256
    /// Adam's step size, and AdamW's decay.
    @Positive public var learningRate: Float = 3e-4
    @NotNegative public var weightDecay: Float = 1e-5
    /// τ, by which targets follow at each update: values need several times 1/(τ(1 − γ)) updates to come about.
    @PositiveFraction public var averagingRate: Float = 0.02
    public var network = NetworkSettings()

    public init() {}
  }

  private let settings: Settings
  private let discount: Float
  private let target: TargetPolicy
  private let critics, targetCritics: QEnsemble
  private let optimiser: Adam
  private let normaliser: Normaliser
  private let bounds: ReturnBounds
  private let step = Recorded()
  private let valuing = Recorded()
  private let generator: RandomGenerator

  /// Share of the targets of the last tenth of the updates that were beyond what the rewards allow by more than a
  /// hundredth of its range.
  public private(set) var cutOff = 0.0

  /// Fresh critics.
  ///
  /// - Parameters:
  ///   - target: the policy.
  ///   - dataset: of the same sizes as the policy.
  ///   - discount: γ, below 1.
  ///   - settings: checked.
  ///   - generator: the same gives the same values.
  public init(
    of target: TargetPolicy, on dataset: Dataset, discount: Float, settings: Settings = Settings(),
    generator: RandomGenerator
  ) {
    (self.settings, self.discount, self.target, self.generator) = (settings, discount, target, generator)
    let task = TaskShape(observationSize: dataset.info.observationSize, actionSize: dataset.info.actionSize)
    (critics, targetCritics) = withTarget {
      QEnsemble(task, settings.network, members: settings.members, generator: generator.split("critics"))
    }
    optimiser = Adam(critics, learningRate: settings.learningRate, weightDecay: settings.weightDecay)
    normaliser = Normaliser(size: task.observationSize)
    normaliser.set(mean: dataset.statistics.observationMean, scale: dataset.statistics.observationDeviation)
    bounds = ReturnBounds(of: dataset, discount: Double(discount))
  }

  /// Fits the critics.
  ///
  /// - Parameters:
  ///   - dataset: as in the initialiser.
  ///   - progress: is told how many updates are made, now and then.
  ///   - isStopRequested: asked now and then.
  /// Throws `TrainingError` where a loss is not finite, and ``InterruptedStep`` where a stop was requested.
  public func fit(
    _ dataset: Dataset, progress: (Int) -> Void = { _ in }, stopWhen isStopRequested: () -> Bool = { false }
  ) throws {
    let request = Transitions.Request(size: settings.batchSize, discount: discount)
    let batch = Transitions(
      request, observationSize: dataset.info.observationSize, actionSize: dataset.info.actionSize)
    let source = DatasetTransitions(dataset)
    let nextAction = Tensor.zeros([settings.batchSize, dataset.info.actionSize])
    var sampling = generator.split("minibatches")
    target.restart(seed: sampling.next())
    var (cut, counted) = (0.0, 0)
    for update in 1...settings.updates {
      source.fill(0..<settings.batchSize, of: batch, using: &sampling)
      nextAction.assign(target.actions(batch.nextObservation.floats, count: settings.batchSize))
      batch.mapObservations(normaliser.apply)
      let figures = self.update(batch, nextAction)
      guard update.isMultiple(of: 50) || update == settings.updates else { continue }
      if isStopRequested() { throw InterruptedStep() }
      guard let loss = figures["critic_loss"], loss.isFinite else {
        throw TrainingError("fitted Q evaluation: the loss is not finite at update \(update)")
      }
      if update > settings.updates - settings.updates / 10 - 50, let share = figures["cut_off"] {
        (cut, counted) = (cut + share, counted + 1)
      }
      progress(update)
    }
    cutOff = counted > 0 ? cut / Double(counted) : 0
  }

  /// The share of the way to their fixed point that values can have come: targets bring them nearer by τ(1 − γ) at each
  /// update.
  public var reached: Double {
    1 - exp(-Double(settings.updates) * Double(settings.averagingRate) * (1 - Double(discount)))
  }

  private func update(_ batch: Transitions, _ nextAction: Tensor) -> Metrics {
    step(batch.tensors + [nextAction]) {
      let next = targetCritics(batch.nextObservation, nextAction)
      let wanted = batch.reward * Float((1 - Double(discount)) / bounds.scale) + batch.discount * next
      let target = wanted.clamped(to: outputs)
      let loss = Float(critics.members) * meanSquaredError(critics(batch.observation, batch.action), target)
      // A fit that is near a bound lies beyond it a little, half the time.
      let tolerance = 0.01 * (outputs.upperBound - outputs.lowerBound) + 1e-6
      optimiser.descend(loss)
      targetCritics.follow(critics, rate: settings.averagingRate)
      return ["critic_loss": loss, "cut_off": (wanted - target).abs().greater(than: Tensor(tolerance)).mean()]
    }
  }

  /// What a network gives for the least and the greatest possible value.
  private var outputs: ClosedRange<Float> {
    let factor = (1 - Double(discount)) / bounds.scale
    return Float(bounds.range.lowerBound * factor)...Float(bounds.range.upperBound * factor)
  }

  /// Q of pairs, of each member, in the units of the rewards: [member][row].
  ///
  /// - Parameters:
  ///   - observations: count × observations, row-major, raw.
  ///   - actions: count × actions, row-major, in [−1, 1].
  ///   - count: rows.
  public func values(observations: [Float], actions: [Float], count: Int) -> [[Double]] {
    let (rows, observationSize, actionSize) = (256, target.observationSize, target.actionSize)
    let observation = Tensor.zeros([rows, observationSize])
    let action = Tensor.zeros([rows, actionSize])
    let factor = bounds.scale / (1 - Double(discount))
    var result = [[Double]](repeating: [], count: critics.members)
    for start in stride(from: 0, to: count, by: rows) {
      let taken = min(rows, count - start)
      func fill(_ tensor: Tensor, _ numbers: [Float], _ size: Int) {
        tensor.withMutableFloats { floats in
          for index in 0..<taken * size { floats[index] = numbers[start * size + index] }
        }
      }
      fill(observation, observations, observationSize)
      fill(action, actions, actionSize)
      normaliser.apply(to: observation)
      let values = valuing([observation, action]) { [critics(observation, action)] }[0].floats
      for member in result.indices {
        result[member] += (0..<taken).map { factor * Double(values[member * rows + $0]) }
      }
    }
    return result
  }

  /// Q of what the policy does, of each member: [member][row].
  public func values(observations: [Float], count: Int, draws: Int = 1) -> [[Double]] {
    let all = (0..<max(draws, 1)).map { _ in
      values(observations: observations, actions: target.actions(observations, count: count), count: count)
    }
    return all[0].indices.map { member in
      (0..<count).map { row in Statistics.mean(all.map { $0[member][row] }) }
    }
  }
}

/// What a discounted sum of a dataset's rewards can be.
struct ReturnBounds {
  /// Root mean square of the rewards; 1 where all are 0.
  let scale: Double
  /// Between the least reward and the greatest for ever, and for one step where the task can end.
  let range: ClosedRange<Double>

  init(of dataset: Dataset, discount: Double) {
    var (squares, low, high) = (0.0, Double.infinity, -Double.infinity)
    for episode in dataset.episodes {
      for row in episode.firstRow..<episode.firstRow + episode.count {
        let reward = Double(dataset.reward(inRow: row))
        squares += reward * reward
        (low, high) = (min(low, reward), max(high, reward))
      }
    }
    let root = (squares / Double(max(dataset.count, 1))).squareRoot()
    scale = root > 0 ? root : 1
    let canEnd = dataset.episodes.contains(where: \.terminated)
    func bound(_ reward: Double, isBest: Bool) -> Double {
      let forEver = reward / (1 - discount)
      guard canEnd else { return forEver }
      return isBest ? max(reward, forEver) : min(reward, forEver)
    }
    range = bound(low, isBest: false)...bound(high, isBest: true)
  }
}
