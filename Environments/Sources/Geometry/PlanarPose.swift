import Foundation
import SinewPhysics

/// A place and a heading in a plane: takes local coordinates into the outer frame.
struct PlanarPose: Sendable, Equatable {
  /// Origin of the local frame.
  var position: SIMD2<Double>
  /// Turn from the outer to the local frame, radians, counter-clockwise.
  var angle: Double {
    didSet { (cosine, sine) = (cos(angle), sin(angle)) }
  }
  private var cosine: Double
  private var sine: Double

  init(position: SIMD2<Double>, angle: Double) {
    self.position = position
    self.angle = angle
    (cosine, sine) = (cos(angle), sin(angle))
  }

  /// What a body's pose is seen from above, for a body that turns about the vertical only.
  init(_ pose: Pose) {
    let q = pose.rotation
    self.init(position: SIMD2(pose.position.x, pose.position.y), angle: 2 * atan2(q.z, q.w))
  }

  func rotate(_ vector: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(cosine * vector.x - sine * vector.y, sine * vector.x + cosine * vector.y)
  }

  func rotateBack(_ vector: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(cosine * vector.x + sine * vector.y, cosine * vector.y - sine * vector.x)
  }

  func apply(_ point: SIMD2<Double>) -> SIMD2<Double> { position + rotate(point) }

  /// Takes an outer point into the local frame.
  func local(_ point: SIMD2<Double>) -> SIMD2<Double> { rotateBack(point - position) }

  /// This pose, given in the same outer frame as `frame`, in the frame of `frame`.
  func seen(from frame: PlanarPose) -> PlanarPose {
    PlanarPose(position: frame.local(position), angle: angle - frame.angle)
  }
}
