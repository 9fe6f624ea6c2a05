import COpenDynamicsEngine

/// Joints that follow others.
///
/// A coupling ties the motions of up to four bodies, for which the engine has no row. But a step's velocities depend on
/// the couplings' forces as simply as on anything else that pushes: linearly, while contacts and limits stay as they
/// are. So a step is taken without the forces, once more with a little of each, and again with those that make the
/// joints' rates agree: one step more than there are couplings, and another. Where contacts or limits change in
/// between, it is corrected until they do agree.
struct CoupledPair {
  let coupling: Model.JointCoupling
  /// Index of the follower's freedom, and of the leader's.
  let follower: Int
  let leader: Int?
  /// Inverse inertia of follower and leader at the reference configuration.
  let weight: Double
  let leaderWeight: Double
}

/// One coupling in a step.
private struct CouplingRow {
  let follower: JointDirection
  let leader: JointDirection?
  let slope: Double
  /// The rate that the follower is to have beyond the leader's times the slope.
  let target: Double
  /// A force that the step can feel, and the least that a unit of force may be taken to do.
  let probe: Double
  let leastResponse: Double

  func push(_ force: Double, _ links: UnsafeMutableBufferPointer<LinkState>) {
    follower.push(force, links)
    leader?.push(-slope * force, links)
  }

  func miss(_ force: Double, _ links: UnsafeMutableBufferPointer<LinkState>) -> Double {
    follower.rate(links) - slope * (leader?.rate(links) ?? 0) - target + WorldBuilder.loopMixing * force
  }
}

extension Simulation {
  /// How fast what is tied together closes a gap: within a step, but no faster than 1 m/s or rad/s, or a twentieth of a
  /// second for what is farther apart. A model that starts apart would fly apart else.
  static func closingRate(gap: Double, timestep h: Double) -> Double { min(1 / h, max(1 / max(gap, 1e-12), 20)) }

  /// Takes the engine's step with the couplings' forces; false where it found no solution.
  func stepCoupled() -> Bool {
    let rows = coupledPairs.map(row)
    let states = links.map { $0.saved }
    func take(_ forces: [Double]) -> [Double]? {
      for index in links.indices { links[index].restore(states[index]) }
      for (row, force) in zip(rows, forces) { row.push(force, links) }
      guard takeStep() else { return nil }
      return zip(rows, forces).map { $0.miss($1, links) }
    }
    let count = rows.count
    var forces = [Double](repeating: 0, count: count)
    guard var missed = take(forces) else { return false }
    if Simulation.isSmall(missed) { return true }
    var response = [Double](repeating: 0, count: count * count)
    for column in 0..<count {
      var probe = forces
      probe[column] = rows[column].probe
      guard let answer = take(probe) else { return false }
      for row in 0..<count { response[row * count + column] = (answer[row] - missed[row]) / rows[column].probe }
      // A joint that friction holds still does not answer to little.
      response[column * (count + 1)] = max(response[column * (count + 1)], rows[column].leastResponse)
    }
    // The iterative solver's answers are too rough to go on from.
    for _ in 0..<(configuration.iterations == nil ? 20 : 1) {
      guard let change = Simulation.solve(response, missed.map { -$0 }) else { break }
      let next = zip(forces, change).map { $0 + $1 }
      // Beyond this the step could overflow, and the engine would end the process.
      guard next.allSatisfy({ abs($0) < 1e12 }) else { break }
      guard let answer = take(next) else { return false }
      if Simulation.isSmall(answer) { return true }
      // Broyden's update: the responses that explain what just happened.
      let square = change.reduce(0) { $0 + $1 * $1 }
      for row in 0..<count {
        let expected = (0..<count).reduce(0) { $0 + response[row * count + $1] * change[$1] }
        let share = (answer[row] - missed[row] - expected) / square
        for column in 0..<count { response[row * count + column] += share * change[column] }
      }
      for row in 0..<count {
        response[row * (count + 1)] = max(response[row * (count + 1)], rows[row].leastResponse)
      }
      (forces, missed) = (next, answer)
    }
    return true
  }

  private func row(_ pair: CoupledPair) -> CouplingRow {
    let (follower, leader) = (freedoms[pair.follower], pair.leader.map { freedoms[$0] })
    let lead = leader.map { coordinates[$0.positionIndex] - $0.reference } ?? 0
    let (wanted, slope) = pair.coupling.follow(lead)
    let gap = coordinates[follower.positionIndex] - follower.reference - wanted
    let answer = model.timestep * (pair.weight + slope * slope * pair.leaderWeight)
    return CouplingRow(
      follower: JointDirection(follower, links), leader: leader.map { JointDirection($0, links) }, slope: slope,
      target: -gap * Simulation.closingRate(gap: abs(gap), timestep: model.timestep),
      probe: 1e-3 / answer, leastResponse: 1e-3 * answer)
  }

  private static func isSmall(_ missed: [Double]) -> Bool { missed.allSatisfy { abs($0) < 1e-9 } }

  /// Solves a few linear equations by elimination; nil where they have no solution.
  private static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    let n = right.count
    var (matrix, x) = (matrix, right)
    for i in 0..<n {
      guard let pivot = (i..<n).max(by: { abs(matrix[$0 * n + i]) < abs(matrix[$1 * n + i]) }),
        abs(matrix[pivot * n + i]) > 0
      else { return nil }
      if pivot != i {
        for k in 0..<n { matrix.swapAt(pivot * n + k, i * n + k) }
        x.swapAt(pivot, i)
      }
      for j in (i + 1)..<max(n, i + 1) {
        let share = matrix[j * n + i] / matrix[i * n + i]
        for k in i..<n { matrix[j * n + k] -= share * matrix[i * n + k] }
        x[j] -= share * x[i]
      }
    }
    for i in (0..<n).reversed() {
      for k in (i + 1)..<max(n, i + 1) { x[i] -= matrix[i * n + k] * x[k] }
      x[i] /= matrix[i * n + i]
    }
    return x.allSatisfy(\.isFinite) ? x : nil
  }
}

extension LinkState {
  /// What the engine changes of a body in a step: where it is, how it moves, and what pushes it.
  struct Saved {
    let position: SIMD3<Double>
    let rotation: Quaternion
    let linear: SIMD3<Double>
    let angular: SIMD3<Double>
    let force: SIMD3<Double>
    let torque: SIMD3<Double>
  }

  var saved: Saved {
    func vector(_ memory: UnsafePointer<Double>?) -> SIMD3<Double> {
      memory.map { SIMD3($0[0], $0[1], $0[2]) } ?? .zero
    }
    return Saved(
      position: position, rotation: rotation, linear: linear, angular: angular, force: vector(dBodyGetForce(body)),
      torque: vector(dBodyGetTorque(body)))
  }

  /// Moves the engine's body to a pose of its frame in the engine's world.
  func put(at pose: Pose) {
    let at = UnsafeMutablePointer(mutating: positionMemory)
    for axis in 0..<3 { at[axis] = pose.position[axis] }
    turn(to: pose.rotation)
  }

  func restore(_ saved: Saved) {
    let (at, v, w) = (
      UnsafeMutablePointer(mutating: positionMemory), UnsafeMutablePointer(mutating: linearMemory),
      UnsafeMutablePointer(mutating: angularMemory)
    )
    for axis in 0..<3 { (at[axis], v[axis], w[axis]) = (saved.position[axis], saved.linear[axis], saved.angular[axis]) }
    turn(to: saved.rotation)
    dBodySetForce(body, saved.force.x, saved.force.y, saved.force.z)
    dBodySetTorque(body, saved.torque.x, saved.torque.y, saved.torque.z)
  }
}
