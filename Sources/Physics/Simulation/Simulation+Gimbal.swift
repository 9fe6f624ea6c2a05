import Foundation

extension Simulation {
  /// Reads the angles and rates of two or three hinges at right angles that turn one body about one point, and how a
  /// torque is shared out among them.
  ///
  /// With axes a, b and c = a × b the rotation against the parent is R = R(a, α)·R(b, β)·R(c, γ), so that
  /// a·Rc = sin β, b·Rc = −sin α cos β, c·Rc = cos α cos β, a·Ra = cos β cos γ, a·Rb = −cos β sin γ.
  func readGimbal(_ first: Int, _ link: LinkState) {
    let count = link.freedomCount
    let (one, two) = (freedoms[first], freedoms[first + 1])
    let (a, b) = (one.axis, two.axis)
    let c = cross(a, b)
    let parent = parentRotation(one)
    let turned = one.homeInverse * parent.conjugate * link.rotation
    let (turnedA, turnedC) = (turned.rotate(a), turned.rotate(c))
    var angles = SIMD3<Double>.zero
    var handedness = 1.0
    if count == 2 {
      angles.x = atan2(dot(c, turned.rotate(b)), dot(b, turned.rotate(b)))
      angles.y = atan2(dot(a, turnedC), dot(a, turnedA))
    } else {
      handedness = dot(c, freedoms[first + 2].axis) > 0 ? 1 : -1
      angles.x = atan2(-dot(b, turnedC), dot(c, turnedC))
      angles.z = handedness * atan2(-dot(a, turned.rotate(b)), dot(a, turnedA))
      let cosine = (dot(b, turnedC) * dot(b, turnedC) + dot(c, turnedC) * dot(c, turnedC)).squareRoot()
      angles.y = atan2(dot(a, turnedC), cosine)
      // Every rotation has two sets of angles: stay with the set that the joints were in.
      if cos(angles.x + one.reference - coordinates[one.positionIndex]) < 0 {
        angles = SIMD3(angles.x + .pi, .pi - angles.y, angles.z + .pi)
      }
    }
    // The first axis goes with the parent, the last with the link.
    let frameRotation = parent * one.homeInverse.conjugate
    let firstAxis = frameRotation.rotate(a)
    var secondAxis = link.rotate(b)
    var thirdAxis = SIMD3<Double>.zero
    if count == 2 {
      thirdAxis = cross(firstAxis, secondAxis)
    } else {
      thirdAxis = link.rotate(freedoms[first + 2].axis)
      secondAxis = (frameRotation * Quaternion(angle: angles.x, axis: a)).rotate(b)
    }
    var volume = dot(firstAxis, cross(secondAxis, thirdAxis))
    // Where the first and last axis align, only two directions are left.
    if abs(volume) < 0.01 { volume = volume < 0 ? -0.01 : 0.01 }
    let parentSpin = parentAngular(one)
    let angular = link.angular - parentSpin
    for k in 0..<count {
      let across =
        k == 0 ? cross(secondAxis, thirdAxis) : k == 1 ? cross(thirdAxis, firstAxis) : cross(firstAxis, secondAxis)
      let freedom = freedoms[first + k]
      freedoms[first + k].dualAxis = across / volume
      rates[freedom.velocityIndex] = dot(across, angular) / volume
      let angle = angles[k] + freedom.reference
      let turns = ((coordinates[freedom.positionIndex] - angle) / (2 * Double.pi)).rounded()
      coordinates[freedom.positionIndex] = angle + turns * (2 * Double.pi)
    }
    // ω = Σ q̇·e, so that α = Σ q̈·e + Σ q̇·ė, and each axis turns with what lies before it.
    let rate = { (k: Int) in self.rates[self.freedoms[first + k].velocityIndex] }
    var turning = rate(0) * cross(parentSpin, firstAxis)
    turning += rate(1) * cross(parentSpin + rate(0) * firstAxis, secondAxis)
    if count == 3 { turning += rate(2) * cross(link.angular, thirdAxis) }
    freedoms[first].axesTurning = turning
    for k in 0..<count { freedoms[first + k].turning = -dot(freedoms[first + k].dualAxis, turning) }
  }
}
