/// Takes the place of the engine's own `dNormalize4`, which it calls through the dynamic symbol table after every step
/// of every body: the original ends the process on a quaternion that is not a number, and so would a robot that
/// explodes. Here such a body gets the unit quaternion, keeps its velocity, which is not a number either, and
/// `Simulation` throws.
@c(dNormalize4)
public func normalizeQuaternion(_ q: UnsafeMutablePointer<Double>) {
  let squaredNorm = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]
  guard squaredNorm > 0, squaredNorm < .infinity else {
    (q[0], q[1], q[2], q[3]) = (1, 0, 0, 0)
    return
  }
  let scale = 1 / squaredNorm.squareRoot()
  for index in 0..<4 { q[index] *= scale }
}
