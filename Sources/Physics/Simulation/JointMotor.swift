import COpenDynamicsEngine

/// The engine's motor beside a hinge or a slide: a row that drives it, one for its limits and one for dry friction.
///
/// Neither is a row of the hinge or slider itself, where ODE turns a motor at a stop into a plain torque.
struct JointMotor {
  enum Row: Int32 {
    case drive = 0
    case limit = 1
    case friction = 2
  }

  let joint: dJointID
  let isLinear: Bool
  /// The joint's rate is this many times the rate along the rows' unit axis, and its force this many times smaller.
  private(set) var scale = 1.0

  // The drive: damping d, armature I and stiffness k about q₀ with g = d + I/h + h·k are implicit Euler if the row's
  // CFM is 1/g and its target velocity (I/h·v − k·(q − q₀) + force)/g. Without h·k in g the spring is explicit.
  var hasDrive = false
  /// Damping, armature and stiff springs, and the same with the damping of servos as the row has it now.
  private var gain = 0.0
  private var gainInForce = 0.0
  private var inverseGain = 0.0
  var armaturePerStep = 0.0
  var stiffness = 0.0
  var springReference = 0.0
  private let frictionLoss: Double

  private let rows: Int32

  // The limit: MuJoCo's soft constraint, see `limit(position:rate:force:timestep:)`.
  var range: ClosedRange<Double>?
  var softness = SoftConstraint()
  var weight = 0.0
  /// +1 or −1 while the joint is beyond the lower or the upper end of its range, else 0; and what its force then obeys.
  var limitSign = 0.0
  var limitTarget = 0.0
  var limitMixing = 1.0

  /// A motor about or along the engine's `axis`, which turns with `body` unless it is fixed in the world.
  init(
    world: dWorldID, body: dBodyID, parent: dBodyID?, axis: SIMD3<Double>, isLinear: Bool, isFixed: Bool,
    joint model: Model.Joint, weight: Double, timestep h: Double
  ) {
    self.isLinear = isLinear
    self.weight = weight
    joint = isLinear ? dJointCreateLMotor(world, nil) : dJointCreateAMotor(world, nil)
    dJointAttach(joint, body, parent)
    range = model.range
    softness = model.limitSoftness
    frictionLoss = model.frictionLoss
    rows = frictionLoss > 0 ? 3 : range == nil ? 1 : 2
    let frame: Int32 = isFixed ? 0 : 1
    if isLinear {
      dJointSetLMotorNumAxes(joint, rows)
      for row in 0..<rows { dJointSetLMotorAxis(joint, row, frame, axis.x, axis.y, axis.z) }
    } else {
      dJointSetAMotorMode(joint, Int32(dAMotorUser))
      dJointSetAMotorNumAxes(joint, rows)
      for row in 0..<rows { dJointSetAMotorAxis(joint, row, frame, axis.x, axis.y, axis.z) }
    }
    armaturePerStep = model.armature / h
    stiffness = model.stiffness
    springReference = model.springReference
    // A spring that is slow against the step keeps its energy if it pulls from where the step begins, as in MuJoCo; a
    // stiff one is only stable if it pulls from where the step ends.
    let springIsStiff = h * h * stiffness * weight > 0.25
    gain = model.damping + armaturePerStep + (springIsStiff ? h * stiffness : 0)
    setGain(gain)
    // Dry friction is a row that holds the joint still with no more than this force.
    if frictionLoss > 0 { set(dParamFMax, of: .friction, to: frictionLoss) }
  }

  /// Makes the drive row's damping `gain`, or takes it out of the step where that is 0.
  private mutating func setGain(_ gain: Double) {
    gainInForce = gain
    // Less moves nothing, and its inverse may overflow in the solver, which then ends the process.
    hasDrive = gain > 1e-12
    if hasDrive {
      inverseGain = 1 / gain
      set(dParamCFM, of: .drive, to: inverseGain / (scale * scale))
    }
    // Without bounds the row needs no complementarity.
    set(dParamFMax, of: .drive, to: hasDrive ? .infinity : 0)
  }

  func set(_ parameter: Int, of row: Row, to value: Double) {
    let parameter = row.rawValue * Int32(dParamGroup2) + Int32(parameter)
    if isLinear {
      dJointSetLMotorParam(joint, parameter, value)
    } else {
      dJointSetAMotorParam(joint, parameter, value)
    }
  }

  /// Sets the drive row for a joint at `position` moving at `rate`, and returns what it does not carry of the `force`
  /// and the spring's. Of the force, −`servoDamping` · `rate` is a servo's, which the row takes implicitly. The rotor
  /// has its own rate.
  mutating func drive(
    position: Double, rate: Double, force: Double, servoDamping: Double, rotorRate: Double
  ) -> Double {
    let force = force - stiffness * (position - springReference) + servoDamping * rate
    if gain + servoDamping != gainInForce { setGain(gain + servoDamping) }
    guard hasDrive else { return force }
    set(dParamVel, of: .drive, to: (armaturePerStep * rotorRate + force) * inverseGain / scale)
    return 0
  }

  /// Sets the limit row if the joint is beyond its range, and returns the force to add to the joint with it.
  ///
  /// With depth r, k and b the stiffness and damping of the reference acceleration and R = (1−d)/d·w, the limit's
  /// force f ≥ 0 obeys v⁺ + h·R·f = (1 − h·b)·v + h·k·r, velocities counted out of the limit. A row of the engine is
  /// bounded by ±F, so that f is the row's force plus a constant F, and F stands in the row's target velocity too.
  mutating func limit(position: Double, rate: Double, force: Double, timestep h: Double) -> Double {
    guard let range, !(range.lowerBound < position && position < range.upperBound) else {
      release()
      return 0
    }
    let sign = position <= range.lowerBound ? 1.0 : -1.0
    let depth = sign > 0 ? range.lowerBound - position : position - range.upperBound
    let soft = softness.coefficients(depth: depth, timestep: h)
    let mixing = max(h * (1 - soft.impedance) / soft.impedance * weight, 1e-10)
    // Enough to stop 1000 rad/s or m/s in a step, and whatever drives the joint.
    let bound = 1000 / (h * weight) + 2 * abs(force)
    let target = (1 - h * soft.damping) * sign * rate + min(h * soft.stiffness, 1 / h) * depth
    set(dParamFMax, of: .limit, to: bound * scale)
    set(dParamCFM, of: .limit, to: mixing / (scale * scale))
    set(dParamVel, of: .limit, to: sign * (target - mixing * bound) / scale)
    (limitSign, limitTarget, limitMixing) = (sign, target, mixing)
    return sign * bound
  }

  /// Turns the rows to an axis in the engine's world, which need not have length 1, for a joint whose rate is the
  /// angular velocity's component along it and whose force is a torque along it.
  mutating func turn(to axis: SIMD3<Double>) {
    scale = length(axis)
    for row in 0..<rows { dJointSetAMotorAxis(joint, row, 0, axis.x, axis.y, axis.z) }
    if hasDrive { set(dParamCFM, of: .drive, to: inverseGain / (scale * scale)) }
    if frictionLoss > 0 { set(dParamFMax, of: .friction, to: frictionLoss * scale) }
  }

  /// Takes the limit's row out of the coming step.
  mutating func release() {
    guard limitSign != 0 else { return }
    set(dParamFMax, of: .limit, to: 0)
    limitSign = 0
  }

  /// The limit's force in the step that left the joint moving at `rate`.
  func limitForce(rate: Double) -> Double {
    limitSign * max(0, (limitTarget - limitSign * rate) / limitMixing)
  }
}
