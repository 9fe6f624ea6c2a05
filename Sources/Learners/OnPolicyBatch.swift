import SinewDatasets
import SinewPolicies
import SinewTensor

/// A rollout with what its policy thought of it, to be gone through in minibatches.
struct OnPolicyBatch {
  /// Some of its rows.
  struct Rows {
    let observation, action: Tensor
    /// V(s) before the first step: [rows, 1].
    let value: Tensor
    /// A, and R = A + V(s): [rows, 1].
    var advantage: Tensor
    let returns: Tensor
    /// The policy that acted.
    let old: DiagonalGaussian
    /// One number, see ``SurrogateInput``.
    let divergenceWeight: Tensor

    /// (V − R)² of values of now; with a range the greater of that and the same of values kept within it of those
    /// before.
    func valueErrors(_ values: Tensor, clippedTo range: Float?) -> Tensor {
      let errors = (values - returns).squared()
      guard let range else { return errors }
      let near = value + (values - value).clamped(to: -range...range)
      return maximum(errors, (near - returns).squared())
    }
  }

  /// What a recorded step reads, rows apart.
  let tensors: [Tensor]
  private let all: Rows
  private let normalises: Bool

  /// - Parameters:
  ///   - rollout: what was seen and done.
  ///   - weight: of divergences.
  ///   - evaluated: V(s), V(s′), the policy's means, and its log σ.
  ///   - configuration: of the learner.
  init(_ rollout: Rollout, weight: Float, _ evaluated: [Tensor], _ configuration: PPO.Configuration) {
    let values = evaluated[0].floats
    let advantages = rollout.advantages(
      discount: configuration.discount, decay: configuration.advantageDecay, values: values,
      nextValues: evaluated[1].floats)
    let returns = zip(advantages, values).map(+)
    all = Rows(
      observation: rollout.observation, action: rollout.action, value: evaluated[0],
      advantage: Tensor(advantages, shape: [advantages.count, 1]), returns: Tensor(returns, shape: [returns.count, 1]),
      old: DiagonalGaussian(mean: evaluated[2], logStandardDeviation: evaluated[3]),
      divergenceWeight: Tensor([weight], shape: [1]))
    tensors = [
      all.observation, all.action, all.value, all.advantage, all.returns, all.old.mean, all.old.logStandardDeviation,
      all.divergenceWeight,
    ]
    normalises = configuration.normaliseAdvantages && configuration.surrogate.kind != .bpo
  }

  /// Numbers of rows in a new order, in `count` parts of the same size; what is left over is left out.
  func shuffled(_ stream: RandomStream, into count: Int) -> [Tensor] {
    var rows = (0..<all.advantage.count).map(Float.init)
    var generator = stream.generator
    for last in rows.indices.dropFirst().reversed() { rows.swapAt(last, generator.index(below: last + 1)) }
    stream.generator = generator
    let size = max(rows.count / count, 1)
    return stride(from: 0, to: rows.count - size + 1, by: size).map {
      Tensor(Array(rows[$0..<$0 + size]), shape: [size])
    }
  }

  /// Those rows, their advantages brought to mean 0 and deviation 1 where the settings ask for it.
  func rows(at indices: Tensor) -> Rows {
    var rows = Rows(
      observation: all.observation.rows(at: indices), action: all.action.rows(at: indices),
      value: all.value.rows(at: indices), advantage: all.advantage.rows(at: indices),
      returns: all.returns.rows(at: indices),
      old: DiagonalGaussian(
        mean: all.old.mean.rows(at: indices), logStandardDeviation: all.old.logStandardDeviation),
      divergenceWeight: all.divergenceWeight)
    if normalises {
      let centred = rows.advantage - rows.advantage.mean()
      let size = Float(max(indices.count, 2))
      // PyTorch's deviation, of a sample.
      let deviation = (centred.squared().mean() * (size / (size - 1))).sqrt()
      rows.advantage = centred / (deviation + 1e-8)
    }
    return rows
  }
}

extension Adam {
  /// Makes the step size smaller where a step's divergence was above twice `target`, greater below half of it, within
  /// 1e-5 and 1e-2; a target of 0 leaves it.
  func steer(_ divergence: Double, to target: Float) {
    let target = Double(target)
    guard target > 0 else { return }
    if divergence > 2 * target { learningRate = max(learningRate / 1.5, 1e-5) }
    if divergence < target / 2 { learningRate = min(learningRate * 1.5, 1e-2) }
  }
}
