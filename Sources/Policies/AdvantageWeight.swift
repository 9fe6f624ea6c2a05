import SinewTensor

/// min(e^{βA}, greatest): what an action of advantage A weighs in regression weighted by advantage (Peng et al., arXiv
/// 1910.00177).
///
/// - Parameters:
///   - advantage: A, of any shape.
///   - inverseTemperature: β; 0 weighs every action the same.
///   - greatest: the most that an action can weigh.
public func advantageWeight(_ advantage: Tensor, inverseTemperature: Float, greatest: Float) -> Tensor {
  let exponent = (inverseTemperature * advantage).clamped(to: -80...80)  // exp could overflow.
  return minimum(exponent.exp(), Tensor(greatest))
}
