import SinewKernels

/// Adam (Kingma and Ba, arXiv 1412.6980), and AdamW (Loshchilov and Hutter, arXiv 1711.05101) where `weightDecay` is
/// not 0.
///
/// The whole step is one pass over one flat buffer of the module's parameters: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 −
/// β₂)g², θ ← θ − rate·(m̂/(√v̂ + ε) + decay·θ), with m̂ and v̂ corrected for their start at zero.
public final class Adam: Stateful {
  private let parameters: [Tensor]
  private let flat: Tensor
  private let gradients: GradientBuffer
  private let firstMoment: Tensor
  private let secondMoment: Tensor
  private let state: UnsafeMutablePointer<sinew_adam_state>
  private let initialLearningRate: Float
  private let maximumGradientNorm: Float?
  private let clip = Tensor.zeros([2])

  /// An optimiser of a module's parameters.
  ///
  /// - Parameters:
  ///   - module: what to optimise; its parameters move into one buffer.
  ///   - learningRate: step size.
  ///   - beta1: decay of the gradient's running mean.
  ///   - beta2: decay of its running square.
  ///   - epsilon: added to √v̂.
  ///   - weightDecay: AdamW's decoupled decay.
  ///   - maximumGradientNorm: gradients are scaled down to this Euclidean norm; nil leaves them.
  public init(
    _ module: some Module, learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
    weightDecay: Float = 0, maximumGradientNorm: Float? = nil
  ) {
    flat = module.packed()
    parameters = module.parameters.map(\.value)
    gradients = GradientBuffer(module)
    firstMoment = .zeros([flat.count])
    secondMoment = .zeros([flat.count])
    (initialLearningRate, self.maximumGradientNorm) = (learningRate, maximumGradientNorm)
    state = .allocate(capacity: 1)
    state.initialize(
      to: sinew_adam_state(
        learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weight_decay: weightDecay,
        beta1_power: 1, beta2_power: 1, step: 0))
  }

  deinit { state.deallocate() }

  /// The step size, to be set between updates.
  public var learningRate: Float {
    get { state.pointee.learning_rate }
    set { state.pointee.learning_rate = newValue }
  }

  /// Makes the step size that of the beginning times a schedule's factor.
  public func scaleLearningRate(by factor: Float) { learningRate = initialLearningRate * factor }

  /// How many updates have been made.
  public var step: Int { Int(state.pointee.step) }

  /// Takes one step down the gradient of a loss that the recorded update has computed (see ``gradients(of:by:)``).
  public func descend(_ loss: Tensor) { update(SinewTensor.gradients(of: loss, by: parameters)) }

  /// Takes one step along `gradients`, which ``valueAndGradient(of:_:)-(Module,_)`` of the same module gave.
  public func update(_ gradients: Gradients) {
    self.gradients.collect(gradients)
    let slot = UnsafeMutableRawPointer(state)
    var reads = [(1, self.gradients.tensor)]
    if let maximumGradientNorm {
      emit(
        sinew_instruction(SINEW_CLIP_SCALE, dimensions: [flat.count], scalars: [maximumGradientNorm]),
        reads: [(1, self.gradients.tensor)], outputs: [], writes: [(0, clip)], after: self.gradients.sources,
        isEffect: true)
      reads.append((6, clip))
    }
    emit(
      sinew_instruction(SINEW_ADAM_ADVANCE), reads: [], outputs: [], state: [(0, slot, self)], isEffect: true)
    emit(
      sinew_instruction(SINEW_ADAM, dimensions: [flat.count]), reads: reads, outputs: [], state: [(4, slot, self)],
      writes: [(0, flat), (2, firstMoment), (3, secondMoment)], after: self.gradients.sources, isEffect: true)
  }

  public func saveState(to state: inout StateDictionary, prefix: String) {
    state[floats: prefix + "first_moment"] = firstMoment.floats
    state[floats: prefix + "second_moment"] = secondMoment.floats
    let own = self.state.pointee
    state[floats: prefix + "scalars"] = [own.learning_rate, own.beta1_power, own.beta2_power]
    state[words: prefix + "step"] = [own.step]
  }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    firstMoment.assign(try state.floats(prefix + "first_moment", count: firstMoment.count))
    let squares = try state.floats(prefix + "second_moment", count: secondMoment.count)
    if let negative = squares.first(where: { $0 < 0 }) {
      throw StateError("the array '\(prefix)second_moment' holds \(negative), expected means of squares")
    }
    secondMoment.assign(squares)
    let scalars = try state.floats(prefix + "scalars", count: 3)
    self.state.pointee.learning_rate = scalars[0]
    self.state.pointee.beta1_power = scalars[1]
    self.state.pointee.beta2_power = scalars[2]
    self.state.pointee.step = UInt64(try state.count(prefix + "step"))
  }
}
