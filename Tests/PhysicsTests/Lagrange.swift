import Foundation
import SinewPhysics

/// Lagrange's equations of a model whose joints are hinges and slides, integrated by the classical Runge–Kutta method:
/// what the simulation must come to as its step shrinks. Nothing here knows bodies as the engine does: only angles and
/// lengths.
struct Lagrange {
  let model: Model
  var positions: [Double]
  var velocities: [Double]
  /// Constant forces of actuators, by joint.
  var forces: [Double]

  init(_ model: Model, positions: [Double], velocities: [Double], forces: [Double]? = nil) {
    (self.model, self.positions, self.velocities) = (model, positions, velocities)
    self.forces = forces ?? positions.map { _ in 0 }
  }

  private struct Motion {
    var pose = Pose.identity
    /// Velocity of the frame's origin and angular velocity per unit of each joint's velocity.
    var columns: [(linear: SIMD3<Double>, angular: SIMD3<Double>)]
  }

  private func motions(_ q: [Double]) -> [Motion] {
    var result = [Motion(columns: q.map { _ in (.zero, .zero) })]
    for index in model.bodies.indices.dropFirst() {
      let body = model.bodies[index]
      let parent = result[body.parent]
      var motion = Motion(pose: parent.pose * body.pose, columns: parent.columns)
      func carry(to origin: SIMD3<Double>, from old: SIMD3<Double>) {
        for k in q.indices { motion.columns[k].linear += cross(motion.columns[k].angular, origin - old) }
      }
      carry(to: motion.pose.position, from: parent.pose.position)
      for (k, joint) in model.joints.enumerated() where joint.body == index {
        let axis = motion.pose.rotation.rotate(joint.axis)
        let old = motion.pose.position
        let moved = q[k] - joint.reference
        if joint.kind == .slide {
          motion.pose.position += moved * axis
          carry(to: motion.pose.position, from: old)
          motion.columns[k].linear += axis
        } else {
          let anchor = motion.pose.apply(joint.anchor)
          motion.pose.rotation = motion.pose.rotation * Quaternion(angle: moved, axis: joint.axis)
          motion.pose.position = anchor - motion.pose.rotation.rotate(joint.anchor)
          carry(to: motion.pose.position, from: old)
          motion.columns[k].linear += cross(axis, motion.pose.position - anchor)
          motion.columns[k].angular += axis
        }
      }
      result.append(motion)
    }
    return result
  }

  /// The matrix of the kinetic energy, row by row, and the potential energy of gravity and springs.
  func energies(_ q: [Double]) -> (inertia: [Double], potential: Double) {
    let n = q.count
    var inertia = [Double](repeating: 0, count: n * n)
    var potential = 0.0
    for (index, motion) in motions(q).enumerated() where index > 0 && model.bodies[index].mass > 0 {
      let body = model.bodies[index]
      let arm = motion.pose.rotation.rotate(body.centreOfMass)
      let tensor = body.inertia.rotated(by: motion.pose.rotation)
      let linear = motion.columns.map { $0.linear + cross($0.angular, arm) }
      for a in 0..<n {
        let spin = tensor.apply(motion.columns[a].angular)
        for b in 0..<n {
          inertia[a * n + b] += body.mass * dot(linear[a], linear[b]) + dot(spin, motion.columns[b].angular)
        }
      }
      potential -= body.mass * dot(model.gravity, motion.pose.position + arm)
    }
    for (k, joint) in model.joints.enumerated() {
      inertia[k * (n + 1)] += joint.armature
      potential += joint.stiffness * (q[k] - joint.springReference) * (q[k] - joint.springReference) / 2
    }
    return (inertia, potential)
  }

  /// M·q̈ = τ − b·q̇ − ∂V/∂q − Ṁ·q̇ + ½·∂(q̇ᵀMq̇)/∂q; derivatives by central differences.
  private func accelerations(_ q: [Double], _ v: [Double]) -> [Double] {
    let n = q.count
    let here = energies(q).inertia
    var right = (0..<n).map { forces[$0] - model.joints[$0].damping * v[$0] }
    let step = 1e-5
    for k in 0..<n {
      var (more, less) = (q, q)
      more[k] += step
      less[k] -= step
      let (up, down) = (energies(more), energies(less))
      right[k] -= (up.potential - down.potential) / (2 * step)
      for a in 0..<n {
        for b in 0..<n {
          let slope = (up.inertia[a * n + b] - down.inertia[a * n + b]) / (2 * step)
          right[a] -= slope * v[k] * v[b]
          right[k] += slope * v[a] * v[b] / 2
        }
      }
    }
    return Lagrange.solve(here, right)
  }

  /// Elimination without pivots: the matrix is symmetric and definite.
  static func solve(_ matrix: [Double], _ right: [Double]) -> [Double] {
    let n = right.count
    var (matrix, x) = (matrix, right)
    for i in 0..<n {
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
    return x
  }

  mutating func run(seconds: Double, steps: Int) {
    let h = seconds / Double(steps)
    func add(_ a: [Double], _ s: Double, _ b: [Double]) -> [Double] { zip(a, b).map { $0 + s * $1 } }
    for _ in 0..<steps {
      let (q, v) = (positions, velocities)
      let a1 = accelerations(q, v)
      let (q2, v2) = (add(q, h / 2, v), add(v, h / 2, a1))
      let a2 = accelerations(q2, v2)
      let (q3, v3) = (add(q, h / 2, v2), add(v, h / 2, a2))
      let a3 = accelerations(q3, v3)
      let (q4, v4) = (add(q, h, v3), add(v, h, a3))
      let a4 = accelerations(q4, v4)
      for k in q.indices {
        positions[k] += h / 6 * (v[k] + 2 * v2[k] + 2 * v3[k] + v4[k])
        velocities[k] += h / 6 * (a1[k] + 2 * a2[k] + 2 * a3[k] + a4[k])
      }
    }
  }
}

func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}
