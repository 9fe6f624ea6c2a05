extension Model {
  /// A shape fixed to a body.
  public struct Geometry: Sendable, Equatable {
    /// Form and half sizes, metres; MuJoCo's conventions.
    public enum Shape: Sendable, Equatable {
      /// A ball.
      case sphere(radius: Double)
      /// A cylinder along local z with half balls on both ends; `halfLength` is of the straight part.
      case capsule(radius: Double, halfLength: Double)
      /// A cylinder along local z.
      case cylinder(radius: Double, halfLength: Double)
      /// A box.
      case box(halfSizes: SIMD3<Double>)
      /// An ellipsoid; a height field meets it as a convex hull of 162 points on it.
      case ellipsoid(halfSizes: SIMD3<Double>)
      /// A surface; it collides as its convex hull.
      case mesh(Mesh)
      /// The half space below local z = 0. The half sizes only matter for drawing; 0 is infinite.
      case plane(halfSizes: SIMD2<Double>)
      /// Rough ground over a rectangle of local z = 0; fixed to the world.
      case heightField(HeightField)

      /// MJCF's word for the form.
      public var name: String {
        switch self {
        case .sphere: "sphere"
        case .capsule: "capsule"
        case .cylinder: "cylinder"
        case .box: "box"
        case .plane: "plane"
        case .heightField: "hfield"
        case .ellipsoid: "ellipsoid"
        case .mesh: "mesh"
        }
      }
    }

    /// Name; empty where the file gave none.
    public var name: String
    /// Index of the body it is fixed to.
    public var body: Int
    /// Form and sizes.
    public var shape: Shape
    /// Pose in the body's frame.
    public var pose: Pose
    /// Coefficients of sliding (1), torsional (m) and rolling (m) friction; of two geometries the larger one counts.
    public var friction: SIMD3<Double> = SIMD3(1, 0.005, 0.0001)
    /// 1: frictionless; 3: sliding friction. Of two geometries the larger one counts.
    public var contactDimension: Int = 3
    /// Contacts act from this distance on, metres; the margins of two geometries add up, as in MuJoCo 4.
    public var margin: Double = 0
    /// How contacts give way.
    public var softness = SoftConstraint()
    /// Bits of the kinds of contact this geometry is (MJCF `contype`).
    public var contactType: UInt32 = 1
    /// Bits of the kinds it answers to (MJCF `conaffinity`): a pair collides if either's type meets the other's
    /// affinity.
    public var contactAffinity: UInt32 = 1
    /// Red, green, blue, opacity in 0…1.
    public var colour: SIMD4<Float> = SIMD4(0.5, 0.5, 0.5, 1)

    /// Whether it can touch anything.
    public var collides: Bool { contactType != 0 || contactAffinity != 0 }

    /// A geometry with MuJoCo's default friction, softness and colour.
    public init(name: String, body: Int, shape: Shape, pose: Pose = .identity) {
      self.name = name
      self.body = body
      self.shape = shape
      self.pose = pose
    }
  }
}

/// How a contact or a joint limit gives way: MuJoCo's `solref` and `solimp`.
///
/// With r the violation (negative inside), v its rate and w the inverse effective mass, the constraint force f obeys
/// a + (1−d)/d·w·f = −b·v − k·r; see MuJoCo's documentation, "Computation", solver parameters.
public struct SoftConstraint: Sendable, Equatable {
  /// Time constant (s) and damping ratio if both are positive; minus stiffness and minus damping if both are ≤ 0.
  public var reference: SIMD2<Double> = SIMD2(0.02, 1)
  /// Impedance d where the constraint begins, 0…1.
  public var minimumImpedance: Double = 0.9
  /// Impedance d at `width` and deeper, 0…1.
  public var maximumImpedance: Double = 0.95
  /// Depth over which d goes from the minimum to the maximum, metres or radians.
  public var width: Double = 0.001
  /// Where in the width, 0…1, the curve turns.
  public var midpoint: Double = 0.5
  /// Exponent of the curve, ≥ 1.
  public var power: Double = 2

  /// MuJoCo's defaults.
  public init() {}

  /// The coefficients for a violation of `depth` ≥ 0: stiffness k (1/s²), damping b (1/s) and impedance d.
  ///
  /// Time constants below two timesteps are raised to that, as MuJoCo does.
  public func coefficients(depth: Double, timestep: Double) -> (stiffness: Double, damping: Double, impedance: Double) {
    let maximum = min(max(maximumImpedance, 0.0001), 0.9999)
    let d = impedance(depth: depth)
    if reference.x > 0 {
      let time = max(reference.x, 2 * timestep)
      let scale = max(maximum * maximum * time * time * reference.y * reference.y, 1e-15)
      return (d / scale, 2 / (maximum * time), d)
    }
    return (-reference.x * d / (maximum * maximum), -reference.y / maximum, d)
  }

  /// The impedance at a violation of `depth` ≥ 0.
  public func impedance(depth: Double) -> Double {
    let low = min(max(minimumImpedance, 0.0001), 0.9999)
    let high = min(max(maximumImpedance, 0.0001), 0.9999)
    guard width > 1e-15, low != high else { return (low + high) / 2 }
    let x = min(depth / width, 1)
    let middle = min(max(midpoint, 0.0001), 0.9999)
    let y: Double
    if power <= 1 {
      y = x
    } else if power == 2 {
      y = x <= middle ? x * x / middle : 1 - (1 - x) * (1 - x) / (1 - middle)
    } else if x <= middle {
      y = raise(x, power) / raise(middle, power - 1)
    } else {
      y = 1 - raise(1 - x, power) / raise(1 - middle, power - 1)
    }
    return low + y * (high - low)
  }

  /// What two geometries in contact share: the mean, or the smaller one of direct coefficients.
  func mixed(with other: SoftConstraint) -> SoftConstraint {
    var result = self
    if reference.x > 0 && other.reference.x > 0 {
      result.reference = (reference + other.reference) / 2
    } else {
      result.reference = pointwiseMin(reference, other.reference)
    }
    result.minimumImpedance = (minimumImpedance + other.minimumImpedance) / 2
    result.maximumImpedance = (maximumImpedance + other.maximumImpedance) / 2
    result.width = (width + other.width) / 2
    result.midpoint = (midpoint + other.midpoint) / 2
    result.power = (power + other.power) / 2
    return result
  }
}
