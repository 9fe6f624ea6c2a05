/// (x − mean)/scale, component by component, of vectors such as observations; does nothing until it is told a mean and
/// a scale.
///
/// Nothing is cut off: a component ten deviations away is shown as ten. What acts on normalised observations is saved
/// with its normaliser, and takes raw observations. Optimisers must not be given it.
public final class Normaliser: Module {
  private let mean: Tensor
  private let reciprocalScale: Tensor

  /// The identity on vectors of `size` components.
  public init(size: Int) {
    mean = .zeros([size])
    reciprocalScale = Tensor(repeating: 1, [size])
  }

  public var parameters: [(name: String, value: Tensor)] {
    [("mean", mean), ("reciprocal_scale", reciprocalScale)]
  }

  /// Uses these statistics from now on. A scale that is 0 or not finite is taken for 1: such a component is only
  /// centred.
  ///
  /// - Parameters:
  ///   - mean: of each component.
  ///   - scale: what each component is divided by.
  public func set(mean: [Float], scale: [Float]) {
    self.mean.assign(mean)
    reciprocalScale.assign(scale.map { $0 > 0 && $0.isFinite ? 1 / $0 : 1 })
  }

  /// Uses the mean and deviation of what was seen so far from now on. Does not allocate.
  public func set(_ statistics: RunningStatistics) {
    precondition(statistics.mean.count == mean.count, "statistics of vectors of another size")
    mean.withMutableFloats { mean in
      reciprocalScale.withMutableFloats { reciprocalScale in
        for index in mean.indices {
          mean[index] = Float(statistics.mean[index])
          reciprocalScale[index] = 1 / Float(statistics.deviation(index))
        }
      }
    }
  }

  /// Normalised vectors, of the same shape: the last dimension is the vector's.
  public func callAsFunction(_ vectors: Tensor) -> Tensor { (vectors - mean) * reciprocalScale }

  /// Normalises vectors in place, at once.
  public func apply(to vectors: Tensor) {
    vectors.withMutableFloats { floats in
      var span = floats.mutableSpan
      apply(to: &span)
    }
  }

  /// Normalises vectors, one after the other, in place.
  public func apply(to vectors: inout MutableSpan<Float>) {
    let size = mean.count
    mean.withMutableFloats { mean in
      reciprocalScale.withMutableFloats { reciprocalScale in
        for start in stride(from: 0, to: vectors.count, by: size) {
          for index in 0..<size {
            vectors[start + index] = (vectors[start + index] - mean[index]) * reciprocalScale[index]
          }
        }
      }
    }
  }

  /// Writes `count` normalised vectors of raw numbers.
  public func apply(_ raw: Span<Float>, count: Int, into normalised: inout [Float]) {
    for index in 0..<count * mean.count { normalised[index] = raw[index] }
    var span = normalised.mutableSpan
    apply(to: &span)
  }
}
