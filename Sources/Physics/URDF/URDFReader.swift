import Foundation

/// Builds a `Model` from a tree of URDF elements (ROS's Unified Robot Description Format).
///
/// Every link is a body, every joint that moves is one on its child link. The root is fixed to the world, or floats.
struct URDFReader {
  let source: String
  /// Where the file stands; nil for a text, whose meshes cannot be found.
  let folder: URL?
  var model: Model
  var log = WarningLog()
  var colours: [String: SIMD4<Float>] = [:]
  /// Index in the model of each link; a link called "world" without mass is the world.
  var bodies: [String: Int] = [:]
  var meshes: [URDFMeshKey: Model.Mesh] = [:]
  var vertexCount = 0
  /// `mujoco/compiler` in the file: where meshes are, and whether their paths count.
  var meshFolder: String?
  var stripsPath = false
  var jointNames: Set<String> = []
  /// `mujoco/compiler` in the file: whether moments that no body has are replaced.
  var balancesInertia = false

  /// Reads a tree whose root is `robot`.
  static func read(
    _ root: MarkupElement, source: String, folder: URL?, freeBase: Bool
  ) throws(ModelError) -> Model {
    guard root.name == "robot" else {
      throw ModelError(
        source: source, line: root.line, message: "the root element is '\(root.name.prefix(60))', not 'robot'")
    }
    var reader = URDFReader(source: source, folder: folder, model: Model(name: source))
    try reader.read(root, freeBase: freeBase)
    return reader.model
  }

  private mutating func read(_ root: MarkupElement, freeBase: Bool) throws(ModelError) {
    if let name = root.attributes["name"]?.text, !name.isEmpty { model.name = name }
    if let macro = root.children.first(where: { $0.name.hasPrefix("xacro:") }) {
      throw macro.error("is a macro; expand the file with xacro first")
    }
    var links: [String: MarkupElement] = [:]
    var order: [String] = []
    var joints: [MarkupElement] = []
    for element in root.children {
      switch element.name {
      case "link":
        let name = try requiredName(element)
        guard links.updateValue(element, forKey: name) == nil else { throw element.error("the name is already taken") }
        order.append(name)
      case "joint": joints.append(element)
      case "material": try readMaterial(element)
      case "mujoco":
        meshFolder = element.child("compiler")?.attributes["meshdir"]?.text
        stripsPath = element.child("compiler")?.attributes["strippath"]?.text == "true"
        balancesInertia = element.child("compiler")?.attributes["balanceinertia"]?.text == "true"
      case "transmission", "gazebo", "sensor": break
      default: log.add("\(element.title) is skipped: it is not one of URDF's", source: source, line: element.line)
      }
    }
    let tree = try URDFTree(links: links, order: order, joints: joints, source: source)
    for step in tree.steps {
      guard let link = links[step.link] else { continue }
      try readLink(link, named: step.link, joint: step.joint, freeBase: freeBase)
    }
    try checkInertia(links)
    jointNames = Set(joints.compactMap { $0.attributes["name"]?.text })
    for element in joints { try readMimic(element) }
    try readMotors(root, joints: joints)
    parts(root)
    model.warnings = log.lines
    if let problem = model.firstProblem { throw ModelError(source: source, message: problem) }
  }

  /// Links of one robot don't touch each other, as in Gazebo and PyBullet: shapes of URDF overlap at the joints, and
  /// beyond.
  private mutating func parts(_ root: MarkupElement) {
    let colliding = model.geometries.indices.filter { model.geometries[$0].collides }
    for index in colliding { (model.geometries[index].contactType, model.geometries[index].contactAffinity) = (2, 1) }
    if Set(colliding.map { model.geometries[$0].body }).count > 1 {
      log.add("robot: its links touch other things, but not each other", source: source, line: root.line)
    }
  }

  /// Refuses links that move with an inertia that no body has. Links that are fixed to each other are one body.
  private func checkInertia(_ links: [String: MarkupElement]) throws(ModelError) {
    var wholes: [Int: MassProperties] = [:]
    var parts: [(whole: Int, pose: Pose)] = [(0, .identity)]
    let moving = Set(model.joints.map(\.body))
    for (index, body) in model.bodies.enumerated().dropFirst() {
      let parent = parts[body.parent]
      parts.append(moving.contains(index) ? (index, .identity) : (parent.whole, parent.pose * body.pose))
      let part = parts[index]
      wholes[part.whole] = (wholes[part.whole] ?? .init()) + body.massProperties.placed(at: part.pose)
    }
    for (index, whole) in wholes.sorted(by: { $0.key < $1.key }) where index > 0 {
      guard let problem = whole.inertia.problem, let link = links[model.bodies[index].name] else { continue }
      throw (link.child("inertial")?.child("inertia") ?? link).error(
        "of \(link.title): \(problem); give others, or let mujoco/compiler balanceinertia=\"true\" set them to their mean"
      )
    }
  }

  func requiredName(_ element: MarkupElement) throws(ModelError) -> String {
    guard let name = element.attributes["name"]?.text, !name.isEmpty else {
      throw element.error("needs the attribute 'name'")
    }
    return name
  }

  func values(_ element: MarkupElement) -> MarkupAttributes {
    MarkupAttributes(
      element: element.name, line: element.line, source: element.source, values: element.attributes)
  }

  mutating func warn(_ text: String, _ element: MarkupElement) {
    log.add(text, source: element.source, line: element.line)
  }

  /// `origin`: a position and roll, pitch and yaw about the fixed axes x, y, z.
  func origin(_ element: MarkupElement) throws(ModelError) -> Pose {
    guard let origin = element.child("origin") else { return .identity }
    let values = values(origin)
    let angles = try values.vector("rpy") ?? .zero
    let rotation =
      Quaternion(angle: angles.z, axis: SIMD3(0, 0, 1)) * Quaternion(angle: angles.y, axis: SIMD3(0, 1, 0))
      * Quaternion(angle: angles.x, axis: SIMD3(1, 0, 0))
    return Pose(position: try values.vector("xyz") ?? .zero, rotation: rotation.normalized)
  }

  private mutating func readMaterial(_ element: MarkupElement) throws(ModelError) {
    guard let name = element.attributes["name"]?.text, let colour = try colour(element) else { return }
    colours[name] = colour
  }

  func colour(_ element: MarkupElement) throws(ModelError) -> SIMD4<Float>? {
    guard let colour = element.child("color"),
      let rgba = try values(colour).numbers("rgba", count: 3...4)
    else { return nil }
    let bounded = (rgba + [1]).map { Float(min(max($0, 0), 1)) }
    return SIMD4(bounded[0], bounded[1], bounded[2], bounded[3])
  }
}

/// The links in an order in which parents come first, each with the joint that it hangs on.
struct URDFTree {
  var steps: [(link: String, joint: MarkupElement?)] = []

  init(
    links: [String: MarkupElement], order: [String], joints: [MarkupElement], source: String
  ) throws(ModelError) {
    guard !links.isEmpty else { throw ModelError(source: source, message: "robot: has no links") }
    var jointOf: [String: MarkupElement] = [:]
    var children: [String: [(String, MarkupElement)]] = [:]
    var names: Set<String> = []
    for joint in joints {
      guard let name = joint.attributes["name"]?.text, !name.isEmpty else {
        throw joint.error("needs the attribute 'name'")
      }
      guard names.insert(name).inserted else { throw joint.error("the name is already taken by another joint") }
      var ends: [String] = []
      for end in ["parent", "child"] {
        guard let element = joint.child(end), let link = element.attributes["link"]?.text else {
          throw joint.error("needs <\(end) link=\"…\"/>")
        }
        guard links[link] != nil else {
          throw element.error(
            "names the link '\(link.prefix(60))' of joint '\(name.prefix(60))', and there is no such link")
        }
        ends.append(link)
      }
      guard jointOf.updateValue(joint, forKey: ends[1]) == nil else {
        throw joint.error("is the second joint whose child is '\(ends[1].prefix(60))'; URDF takes trees only")
      }
      children[ends[0], default: []].append((ends[1], joint))
    }
    let roots = order.filter { jointOf[$0] == nil }
    guard let root = roots.first else {
      throw ModelError(
        source: source, line: joints.first?.line, message: "joint: the joints form a ring; URDF takes trees only")
    }
    guard roots.count == 1 else {
      throw links[roots[1]]?.error("is a second root beside '\(root.prefix(60))'; join them by a joint")
        ?? ModelError(source: source, message: "has two roots")
    }
    // Depth first, children in the order of the file, without recursion: a chain may be long.
    var stack: [(link: String, joint: MarkupElement?)] = [(root, nil)]
    while let next = stack.popLast() {
      steps.append(next)
      for (child, joint) in (children[next.link] ?? []).reversed() { stack.append((child, joint)) }
    }
    if steps.count < order.count {
      let reached = Set(steps.map(\.link))
      let lost = order.first { !reached.contains($0) } ?? ""
      throw links[lost]?.error("hangs in a ring of joints; URDF takes trees only")
        ?? ModelError(source: source, message: "has a ring of joints")
    }
  }
}
