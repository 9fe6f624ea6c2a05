/// Inverse effective masses at the reference configuration, by which constraint softness is scaled.
///
/// MuJoCo's `body_invweight0` (translational part) and `dof_invweight0`: with M the joint-space inertia and J the
/// Jacobian of a body's centre of mass, mean diag(J M⁻¹ Jᵀ) and diag(M⁻¹).
struct InverseWeights {
  /// 1/kg, by body of the model; 0 for what cannot move.
  var bodies: [Double]
  /// 1/kg or 1/(kg·m²), by velocity.
  var velocities: [Double]
}

extension Model {
  func inverseWeights() -> InverseWeights {
    let count = velocityCount
    let (inertia, bodyColumns) = jointSpaceInertia()
    guard let inverse = Model.inverse(ofSymmetric: inertia, count: count) else {
      return InverseWeights(
        bodies: bodies.map { $0.mass > 0 ? 1 / $0.mass : 0 }, velocities: [Double](repeating: 1, count: count))
    }
    let weights = bodyColumns.map { columns -> Double in
      var sum = 0.0
      for a in columns {
        for b in columns { sum += dot(a.linear, b.linear) * inverse[a.index * count + b.index] }
      }
      return sum / 3
    }
    return InverseWeights(bodies: weights, velocities: (0..<count).map { inverse[$0 * (count + 1)] })
  }

  /// M⁻¹ at the reference configuration, row by row; identity if M has none.
  func inverseInertia() -> [Double] {
    let count = velocityCount
    if let inverse = Model.inverse(ofSymmetric: jointSpaceInertia().matrix, count: count) { return inverse }
    return (0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 }
  }

  /// What a unit of a velocity does to a body's centre of mass.
  private typealias BodyColumn = (index: Int, linear: SIMD3<Double>, angular: SIMD3<Double>)

  /// M at the reference configuration, row by row, and for every body what the velocities do to it.
  private func jointSpaceInertia() -> (matrix: [Double], columns: [[BodyColumn]]) {
    let count = velocityCount
    let world = referencePoses
    let columns = jacobianColumns(world)
    // Every body adds m JvᵀJv + JwᵀI Jw, every joint its armature.
    var inertia = [Double](repeating: 0, count: count * count)
    var bodyColumns: [[BodyColumn]] = []
    for (index, body) in bodies.enumerated() {
      let centre = world[index].apply(body.centreOfMass)
      let moving = ancestors(ofBody: index).flatMap { columns[$0] }.map {
        (index: $0.index, linear: $0.linear + cross($0.angular, centre - $0.point), angular: $0.angular)
      }
      bodyColumns.append(moving)
      let tensor = body.inertia.rotated(by: world[index].rotation)
      for a in moving {
        let momentum = tensor.apply(a.angular)
        for b in moving {
          inertia[a.index * count + b.index] += body.mass * dot(a.linear, b.linear) + dot(momentum, b.angular)
        }
      }
    }
    var velocity = 0
    for joint in joints {
      for k in 0..<joint.kind.velocityCount { inertia[(velocity + k) * (count + 1)] += joint.armature }
      velocity += joint.kind.velocityCount
    }
    return (inertia, bodyColumns)
  }

  /// Poses of the bodies in the world at the reference configuration.
  var referencePoses: [Pose] {
    var poses: [Pose] = []
    for (index, body) in bodies.enumerated() { poses.append(index == 0 ? .identity : poses[body.parent] * body.pose) }
    return poses
  }

  /// The body and those it hangs on, without the world.
  private func ancestors(ofBody index: Int) -> [Int] {
    var result: [Int] = []
    var body = index
    while body != 0 {
      result.append(body)
      body = bodies[body].parent
    }
    return result
  }

  private struct Column {
    var index: Int
    var linear: SIMD3<Double>
    var angular: SIMD3<Double>
    var point: SIMD3<Double>
  }

  /// For every body, what a unit of each velocity of its own joints does.
  private func jacobianColumns(_ world: [Pose]) -> [[Column]] {
    var result = [[Column]](repeating: [], count: bodies.count)
    var velocity = 0
    let axes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    for joint in joints {
      let pose = world[joint.body]
      let anchor = pose.apply(joint.anchor)
      func add(linear: SIMD3<Double>, angular: SIMD3<Double>) {
        result[joint.body].append(Column(index: velocity, linear: linear, angular: angular, point: anchor))
        velocity += 1
      }
      switch joint.kind {
      case .hinge: add(linear: .zero, angular: pose.rotation.rotate(joint.axis))
      case .slide: add(linear: pose.rotation.rotate(joint.axis), angular: .zero)
      case .ball: for axis in axes { add(linear: .zero, angular: pose.rotation.rotate(axis)) }
      case .free:
        for axis in axes { add(linear: axis, angular: .zero) }
        for axis in axes { add(linear: .zero, angular: pose.rotation.rotate(axis)) }
      }
    }
    return result
  }

  /// Inverse of a symmetric positive definite matrix by Cholesky factors; nil if it is not definite. What is zero
  /// before a row's first number is left out, so that bodies apart from one another cost little.
  static func inverse(ofSymmetric matrix: [Double], count n: Int) -> [Double]? {
    let firsts = (0..<n).map { row in (0..<row).first { matrix[row * n + $0] != 0 } ?? row }
    // The last row that reaches each column.
    var lasts = Array(0..<n)
    for row in 0..<n {
      for column in firsts[row]..<max(row, firsts[row]) { lasts[column] = row }
    }
    var factor = matrix
    for j in 0..<n {
      for i in j...lasts[j] where firsts[i] <= j {
        var sum = factor[i * n + j]
        for k in max(firsts[i], firsts[j])..<j { sum -= factor[i * n + k] * factor[j * n + k] }
        if i == j {
          guard sum > 0 else { return nil }
          factor[i * n + j] = sum.squareRoot()
        } else {
          factor[i * n + j] = sum / factor[j * n + j]
        }
      }
    }
    var result = [Double](repeating: 0, count: n * n)
    var x = [Double](repeating: 0, count: n)
    for column in 0..<n {
      for i in 0..<n {
        var sum = i == column ? 1.0 : 0
        for k in firsts[i]..<i { sum -= factor[i * n + k] * x[k] }
        x[i] = sum / factor[i * n + i]
      }
      for i in stride(from: n - 1, through: 0, by: -1) {
        var sum = x[i]
        for k in (i + 1)..<max(lasts[i] + 1, i + 1) where firsts[k] <= i { sum -= factor[k * n + i] * x[k] }
        x[i] = sum / factor[i * n + i]
        result[i * n + column] = x[i]
      }
    }
    return result
  }
}
