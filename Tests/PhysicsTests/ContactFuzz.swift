@testable import SinewPhysics

/// Puts shapes exactly and nearly face to face, edge to edge and corner to corner, into one another and apart, takes a
/// step, and looks at the contacts: they must be finite, lie where the shapes are, part them, and be missing only where
/// nothing overlaps.
struct ContactFuzz {
  typealias Generator = MJCFFuzzTests.Generator

  enum Kind: String, CaseIterable { case sphere, capsule, box, cylinder, ellipsoid, cube, hull }
  enum Ground: String, CaseIterable { case plane, field }

  private(set) var pairs = 0
  private(set) var contacts = 0
  /// Steps that ended with a speed beyond the bound: what is light, thin and deep in another may be that fast.
  private(set) var tooFast = 0
  /// Steps without a solution: a needle's masses are too far apart.
  private(set) var unsolvable = 0
  /// What was wrong, at most a few.
  private(set) var faults: [String] = []
  private(set) var faultCount = 0
  private(set) var skipped = 0
  private var generator: Generator

  init(seed: UInt64) { generator = Generator(state: seed) }

  // MARK: Random numbers

  private mutating func uniform(_ low: Double = 0, _ high: Double = 1) -> Double {
    Double.random(in: low...high, using: &generator)
  }

  private mutating func power(_ low: Double, _ high: Double) -> Double { raise(10, uniform(low, high)) }

  private mutating func size() -> Double {
    switch Int.random(in: 0..<10, using: &generator) {
    case 0..<6: [0.03, 0.05, 0.1, 0.2].randomElement(using: &generator) ?? 0.1
    case 6..<9: power(-2.5, 0)
    default: power(-4, -2.5)
    }
  }

  private mutating func rotation() -> Quaternion {
    func turn(_ axis: SIMD3<Double>, _ angle: Double) -> Quaternion {
      let v = sine(angle / 2) * axis
      return Quaternion(w: cosine(angle / 2), x: v.x, y: v.y, z: v.z)
    }
    let axes: [SIMD3<Double>] = [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    let free = direction(SIMD3(uniform(-1, 1), uniform(-1, 1), uniform(-1, 1))) ?? axes[0]
    var result = Quaternion.identity
    for axis in axes where Bool.random(using: &generator) {
      result = turn(axis, Double(Int.random(in: 0..<4, using: &generator)) * .pi / 2) * result
    }
    switch Int.random(in: 0..<10, using: &generator) {
    case 0..<4: return result
    case 4..<7: return turn(free, power(-17, -2)) * result
    case 7: return turn(axes[Int.random(in: 0..<3, using: &generator)], .pi / 4) * result
    default: return turn(free, uniform(0, 2 * .pi)) * result
    }
  }

  // MARK: Models

  /// A shape as MJCF, and the half sizes of the box around it in its own axes.
  private mutating func shape(_ kind: Kind, mesh: String) -> (geom: String, mesh: String, reach: SIMD3<Double>) {
    let (a, b, c) = (size(), size(), size())
    switch kind {
    case .sphere: return ("<geom size=\"\(a)\"/>", "", SIMD3(a, a, a))
    case .capsule: return ("<geom type=\"capsule\" size=\"\(a) \(b)\"/>", "", SIMD3(a, a, a + b))
    case .box: return ("<geom type=\"box\" size=\"\(a) \(b) \(c)\"/>", "", SIMD3(a, b, c))
    case .cylinder: return ("<geom type=\"cylinder\" size=\"\(a) \(b)\"/>", "", SIMD3(a, a, b))
    case .ellipsoid: return ("<geom type=\"ellipsoid\" size=\"\(a) \(b) \(c)\"/>", "", SIMD3(a, b, c))
    case .cube, .hull:
      var corners: [SIMD3<Double>] = (0..<8).map {
        SIMD3($0 & 1 == 0 ? -1 : 1, $0 & 2 == 0 ? -1 : 1, $0 & 4 == 0 ? -1 : 1)
      }
      if kind == .hull {
        let count = Int.random(in: 5...40, using: &generator)
        corners = []
        for _ in 0..<count { corners.append(SIMD3(uniform(-1, 1), uniform(-1, 1), uniform(-1, 1))) }
      }
      let text = corners.map { "\($0.x * a) \($0.y * b) \($0.z * c)" }.joined(separator: " ")
      return (
        "<geom type=\"mesh\" mesh=\"\(mesh)\"/>", "<mesh name=\"\(mesh)\" inertia=\"convex\" vertex=\"\(text)\"/>",
        SIMD3(a, b, c)
      )
    }
  }

  /// Steps `count` poses of a random pair of the kinds.
  mutating func run(_ first: Kind, _ second: Kind, count: Int) {
    let (one, other) = (shape(first, mesh: "a"), shape(second, mesh: "b"))
    let model = """
      <mujoco><option gravity="0 0 0"/><asset>\(one.mesh)\(other.mesh)</asset><worldbody>
        <body><freejoint/>\(one.geom)</body><body><freejoint/>\(other.geom)</body></worldbody></mujoco>
      """
    guard let simulation = try? Simulation(model: Model(mjcf: model, name: "fuzz")) else {
      skipped += count
      return
    }
    for _ in 0..<count {
      let place = offset(one.reach, other.reach)
      let (p, q) = (rotation(), rotation())
      let positions = [0, 0, 0, p.w, p.x, p.y, p.z, place.x, place.y, place.z, q.w, q.x, q.y, q.z]
      step(simulation, positions, "\(first)–\(second)", isGround: false, model)
    }
  }

  /// Steps `count` poses of a random shape and a plane or height field.
  mutating func run(_ first: Kind, _ ground: Ground, count: Int) {
    let one = shape(first, mesh: "a")
    let heights = (0..<25).map { _ in ["0", "0", "0.5", "1"].randomElement(using: &generator) ?? "0" }
    let geom = ground == .plane ? "<geom type=\"plane\" size=\"1 1 1\"/>" : "<geom type=\"hfield\" hfield=\"h\"/>"
    let model = """
      <mujoco><option gravity="0 0 0"/><asset>\(one.mesh)
        <hfield name="h" nrow="5" ncol="5" size="0.5 0.5 0.1 0.1" elevation="\(heights.joined(separator: " "))"/></asset>
        <worldbody>\(geom)<body><freejoint/>\(one.geom)</body></worldbody></mujoco>
      """
    guard let simulation = try? Simulation(model: Model(mjcf: model, name: "fuzz")) else {
      skipped += count
      return
    }
    for _ in 0..<count {
      let place = offset(one.reach, SIMD3(0.25, 0.25, 0))
      let q = rotation()
      step(simulation, [place.x, place.y, place.z, q.w, q.x, q.y, q.z], "\(first)–\(ground)", isGround: true, model)
    }
  }

  /// Where the second is from the first: faces, edges and corners meet, or nearly, or it is anywhere.
  private mutating func offset(_ one: SIMD3<Double>, _ other: SIMD3<Double>) -> SIMD3<Double> {
    var result = SIMD3<Double>.zero
    let nudges: [Double] = [0, 0, power(-17, -5), power(-5, -2)]
    let nudge = nudges[Int.random(in: 0..<4, using: &generator)]
    for axis in 0..<3 {
      let (a, b) = (one[axis], other[axis])
      let sign = Bool.random(using: &generator) ? 1.0 : -1
      let (fromOne, fromOther) = (
        one[Int.random(in: 0..<3, using: &generator)], other[Int.random(in: 0..<3, using: &generator)]
      )
      switch Int.random(in: 0..<8, using: &generator) {
      case 0, 1: result[axis] = 0
      case 2, 3: result[axis] = sign * (a + b)
      case 4: result[axis] = sign * (a - b)
      case 5: result[axis] = sign * (fromOne + fromOther)
      default: result[axis] = uniform(-1.2, 1.2) * (a + b)
      }
      result[axis] += nudge * uniform(-1, 1) * (a + b)
    }
    return result
  }

  // MARK: Checks

  private mutating func fault(_ text: String, _ pair: String, _ positions: [Double], _ model: String) {
    faultCount += 1
    if faults.count < 12 { faults.append("\(pair): \(text) at \(positions) of \(model)") }
  }

  private mutating func step(
    _ simulation: Simulation, _ positions: [Double], _ pair: String, isGround: Bool, _ model: String
  ) {
    pairs += 1
    let still = [Double](repeating: 0, count: isGround ? 6 : 12)
    guard (try? simulation.setState(positions: positions, velocities: still)) != nil else {
      return fault("state refused", pair, positions, model)
    }
    let first = simulation.placedShape(isGround ? 1 : 0)
    let second = isGround ? first : simulation.placedShape(1)
    do {
      try simulation.step()
    } catch {
      switch error as? SimulationError {
      case .unstable(_, _, _, let value)? where value.isFinite: tooFast += 1
      // It leaves no contacts.
      case .unsolvable?:
        unsolvable += 1
        return simulation.contacts.isEmpty ? () : fault("contacts of a step without a solution", pair, positions, model)
      default: return fault("\(error)", pair, positions, model)
      }
    }
    let found = simulation.contacts
    contacts += found.count
    let scale = first.extent + first.radius + (isGround ? 0.5 : second.extent + second.radius)
    var deepest = -1.0
    for contact in found {
      guard contact.position.isFinite, contact.normal.isFinite, contact.depth.isFinite, contact.normalForce.isFinite,
        abs(length(contact.normal) - 1) < 1e-9, contact.depth >= -1e-12, contact.depth <= 2.5 * scale
      else { return fault("contact \(contact)", pair, positions, model) }
      let reach = first.extent + first.radius + 1.5 * contact.depth
      guard length(contact.position - first.centre) <= reach + 1e-6 * scale else {
        return fault("contact lies beside the first shape: \(contact)", pair, positions, model)
      }
      deepest = max(deepest, contact.depth)
    }
    guard !isGround else { return }
    let reach = first.radius + second.radius
    // Two round ones go by the engine, which parts what lies across one another along some way.
    if [first, second].allSatisfy({ $0.core == .point || $0.core == .segment }) { return }
    guard let normal = found.first?.normal else {
      if let point = sharedPoint(first, second) { fault("no contact, but \(point) is in both", pair, positions, model) }
      return
    }
    // The contact's normal points from the first to the second.
    let needed = ConvexDistance.overlap(first, second, along: -normal) + reach
    // Triangles that lie nearly in a plane are one side.
    if deepest > 1.002 * needed + 1e-4 * scale || deepest < 0.9 * needed - 1e-8 * scale {
      fault("depth \(deepest) where \(needed) parts them", pair, positions, model)
    }
    var least = Double.infinity
    var way = SIMD3<Double>.zero
    func consider(_ direction: SIMD3<Double>) {
      let overlap = ConvexDistance.overlap(first, second, along: direction) + reach
      if overlap < least { (least, way) = (overlap, direction) }
    }
    for axis in [first.x, first.y, first.z, second.x, second.y, second.z] {
      consider(axis)
      consider(-axis)
    }
    for a in [first.x, first.y, first.z] {
      for b in [second.x, second.y, second.z] {
        guard let square = direction(cross(a, b)) else { continue }
        consider(square)
        consider(-square)
      }
    }
    if let apart = direction(first.centre - second.centre) { consider(apart) }
    for _ in 0..<10 {
      if let random = direction(SIMD3(uniform(-1, 1), uniform(-1, 1), uniform(-1, 1))) { consider(random) }
    }
    if least < -1e-8 * scale { fault("contact though they are \(-least) apart along \(way)", pair, positions, model) }
    if deepest > 1.1 * max(least, 0) + 1e-4 * scale {
      fault("depth \(deepest) where \(least) along \(way) parts them", pair, positions, model)
    }
  }

  /// A point that is well within both shapes, if chance finds one.
  private mutating func sharedPoint(_ first: ConvexShape, _ second: ConvexShape) -> SIMD3<Double>? {
    for _ in 0..<4 {
      var point = SIMD3<Double>.zero
      var sum = 0.0
      for _ in 0..<4 {
        let weight = uniform()
        guard let way = direction(SIMD3(uniform(-1, 1), uniform(-1, 1), uniform(-1, 1))) else { continue }
        point += weight * first.support(way)
        sum += weight
      }
      point /= max(sum, 1e-9)
      if second.holds(point) { return point }
    }
    return second.holds(first.centre) ? first.centre : nil
  }
}

extension ConvexShape {
  /// Whether a point is well within the shape.
  func holds(_ point: SIMD3<Double>) -> Bool {
    let local = seen(point - centre)
    let slack = 1e-6 * (extent + radius)
    switch core {
    case .point: return length(local) < radius - slack
    case .segment:
      let height = max(abs(local.z) - halfSizes.z, 0)
      return length(SIMD3(local.x, local.y, height)) < radius - slack
    case .box:
      return abs(local.x) < halfSizes.x - slack && abs(local.y) < halfSizes.y - slack
        && abs(local.z) < halfSizes.z - slack
    case .cylinder:
      return abs(local.z) < halfSizes.z - slack && length(SIMD3(local.x, local.y, 0)) < halfSizes.x - slack
    case .ellipsoid: return length(local / halfSizes) < 1 - 1e-6
    case .hull:
      guard let hull else { return false }
      for side in 0..<hull.sideCount {
        guard let corner = hull.corners(ofSide: side).first else { return false }
        if dot(hull.normal(ofSide: side), local - hull.point(Int(corner))) > -slack { return false }
      }
      return true
    }
  }
}
