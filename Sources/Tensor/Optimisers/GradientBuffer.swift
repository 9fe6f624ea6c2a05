import SinewKernels

/// The gradients of a module's parameters in one flat buffer, laid out as the parameters are.
final class GradientBuffer {
  let tensor: Tensor
  /// The tensors that the buffer's numbers come from, for ordering in a recording.
  private(set) var sources: [Tensor] = []
  private let parameters: [Tensor]
  private let slices: [Storage]
  private let storage: Storage

  init(_ module: some Module) {
    parameters = module.parameters.map(\.value)
    let storage = Storage(count: parameters.reduce(0) { $0 + padded($1.count) })
    slices = zip(parameters, module.packedStarts).map { Storage(slice: storage, offset: $1, count: $0.count) }
    tensor = Tensor(Value(shape: [storage.count], storage: storage))
    self.storage = storage
  }

  /// Sees to it that the buffer holds `gradients`: where a gradient is still being recorded, it is computed in place.
  func collect(_ gradients: Gradients) {
    precondition(
      gradients.parameters.count == parameters.count
        && zip(gradients.parameters, parameters).allSatisfy { $0.value === $1.value },
      "these gradients belong to another module's parameters")
    sources = zip(slices, zip(parameters, gradients.tensors)).map { slice, pair in
      let (parameter, gradient) = pair
      guard let gradient else { return fill(slice) }
      let root = gradient.value.root.value
      if let recording = Recording.current, root.storage == nil, root.count == parameter.count,
        recording.step(making: root) != nil
      {
        root.storage = slice
        return gradient
      }
      return copy(gradient, slice)
    }
  }

  private func fill(_ slice: Storage) -> Tensor {
    let window = Tensor(Value(shape: [slice.count], storage: slice))
    emit(
      sinew_instruction(SINEW_FILL, dimensions: [slice.count], scalars: [0]), reads: [], outputs: [],
      writes: [(0, window)], isEffect: true)
    return window
  }

  private func copy(_ gradient: Tensor, _ slice: Storage) -> Tensor {
    let window = Tensor(Value(shape: [slice.count], storage: slice))
    emit(
      sinew_instruction(SINEW_COPY, dimensions: [1, 1, 1, slice.count, 0, 0, 0, 1, 0, 0, 0, 1]), reads: [(1, gradient)],
      outputs: [], writes: [(0, window)], isEffect: true)
    return window
  }
}
