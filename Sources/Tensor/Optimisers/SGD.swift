import SinewKernels

/// Stochastic gradient descent with momentum: v ← μ·v + g + decay·θ, θ ← θ − rate·v (PyTorch's form).
public final class SGD: Stateful {
  private let flat: Tensor
  private let gradients: GradientBuffer
  private let velocity: Tensor
  private let state: UnsafeMutablePointer<sinew_adam_state>

  /// An optimiser of a module's parameters.
  public init(_ module: some Module, learningRate: Float, momentum: Float = 0, weightDecay: Float = 0) {
    flat = module.packed()
    gradients = GradientBuffer(module)
    velocity = .zeros([flat.count])
    state = .allocate(capacity: 1)
    state.initialize(
      to: sinew_adam_state(
        learning_rate: learningRate, beta1: momentum, beta2: 0, epsilon: 0, weight_decay: weightDecay, beta1_power: 1,
        beta2_power: 1, step: 0))
  }

  deinit { state.deallocate() }

  /// The step size; a schedule sets it between updates.
  public var learningRate: Float {
    get { state.pointee.learning_rate }
    set { state.pointee.learning_rate = newValue }
  }

  /// Takes one step along `gradients`.
  public func update(_ gradients: Gradients) {
    self.gradients.collect(gradients)
    emit(
      sinew_instruction(SINEW_SGD, dimensions: [flat.count]), reads: [(1, self.gradients.tensor)], outputs: [],
      state: [(3, UnsafeMutableRawPointer(state), self)], writes: [(0, flat), (2, velocity)],
      after: self.gradients.sources, isEffect: true)
  }

  public func saveState(to state: inout StateDictionary, prefix: String) {
    state[floats: prefix + "velocity"] = velocity.floats
    state[floats: prefix + "learning_rate"] = [learningRate]
  }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    velocity.assign(try state.floats(prefix + "velocity", count: velocity.count))
    learningRate = try state.floats(prefix + "learning_rate", count: 1)[0]
  }
}
