import SinewPhysics

/// Which part of a model is the robot: the trees of bodies that have motors, or where nothing has one, all that move.
struct RobotBodies {
  private let model: Model
  /// Bodies of the robot.
  let bodies: Set<Int>
  /// Bodies that nothing can move.
  let stillBodies: Set<Int>
  private let joints: [Int]

  init(_ model: Model) {
    self.model = model
    var roots = Array(model.bodies.indices)
    var moves = [Bool](repeating: false, count: model.bodies.count)
    let jointed = Set(model.joints.map(\.body))
    for body in model.bodies.indices.dropFirst() {
      let parent = model.bodies[body].parent
      if parent != 0 { roots[body] = roots[parent] }
      moves[body] = moves[parent] || jointed.contains(body)
    }
    let driven = Set(
      model.actuators.flatMap { $0.couplings.isEmpty ? [$0.joint] : $0.couplings.map(\.joint) }
        .map { roots[model.joints[$0].body] })
    let robot = Set(
      model.bodies.indices.dropFirst().filter { driven.isEmpty ? moves[$0] : driven.contains(roots[$0]) })
    bodies = robot
    stillBodies = Set(model.bodies.indices.filter { !moves[$0] })
    joints = model.joints.indices.filter { robot.contains(model.joints[$0].body) }
  }

  /// Whether the robot can go as far as it likes.
  var travels: Bool {
    joints.contains { joint in
      let joint = model.joints[joint]
      return joint.kind == .free || (joint.kind == .slide && joint.range == nil)
    }
  }

  /// Whether the robot stays at its height: it only slides level and turns about the vertical.
  func isLevel(_ simulation: Simulation) -> Bool {
    joints.allSatisfy { joint in
      let joint = model.joints[joint]
      let rise = abs(simulation.pose(ofBody: joint.body).rotation.rotate(joint.axis).z)
      return (joint.kind == .slide && rise < 0.001) || (joint.kind == .hinge && rise > 0.999)
    }
  }

  /// Positions throughout the ranges of the robot's hinges and slides; unbounded hinges turn once around.
  ///
  /// Deterministic and spread evenly, however many joints there are: each joint goes round its range in steps of its
  /// own irrational share.
  func postures(_ model: Model) -> [[Double]] {
    let single = joints.filter { model.joints[$0].kind.positionCount == 1 }
    return (0..<64).map { posture in
      var positions = model.initialPositions
      for (index, joint) in single.enumerated() {
        let kind = model.joints[joint].kind
        guard let range = model.joints[joint].range ?? (kind == .hinge ? -Double.pi...Double.pi : nil) else { continue }
        let turns = (Double(posture) + 0.5) * (Double(index) + 2).squareRoot() * 0.6180339888
        positions[model.positionIndex(ofJoint: joint)] =
          range.lowerBound + (turns - turns.rounded(.down)) * (range.upperBound - range.lowerBound)
      }
      return positions
    }
  }
}
