import SinewTensor

/// The one view through which test time sees a generative policy: what it says about noisy chunks, for fixed
/// observations.
///
/// Samplers, composition and guidance are all written against it, so that each works with every policy.
public struct Denoiser {
  private let predict: (Tensor, NoiseLevel, Prediction) -> Tensor

  /// A view that asks `predict` with a noisy chunk, its level, and what is wanted.
  public init(_ predict: @escaping (Tensor, NoiseLevel, Prediction) -> Tensor) {
    self.predict = predict
  }

  /// The prediction about a noisy chunk.
  ///
  /// - Parameters:
  ///   - noisy: [rows, prediction horizon · actions], at any level.
  ///   - level: how noisy it is. The clean level says nothing and is never asked for.
  ///   - prediction: what is wanted.
  /// - Returns: of the chunk's shape.
  public func callAsFunction(_ noisy: Tensor, at level: NoiseLevel, as prediction: Prediction) -> Tensor {
    predict(noisy, level, prediction)
  }
}
