import SinewPhysics

/// Where one looks from, and how wide.
public struct View: Sendable, Equatable {
  /// The camera's frame in the world: x to the right of the picture, y up, looking along −z, as MJCF and OpenGL have
  /// it.
  public var pose: Pose
  /// Angle from the lower to the upper edge of the picture, radians in 0…π.
  public var verticalAngle: Double

  /// A view from its parts.
  public init(pose: Pose, verticalAngle: Double) { (self.pose, self.verticalAngle) = (pose, verticalAngle) }

  /// A view from `eye` towards `target`, with z up in the picture (y where one looks straight up or down).
  public init(eye: SIMD3<Double>, target: SIMD3<Double>, verticalAngle: Double) {
    let back = unit(eye - target)
    let side = cross(SIMD3(0, 0, 1), back)
    let right = length(side) > 1e-9 ? unit(side) : SIMD3(1, 0, 0)
    let rotation = Quaternion(columns: right, cross(back, right), back)
    self.init(pose: Pose(position: eye, rotation: rotation), verticalAngle: verticalAngle)
  }

  var right: SIMD3<Double> { pose.rotation.rotate(SIMD3(1, 0, 0)) }
  var above: SIMD3<Double> { pose.rotation.rotate(SIMD3(0, 1, 0)) }
  var back: SIMD3<Double> { pose.rotation.rotate(SIMD3(0, 0, 1)) }
}
