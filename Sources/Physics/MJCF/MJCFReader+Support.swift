extension MJCFReader {
  /// The attributes of an element with what its class gives it; refuses any that MJCF doesn't have.
  ///
  /// - Parameter kind: its entry in the schema, where that is not its name.
  mutating func attributes(
    of element: MarkupElement, as kind: String? = nil, childClass: String? = nil
  ) throws(ModelError) -> MarkupAttributes {
    guard let entry = MJCFSchema.attributes[kind ?? element.name] else {
      throw element.error("is not supported")
    }
    for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) where !entry.read.contains(name) {
      if entry.silent.contains(name) { continue }
      guard let loss = entry.lost[name] else {
        let suggestion = entry.known.isEmpty ? "it has none" : "there are " + entry.known.joined(separator: ", ")
        throw ModelError(
          source: value.source, line: value.line,
          message: "\(element.name): attribute '\(name.prefix(60))' is not one of MJCF's; \(suggestion)")
      }
      if !loss.isNeutral(value.text) {
        warn("\(element.name): attribute '\(name)' is skipped: \(loss.consequence)", element)
      }
    }
    var merged = element.attributes
    if entry.read.contains("class") && element.name != "default" {
      let name = element.attributes["class"]?.text ?? childClass ?? "main"
      guard let classDefaults = defaults[name] else {
        throw ModelError(
          source: element.source, line: element.line,
          message: "\(element.name): there is no class '\(name.prefix(60))'")
      }
      let key = MJCFSchema.defaultKey(of: kind ?? element.name)
      merged.merge(classDefaults[key] ?? [:]) { own, inherited in .override(inherited, by: own) }
    }
    return MarkupAttributes(element: element.name, line: element.line, source: element.source, values: merged)
  }

  mutating func warn(_ text: String, _ element: MarkupElement) {
    log.add(text, source: element.source, line: element.line)
  }

  mutating func warn(_ text: String, _ values: MarkupAttributes) {
    log.add(text, source: values.source, line: values.line)
  }

  /// Skips an element that has no meaning here, or leaves it out with a warning; refuses what MJCF doesn't have.
  mutating func skip(_ element: MarkupElement, in parent: String) throws(ModelError) {
    if MJCFSchema.silentElements.contains(element.name) { return }
    guard let consequence = MJCFSchema.lostElements[element.name] else { throw unsupported(element, in: parent) }
    warn("\(element.title) is skipped: \(consequence)", element)
  }

  func unsupported(_ element: MarkupElement, in parent: String) -> ModelError {
    ModelError(
      source: element.source, line: element.line, message: "\(element.name.prefix(60)): has no place in \(parent)")
  }

  mutating func refuseChildren(of element: MarkupElement) throws(ModelError) {
    for child in element.children { try skip(child, in: element.name) }
  }

  /// The element's name, checked to be its own within its kind; empty if it has none.
  mutating func takeName(_ values: MarkupAttributes) throws(ModelError) -> String {
    guard let name = try values.string("name"), !name.isEmpty else { return "" }
    let kind =
      values.element == "freejoint"
      ? "joint" : MJCFSchema.actuators.contains(values.element) ? "actuator" : values.element
    guard names[kind, default: []].insert(name).inserted else {
      throw values.error("name", "'\(name.prefix(60))' is already taken by another \(kind)")
    }
    return name
  }

  /// The index of what an attribute names, out of what `find` finds.
  func lookUp(
    _ name: String, in values: MarkupAttributes, _ kind: String, _ find: (String) -> Int?
  ) throws(ModelError) -> Int {
    guard let target = try values.string(name) else { throw values.missing(name) }
    guard let index = find(target) else {
      throw values.error(name, "names '\(target.prefix(60))', and there is no such \(kind)")
    }
    return index
  }

  /// The rotation given by quat, axisangle, euler, xyaxes or zaxis; nil if there is none.
  func orientation(_ values: MarkupAttributes) throws(ModelError) -> Quaternion? {
    let given = MJCFSchema.orientation.filter { values.values[$0] != nil }
    guard given.count <= 1 else {
      throw values.error(given[1], "and '\(given[0])' both give an orientation; keep one")
    }
    let unit = compiler.degrees ? Double.pi / 180 : 1
    if let q = try values.numbers("quat", count: 4...4) {
      let quaternion = Quaternion(w: q[0], x: q[1], y: q[2], z: q[3])
      guard quaternion.squaredNorm > 1e-20 else { throw values.error("quat", "is zero") }
      return quaternion.normalized
    }
    if let a = try values.numbers("axisangle", count: 4...4) {
      let axis = try values.unit("axisangle", SIMD3(a[0], a[1], a[2]))
      return Quaternion(angle: a[3] * unit, axis: axis)
    }
    if let e = try values.vector("euler") {
      var result = Quaternion.identity
      for (letter, angle) in zip(compiler.eulerSequence, [e.x, e.y, e.z]) {
        let axis: SIMD3<Double> =
          switch letter {
          case "x", "X": SIMD3(1, 0, 0)
          case "y", "Y": SIMD3(0, 1, 0)
          default: SIMD3(0, 0, 1)
          }
        let turn = Quaternion(angle: angle * unit, axis: axis)
        // Small letters turn about the moving axes, capitals about the fixed ones.
        result = letter.isLowercase ? result * turn : turn * result
      }
      return result
    }
    if let a = try values.numbers("xyaxes", count: 6...6) {
      let x = try values.unit("xyaxes", SIMD3(a[0], a[1], a[2]))
      let given = SIMD3(a[3], a[4], a[5])
      let y = try values.unit("xyaxes", given - dot(given, x) * x)
      return Quaternion(columns: x, y, cross(x, y))
    }
    if let z = try values.vector("zaxis") { return Quaternion(zAxisTo: try values.unit("zaxis", z)) }
    return nil
  }

  func pose(_ values: MarkupAttributes) throws(ModelError) -> Pose {
    Pose(position: try values.vector("pos") ?? .zero, rotation: try orientation(values) ?? .identity)
  }
}
