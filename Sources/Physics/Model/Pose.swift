/// A unit quaternion (w, x, y, z), MuJoCo's order: the rotation that takes local vectors into the outer frame.
public struct Quaternion: Sendable, Equatable {
  /// Cosine of half the angle.
  public var w: Double
  /// Sine of half the angle times the axis's first component.
  public var x: Double
  /// Sine of half the angle times the axis's second component.
  public var y: Double
  /// Sine of half the angle times the axis's third component.
  public var z: Double

  /// The rotation that changes nothing.
  public static let identity = Quaternion(w: 1, x: 0, y: 0, z: 0)

  /// Takes the four components as they are; see `normalized`.
  public init(w: Double, x: Double, y: Double, z: Double) {
    (self.w, self.x, self.y, self.z) = (w, x, y, z)
  }

  /// Rotation by `angle` radians about a unit `axis` (right-hand rule).
  public init(angle: Double, axis: SIMD3<Double>) {
    let half = sine(angle / 2)
    self.init(w: cosine(angle / 2), x: half * axis.x, y: half * axis.y, z: half * axis.z)
  }

  /// The rotation whose matrix has these orthonormal columns: where x, y and z go.
  public init(columns x: SIMD3<Double>, _ y: SIMD3<Double>, _ z: SIMD3<Double>) {
    let trace = x.x + y.y + z.z
    let quaternion: Quaternion
    // The largest of the four components is taken from the diagonal, so that nothing is divided by a small number.
    if trace > 0 {
      let s = 2 * (trace + 1).squareRoot()
      quaternion = Quaternion(w: s / 4, x: (y.z - z.y) / s, y: (z.x - x.z) / s, z: (x.y - y.x) / s)
    } else if x.x >= y.y && x.x >= z.z {
      let s = 2 * (1 + x.x - y.y - z.z).squareRoot()
      quaternion = Quaternion(w: (y.z - z.y) / s, x: s / 4, y: (y.x + x.y) / s, z: (z.x + x.z) / s)
    } else if y.y >= z.z {
      let s = 2 * (1 + y.y - x.x - z.z).squareRoot()
      quaternion = Quaternion(w: (z.x - x.z) / s, x: (y.x + x.y) / s, y: s / 4, z: (z.y + y.z) / s)
    } else {
      let s = 2 * (1 + z.z - x.x - y.y).squareRoot()
      quaternion = Quaternion(w: (x.y - y.x) / s, x: (z.x + x.z) / s, y: (z.y + y.z) / s, z: s / 4)
    }
    self = quaternion.normalized
  }

  /// The shortest rotation that takes the z axis onto a unit `direction`.
  public init(zAxisTo direction: SIMD3<Double>) {
    if direction.z < -1 + 1e-12 {
      self.init(w: 0, x: 1, y: 0, z: 0)
    } else {
      self = Quaternion(w: 1 + direction.z, x: -direction.y, y: direction.x, z: 0).normalized
    }
  }

  /// Sum of the squared components; 1 for a rotation.
  public var squaredNorm: Double { w * w + x * x + y * y + z * z }

  /// The same rotation with norm 1; identity for a zero quaternion.
  public var normalized: Quaternion {
    let norm = squaredNorm.squareRoot()
    guard norm > 0 else { return .identity }
    return Quaternion(w: w / norm, x: x / norm, y: y / norm, z: z / norm)
  }

  /// The inverse rotation.
  public var conjugate: Quaternion { Quaternion(w: w, x: -x, y: -y, z: -z) }

  /// The vector part (x, y, z).
  public var imaginary: SIMD3<Double> { SIMD3(x, y, z) }

  /// Applies `right` first, then `left`.
  public static func * (left: Quaternion, right: Quaternion) -> Quaternion {
    Quaternion(
      w: left.w * right.w - left.x * right.x - left.y * right.y - left.z * right.z,
      x: left.w * right.x + left.x * right.w + left.y * right.z - left.z * right.y,
      y: left.w * right.y - left.x * right.z + left.y * right.w + left.z * right.x,
      z: left.w * right.z + left.x * right.y - left.y * right.x + left.z * right.w)
  }

  /// Rotates a vector.
  public func rotate(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    let twice = 2 * cross(imaginary, vector)
    return vector + w * twice + cross(imaginary, twice)
  }
}

/// A position and a rotation: takes local coordinates into the outer frame.
public struct Pose: Sendable, Equatable {
  /// Origin of the local frame in the outer frame, metres.
  public var position: SIMD3<Double>
  /// Orientation of the local frame in the outer frame.
  public var rotation: Quaternion

  /// The pose that changes nothing.
  public static let identity = Pose()

  /// A pose from its parts.
  public init(position: SIMD3<Double> = .zero, rotation: Quaternion = .identity) {
    (self.position, self.rotation) = (position, rotation)
  }

  /// The pose of `inner`, given in the frame of `outer`, in the frame that `outer` is given in.
  public static func * (outer: Pose, inner: Pose) -> Pose {
    Pose(position: outer.apply(inner.position), rotation: outer.rotation * inner.rotation)
  }

  /// Takes a local point into the outer frame.
  public func apply(_ point: SIMD3<Double>) -> SIMD3<Double> { position + rotation.rotate(point) }

  /// The pose that undoes this one.
  public var inverse: Pose {
    let back = rotation.conjugate
    return Pose(position: -back.rotate(position), rotation: back)
  }
}
