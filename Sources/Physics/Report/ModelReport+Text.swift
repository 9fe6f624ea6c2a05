import Foundation

extension ModelReport {
  /// The report for people: the tree of bodies with what is on them, then motors, what was left out and the trial.
  public var text: String {
    var lines = [
      "\(name): \(count(bodies.count - 1, "body", "bodies")), \(count(bodies.reduce(0) { $0 + $1.joints.count }, "joint")), "
        + "\(count(bodies.reduce(0) { $0 + $1.geometries.count }, "shape")), \(count(actuators.count, "actuator"))",
      "  \(positionCount) positions, \(velocityCount) velocities, \(controlCount) controls; "
        + "timestep \(format(timestep)) s, gravity \(format(gravity)) m/s²",
      "  total mass \(format(totalMass)) kg"
        + (abs(totalMass - movingMass) > 1e-9 ? ", of which \(format(movingMass)) kg can move" : ""),
      "",
    ]
    var children = [[Int]](repeating: [], count: bodies.count)
    for (index, body) in bodies.enumerated() {
      if let parent = body.parent { children[parent].append(index) }
    }
    var stack: [(index: Int, depth: Int)] = [(0, 0)]
    while let next = stack.popLast() {
      lines += describe(next.index, depth: next.depth)
      stack += children[next.index].reversed().map { ($0, next.depth + 1) }
    }
    if !actuators.isEmpty {
      lines += ["", "actuators"] + aligned(actuators.map { [$0.title, $0.details] }).map { "  " + $0 }
    }
    for (title, list) in [
      ("equalities", equalities), ("sensors", sensors), ("sites", sites.filter { !$0.isEmpty }),
      ("keyframes", keyframes.map { $0.isEmpty ? "unnamed" : $0 }),
    ] where !list.isEmpty {
      lines += ["", "\(title): \(list.joined(separator: ", "))"]
    }
    if !warnings.isEmpty { lines += ["", "left out or changed"] + warnings.map { "  " + $0 } }
    if let trial { lines += ["", trial.text] }
    return lines.joined(separator: "\n")
  }

  private func describe(_ index: Int, depth: Int) -> [String] {
    let body = bodies[index]
    let indent = String(repeating: "  ", count: depth)
    let title = body.name.isEmpty ? "body \(index)" : body.name
    var lines = [indent + title + (index == 0 ? "" : "  \(format(body.mass)) kg at \(format(body.position))")]
    var rows: [[String]] = []
    for joint in body.joints { rows.append([joint.kind, joint.name, joint.details]) }
    for geometry in body.geometries { rows.append([geometry.kind, geometry.name, geometry.details]) }
    lines += aligned(rows).map { indent + "    " + $0 }
    return lines
  }

  private func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(number) \(number == 1 ? one : many ?? one + "s")"
  }

  /// Columns aligned at the left.
  private func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}

extension ModelReport.Joint {
  fileprivate var details: String {
    var parts: [String] = []
    let turns = kind == "hinge"
    if turns || kind == "slide" { parts.append("axis \(format(axis))") }
    if let range {
      let unit = turns ? 180 / Double.pi : 1
      parts.append("range \(format(range[0] * unit)) to \(format(range[1] * unit))\(turns ? "°" : " m")")
    }
    for (name, value) in [
      ("damping", damping), ("armature", armature), ("stiffness", stiffness), ("friction", friction),
    ] where value != 0 {
      parts.append("\(name) \(format(value))")
    }
    if let speedLimit { parts.append("speed up to \(format(speedLimit))") }
    return parts.joined(separator: ", ")
  }
}

extension ModelReport.Geometry {
  fileprivate var details: String {
    var result = format(size)
    if let hullVertices { result += ", hull of \(hullVertices) corners" }
    return collides ? result : result + ", touches nothing"
  }
}

extension ModelReport.Actuator {
  fileprivate var title: String { name.isEmpty ? "on \(joints.joined(separator: ", "))" : name }

  fileprivate var details: String {
    var parts = [name.isEmpty || joints == [name] ? "" : "on \(joints.joined(separator: " + "))"]
    parts.append("gear \(format(gear))")
    if positionGain != 0 { parts.append("position gain \(format(positionGain))") }
    if velocityGain != 0 { parts.append("velocity gain \(format(velocityGain))") }
    if let controlRange { parts.append("control \(format(controlRange[0])) to \(format(controlRange[1]))") }
    if let forceRange { parts.append("force \(format(forceRange[0])) to \(format(forceRange[1]))") }
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }
}

extension ModelTrial {
  /// One line.
  public var text: String {
    if let problem { return "not simulated: \(problem)" }
    if let controlProblem {
      return
        "simulated \(steps) steps (\(format(time)) s); then, under random controls over their whole range: \(controlProblem)"
    }
    return
      "simulated \(steps) steps (\(format(time)) s), half of them with random controls; at most \(mostContacts) contacts"
  }
}

private func format(_ numbers: [Double]) -> String { numbers.map(format).joined(separator: " ") }

/// Up to five digits.
private func format(_ number: Double) -> String {
  let rounded = abs(number) < 1e-12 ? 0 : number
  return String(format: "%.5g", rounded)
}
