import CODE

/// The engine's motor beside a hinge or a slide: one row that drives it, and one for its limits.
///
/// Neither is a row of the hinge or slider itself, where ODE turns a motor at a stop into a plain torque.
struct JointMotor {
  enum Row: Int32 {
    case drive = 0
    case limit = 1
  }

  let joint: dJointID
  let isLinear: Bool

  // The drive: damping d, armature I and stiffness k about q₀ with g = d + I/h + h·k are implicit Euler if the row's
  // CFM is 1/g and its target velocity (I/h·v − k·(q − q₀) + force)/g.
  var hasDrive = false
  var armaturePerStep = 0.0
  var stiffness = 0.0
  var springReference = 0.0
  var inverseGain = 0.0

  // The limit: MuJoCo's soft constraint, see `limit(position:rate:force:timestep:)`.
  var range: ClosedRange<Double>?
  var softness = SoftConstraint()
  var weight = 0.0
  var limitIsActive = false

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
    let rows: Int32 = range == nil ? 1 : 2
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
    let gain = model.damping + armaturePerStep + h * stiffness
    guard gain > 0 else { return }
    hasDrive = true
    inverseGain = 1 / gain
    set(dParamCFM, of: .drive, to: inverseGain)
    // Without bounds the row needs no complementarity.
    set(dParamFMax, of: .drive, to: .infinity)
  }

  func set(_ parameter: Int, of row: Row, to value: Double) {
    let parameter = row.rawValue * Int32(dParamGroup2) + Int32(parameter)
    if isLinear {
      dJointSetLMotorParam(joint, parameter, value)
    } else {
      dJointSetAMotorParam(joint, parameter, value)
    }
  }

  /// Sets the drive row for a joint at `position` moving at `rate`; false if there is none to carry the `force`.
  func drive(position: Double, rate: Double, force: Double) -> Bool {
    guard hasDrive else { return false }
    let numerator = armaturePerStep * rate - stiffness * (position - springReference) + force
    set(dParamVel, of: .drive, to: numerator * inverseGain)
    return true
  }

  /// Sets the limit row if the joint is beyond its range, and returns the force to add to the joint with it.
  ///
  /// With depth r, k and b the stiffness and damping of the reference acceleration and R = (1−d)/d·w, the limit's
  /// force f ≥ 0 obeys v⁺ + h·R·f = (1 − h·b)·v + h·k·r, velocities counted out of the limit. A row of the engine is
  /// bounded by ±F, so that f is the row's force plus a constant F, and F stands in the row's target velocity too.
  mutating func limit(position: Double, rate: Double, force: Double, timestep h: Double) -> Double {
    guard let range, !(range.lowerBound < position && position < range.upperBound) else {
      if limitIsActive { set(dParamFMax, of: .limit, to: 0) }
      limitIsActive = false
      return 0
    }
    let sign = position <= range.lowerBound ? 1.0 : -1.0
    let depth = sign > 0 ? range.lowerBound - position : position - range.upperBound
    let soft = softness.coefficients(depth: depth, timestep: h)
    let mixing = max(h * (1 - soft.impedance) / soft.impedance * weight, 1e-10)
    // Enough to stop 1000 rad/s or m/s in a step, and whatever drives the joint.
    let bound = 1000 / (h * weight) + 2 * abs(force)
    let target = (1 - h * soft.damping) * sign * rate + min(h * soft.stiffness, 1 / h) * depth
    set(dParamFMax, of: .limit, to: bound)
    set(dParamCFM, of: .limit, to: mixing)
    set(dParamVel, of: .limit, to: sign * (target - mixing * bound))
    limitIsActive = true
    return sign * bound
  }
}
