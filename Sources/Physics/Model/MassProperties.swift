/// A symmetric 3×3 inertia matrix, kg·m².
public struct InertiaTensor: Sendable, Equatable {
  /// Ixx, Iyy, Izz.
  public var diagonal: SIMD3<Double>
  /// Off-diagonal elements Ixy, Ixz, Iyz of the matrix (so minus the products of inertia).
  public var offDiagonal: SIMD3<Double>

  /// A tensor from its elements.
  public init(diagonal: SIMD3<Double> = .zero, offDiagonal: SIMD3<Double> = .zero) {
    (self.diagonal, self.offDiagonal) = (diagonal, offDiagonal)
  }

  /// Sum of two tensors about the same point in the same axes.
  public static func + (a: InertiaTensor, b: InertiaTensor) -> InertiaTensor {
    InertiaTensor(diagonal: a.diagonal + b.diagonal, offDiagonal: a.offDiagonal + b.offDiagonal)
  }

  /// Scaled tensor.
  public static func * (scale: Double, a: InertiaTensor) -> InertiaTensor {
    InertiaTensor(diagonal: scale * a.diagonal, offDiagonal: scale * a.offDiagonal)
  }

  /// The matrix times a vector: angular momentum of an angular velocity.
  public func apply(_ v: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(
      diagonal.x * v.x + offDiagonal.x * v.y + offDiagonal.y * v.z,
      offDiagonal.x * v.x + diagonal.y * v.y + offDiagonal.z * v.z,
      offDiagonal.y * v.x + offDiagonal.z * v.y + diagonal.z * v.z)
  }

  /// The same tensor in axes in which the present ones are turned by `rotation`.
  public func rotated(by rotation: Quaternion) -> InertiaTensor {
    let back = rotation.conjugate
    let x = rotation.rotate(apply(back.rotate(SIMD3(1, 0, 0))))
    let y = rotation.rotate(apply(back.rotate(SIMD3(0, 1, 0))))
    let z = rotation.rotate(apply(back.rotate(SIMD3(0, 0, 1))))
    return InertiaTensor(diagonal: SIMD3(x.x, y.y, z.z), offDiagonal: SIMD3(y.x, z.x, z.y))
  }

  /// What a point `mass` at `offset` adds (parallel axes).
  public static func point(mass: Double, at offset: SIMD3<Double>) -> InertiaTensor {
    let squares = offset * offset
    return InertiaTensor(
      diagonal: mass * SIMD3(squares.y + squares.z, squares.x + squares.z, squares.x + squares.y),
      offDiagonal: -mass
        * SIMD3(offset.x * offset.y, offset.x * offset.z, offset.y * offset.z))
  }
}

/// Mass, centre of mass and inertia about it, in some frame.
public struct MassProperties: Sendable, Equatable {
  /// Mass, kg.
  public var mass: Double
  /// Centre of mass, metres.
  public var centre: SIMD3<Double>
  /// Inertia about the centre of mass.
  public var inertia: InertiaTensor

  /// Properties from their parts; nothing by default.
  public init(mass: Double = 0, centre: SIMD3<Double> = .zero, inertia: InertiaTensor = .init()) {
    (self.mass, self.centre, self.inertia) = (mass, centre, inertia)
  }

  /// A solid of uniform `density` (kg/m³); a plane has no mass.
  public init(shape: Model.Geometry.Shape, density: Double) {
    self.init(shape: shape, mass: density * MassProperties.volume(of: shape))
  }

  /// A solid of uniform density and given `mass`; the origin is its centre, unless it is a mesh.
  public init(shape: Model.Geometry.Shape, mass: Double) {
    switch shape {
    case .plane, .heightField:
      self.init()
    case .sphere(let radius):
      let i = 0.4 * mass * radius * radius
      self.init(mass: mass, inertia: InertiaTensor(diagonal: SIMD3(i, i, i)))
    case .mesh(let mesh):
      let unit = mesh.unitProperties
      self.init(
        mass: mass, centre: unit.centre, inertia: unit.mass > 0 ? mass / unit.mass * unit.inertia : InertiaTensor())
    case .ellipsoid(let half):
      let squares = half * half
      self.init(
        mass: mass,
        inertia: InertiaTensor(
          diagonal: mass / 5 * SIMD3(squares.y + squares.z, squares.x + squares.z, squares.x + squares.y)))
    case .box(let half):
      let squares = half * half
      self.init(
        mass: mass,
        inertia: InertiaTensor(
          diagonal: mass / 3 * SIMD3(squares.y + squares.z, squares.x + squares.z, squares.x + squares.y)))
    case .cylinder(let radius, let half):
      let across = mass * (3 * radius * radius + 4 * half * half) / 12
      self.init(
        mass: mass, inertia: InertiaTensor(diagonal: SIMD3(across, across, mass * radius * radius / 2)))
    case .capsule(let radius, let half):
      // A cylinder and two half balls whose centres of mass lie 3/8 of a radius beyond its ends.
      let ballMass = mass * radius / (radius + 1.5 * half)
      let cylinderMass = mass - ballMass
      let along = radius * radius * (cylinderMass / 2 + 0.4 * ballMass)
      let across =
        cylinderMass * (3 * radius * radius + 4 * half * half) / 12
        + ballMass * (0.4 * radius * radius + half * half + 0.75 * radius * half)
      self.init(mass: mass, inertia: InertiaTensor(diagonal: SIMD3(across, across, along)))
    }
  }

  static func volume(of shape: Model.Geometry.Shape) -> Double {
    switch shape {
    case .plane, .heightField: 0
    case .sphere(let radius): 4 / 3 * Double.pi * radius * radius * radius
    case .ellipsoid(let half): 4 / 3 * Double.pi * half.x * half.y * half.z
    case .mesh(let mesh): mesh.unitProperties.mass
    case .box(let half): 8 * half.x * half.y * half.z
    case .cylinder(let radius, let half): 2 * Double.pi * radius * radius * half
    case .capsule(let radius, let half): Double.pi * radius * radius * (2 * half + 4 / 3 * radius)
    }
  }

  /// The same matter seen from a frame in which the present one has `pose`.
  public func placed(at pose: Pose) -> MassProperties {
    MassProperties(mass: mass, centre: pose.apply(centre), inertia: inertia.rotated(by: pose.rotation))
  }

  /// Two pieces of matter given in the same frame, joined.
  public static func + (a: MassProperties, b: MassProperties) -> MassProperties {
    let mass = a.mass + b.mass
    guard mass > 0 else { return MassProperties() }
    let centre = (a.mass * a.centre + b.mass * b.centre) / mass
    return MassProperties(
      mass: mass, centre: centre,
      inertia: a.inertia + .point(mass: a.mass, at: a.centre - centre)
        + (b.inertia + .point(mass: b.mass, at: b.centre - centre)))
  }
}
