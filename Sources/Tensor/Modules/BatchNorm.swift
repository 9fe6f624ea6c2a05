import SinewKernels

/// How a network is run that behaves otherwise while it learns.
public enum Pass {
  /// As it acts: nothing is dropped, running statistics normalise.
  case evaluation
  /// As it learns: what is dropped is drawn from the stream; the batch's statistics normalise, and running ones take
  /// them in.
  case training(RandomStream)

  var isTraining: Bool { if case .training = self { true } else { false } }
}

/// A network from [rows, inputs] to [rows, outputs]; an ensemble's output is [members, rows, outputs].
public protocol Network: Module {
  /// The network's output.
  func callAsFunction(_ input: Tensor, _ pass: Pass) -> Tensor
}

/// Batch normalisation (Ioffe and Szegedy, arXiv 1502.03167) with a gain (from 1) and a bias (from 0) for each feature,
/// and batch renormalisation (Ioffe, arXiv 1702.03275) after some training passes.
///
/// A training pass normalises by the batch's mean and variance, and the running statistics take those in: new =
/// 0.99·old + 0.01·batch. An evaluation normalises by the running statistics. Renormalised, a training pass gives r·(x
/// − μ)/σ + d with r = σ/σ_running within [⅓, 3] and d = (μ − μ_running)/σ_running within ±5, both constants.
public struct BatchNorm: Module {
  /// [features] or [members, features].
  private let weight, bias: Tensor
  private let hasBias: Bool
  private let mean, variance: RunningAverage
  /// Training passes so far, where renormalisation begins after some.
  private let passes: Tensor?
  private let warmUp: Float
  private let members: Int?
  private let epsilon: Float
  private static let rate: Float = 0.01

  /// A layer for `features` features.
  ///
  /// - Parameters:
  ///   - members: one layer for each network of an ensemble.
  ///   - hasBias: whether the bias is learned; else it stays 0.
  ///   - renormalisesAfter: training passes before renormalisation begins; nil for plain batch normalisation.
  ///   - epsilon: added to variances.
  public init(
    _ features: Int, members: Int? = nil, hasBias: Bool = true, renormalisesAfter warmUp: Int? = nil,
    epsilon: Float = 1e-3
  ) {
    let shape = (members.map { [$0] } ?? []) + [features]
    weight = Tensor(repeating: 1, shape)
    bias = .zeros(shape)
    self.hasBias = hasBias
    (mean, variance) = (RunningAverage(shape), RunningAverage(shape))
    variance.value.assign([Float](repeating: 1, count: variance.value.count))
    passes = warmUp.map { _ in .zeros([1]) }
    self.warmUp = Float(warmUp ?? 0)
    self.members = members
    self.epsilon = epsilon
  }

  public var parameters: [(name: String, value: Tensor)] {
    [("weight", weight)] + (hasBias ? [("bias", bias)] : [])
  }

  public var savedParameters: [(name: String, value: Tensor)] {
    parameters + [("running_mean", mean.value), ("running_variance", variance.value)]
      + (passes.map { [("passes", $0)] } ?? [])
  }

  /// The normalised input [rows, features] or [members, rows, features]; an input without members is given to every
  /// member.
  public func callAsFunction(_ input: Tensor, _ pass: Pass) -> Tensor {
    var input = input
    if let members, input.rank == 2 { input = input.broadcast(to: [members] + input.shape) }
    guard pass.isTraining else {
      let scale = weight / (variance.value + epsilon).sqrt()
      return input * overRows(scale) + overRows(bias - mean.value * scale)
    }
    let statistics = batchStatistics(input)
    let (batchMean, batchVariance) = (
      statistics.slice(0..<1, axis: 1).reshaped(weight.shape), statistics.slice(1..<2, axis: 1).reshaped(weight.shape)
    )
    var (gain, shift) = (weight, bias)
    if let passes {
      let running = (variance.value + epsilon).sqrt()
      let isWarm = passes.greaterOrEqual(to: Tensor(warmUp))
      let ratio = ((batchVariance + epsilon).sqrt() / running).clamped(to: (1 / 3)...3)
      let distance = ((batchMean - mean.value) / running).clamped(to: -5...5)
      shift = bias + weight * select(isWarm, distance, Tensor(0)).detached()
      gain = weight * select(isWarm, ratio, Tensor(1)).detached()
      overwrite(passes, with: passes + 1)
    }
    _ = mean.add(batchMean, rate: Self.rate)
    _ = variance.add(batchVariance, rate: Self.rate)
    return batchNorm(input, statistics, gain: gain, bias: shift, epsilon: epsilon)
  }

  /// Scales gain and bias together, so that the mean over features of gain² + bias² is 1.
  func normaliseParameters() {
    let squares = (weight.squared() + bias.squared()).sum(axis: -1, keepingDimension: true)
    let scale = (Float(weight.shape[weight.rank - 1]) / squares).sqrt()
    // Both are scaled by what they were before.
    let (gain, shift) = (weight * scale, bias * scale)
    overwrite(weight, with: gain)
    if hasBias { overwrite(bias, with: shift) }
  }

  private func overRows(_ value: Tensor) -> Tensor {
    members.map { value.reshaped([$0, 1, -1]) } ?? value
  }
}

/// Copies numbers into a tensor that outlives the recording.
func overwrite(_ tensor: Tensor, with latest: Tensor) {
  precondition(tensor.shape == latest.shape, "\(latest.shape) does not fit \(tensor.shape)")
  emit(
    sinew_instruction(SINEW_COPY, dimensions: [1, 1, 1, tensor.count, 0, 0, 0, 1, 0, 0, 0, 1]), reads: [(1, latest)],
    outputs: [], writes: [(0, tensor)], isEffect: true)
}
