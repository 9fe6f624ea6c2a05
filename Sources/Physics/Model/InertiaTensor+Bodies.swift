import Foundation

extension InertiaTensor {
  /// Why no body has this inertia, to follow the body's name; nil if one can.
  ///
  /// A moment is an integral of two squared distances out of three, so that none is above the sum of the other two.
  /// What rounding in a file does to a thin plate is let through.
  var problem: String? {
    let moments = principal.moments
    guard moments.isFinite else { return "its moments of inertia are not finite" }
    let list =
      String(format: "its moments of inertia are %.5g, %.5g and %.5g", moments.x, moments.y, moments.z)
      + ", and no body has"
    guard moments.min() >= -1e-9 * moments.max() else { return "\(list) a negative one" }
    guard 2 * moments.max() <= moments.sum() * (1 + 1e-6) else {
      return "\(list) one above the sum of the others"
    }
    return nil
  }

  /// The same principal axes with all three moments at their mean, if one is above the sum of the others (MJCF
  /// `balanceinertia`).
  var balanced: InertiaTensor {
    let moments = principal.moments
    guard 2 * moments.max() > moments.sum() else { return self }
    return InertiaTensor(diagonal: SIMD3(repeating: moments.sum() / 3))
  }
}
