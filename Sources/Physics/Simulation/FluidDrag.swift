import COpenDynamicsEngine

/// How the fluid drags one body of the model: see ``Model/Fluid``.
struct FluidDrag {
  /// Index of the link that the body is part of.
  let link: Int
  /// Centre of mass in the engine's body, from its origin.
  let offset: SIMD3<Double>
  /// Takes the body's principal axes into the engine's body.
  let axes: Quaternion
  /// Coefficients of v, |v|v, ω and |ω|ω along the principal axes.
  let linear: SIMD3<Double>
  let linearSquare: SIMD3<Double>
  let angular: SIMD3<Double>
  let angularSquare: SIMD3<Double>

  init(_ properties: MassProperties, fluid: Model.Fluid, link: Int, offset: SIMD3<Double>, rotation: Quaternion) {
    let (moments, principal) = properties.inertia.principal
    self.link = link
    self.offset = offset
    axes = rotation * principal
    func halfSize(_ i: Int) -> Double {
      (1.5 / properties.mass * max(moments.sum() - 2 * moments[i], 0)).squareRoot()
    }
    let r = SIMD3(halfSize(0), halfSize(1), halfSize(2))
    let mean = r.sum() / 3
    let fourth = r * r * r * r
    linear = SIMD3(repeating: 6 * .pi * fluid.viscosity * mean)
    angular = SIMD3(repeating: 8 * .pi * fluid.viscosity * mean * mean * mean)
    linearSquare = 2 * fluid.density * SIMD3(r.y * r.z, r.z * r.x, r.x * r.y)
    angularSquare = 0.5 * fluid.density * r * SIMD3(fourth.y + fourth.z, fourth.z + fourth.x, fourth.x + fourth.y)
  }

  /// Adds the drag to the engine's body, given the fluid's velocity there in the engine's axes.
  func apply(to link: LinkState, wind: SIMD3<Double>) {
    let arm = link.rotate(offset)
    let rotation = link.rotation * axes
    let back = rotation.conjugate
    let v = back.rotate(link.linear + cross(link.angular, arm) - wind)
    let w = back.rotate(link.angular)
    let force = rotation.rotate(-(linear + linearSquare * magnitude(v)) * v)
    let torque = rotation.rotate(-(angular + angularSquare * magnitude(w)) * w) + cross(arm, force)
    dBodyAddForce(link.body, force.x, force.y, force.z)
    dBodyAddTorque(link.body, torque.x, torque.y, torque.z)
  }

  private func magnitude(_ v: SIMD3<Double>) -> SIMD3<Double> { SIMD3(abs(v.x), abs(v.y), abs(v.z)) }
}

extension InertiaTensor {
  /// Principal moments, and the rotation that takes the principal axes into the tensor's (Jacobi's method).
  var principal: (moments: SIMD3<Double>, rotation: Quaternion) {
    var rows = [
      [diagonal.x, offDiagonal.x, offDiagonal.y], [offDiagonal.x, diagonal.y, offDiagonal.z],
      [offDiagonal.y, offDiagonal.z, diagonal.z],
    ]
    var columns = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    for _ in 0..<20 {
      for (p, q) in [(0, 1), (0, 2), (1, 2)] where abs(rows[p][q]) > 1e-15 * (rows[p][p] + rows[q][q]) {
        let ratio = (rows[q][q] - rows[p][p]) / (2 * rows[p][q])
        let t = (ratio < 0 ? -1 : 1) / (abs(ratio) + (ratio * ratio + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in 0..<3 { (rows[k][p], rows[k][q]) = (c * rows[k][p] - s * rows[k][q], s * rows[k][p] + c * rows[k][q]) }
        for k in 0..<3 { (rows[p][k], rows[q][k]) = (c * rows[p][k] - s * rows[q][k], s * rows[p][k] + c * rows[q][k]) }
        (columns[p], columns[q]) = (c * columns[p] - s * columns[q], s * columns[p] + c * columns[q])
      }
    }
    // Rotations keep the columns right-handed.
    return (SIMD3(rows[0][0], rows[1][1], rows[2][2]), Quaternion(columns: columns[0], columns[1], columns[2]))
  }
}
