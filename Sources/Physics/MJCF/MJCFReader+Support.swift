extension MJCFReader {
  /// The attributes of an element with what its class gives it; refuses any that is not in the subset.
  mutating func attributes(of element: MJCFElement, childClass: String? = nil) throws(ModelError) -> MJCFAttributes {
    guard let entry = MJCFSchema.attributes[element.name] else {
      throw ModelError(source: source, line: element.line, message: "\(element.name): is not supported")
    }
    for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) where !entry.read.contains(name) {
      guard entry.skipped.contains(name) else {
        throw ModelError(
          source: source, line: value.line,
          message: "\(element.name): attribute '\(name)' is not supported; supported are "
            + (entry.read + entry.skipped).joined(separator: ", "))
      }
      if !isNeutral(name, value.text) {
        let consequence = MJCFSchema.consequences["\(element.name)/\(name)"].map { ": \($0)" } ?? ""
        warn("\(element.name): attribute '\(name)' is skipped\(consequence)", line: value.line)
      }
    }
    var merged = element.attributes
    if entry.read.contains("class") && element.name != "default" {
      let name = element.attributes["class"]?.text ?? childClass ?? "main"
      guard let classDefaults = defaults[name] else {
        throw ModelError(source: source, line: element.line, message: "\(element.name): there is no class '\(name)'")
      }
      merged.merge(classDefaults[element.name] ?? [:]) { own, inherited in .override(inherited, by: own) }
    }
    return MJCFAttributes(element: element.name, line: element.line, source: source, values: merged)
  }

  /// Whether a skipped attribute has the value that means nothing.
  private func isNeutral(_ name: String, _ text: String) -> Bool {
    let value = Double(text)
    switch name {
    case "frictionloss", "margin", "priority", "gap", "viscosity", "density": return value == 0
    case "solmix", "impratio": return value == 1
    default: return false
    }
  }

  mutating func warn(_ text: String, line: Int) {
    if let index = warningIndex[text] {
      warnings[index].count += 1
    } else {
      warningIndex[text] = warnings.count
      warnings.append((text, line, 1))
    }
  }

  /// Skips an element that is known to change nothing, with a warning; refuses any other.
  mutating func skip(_ element: MJCFElement, in parent: String) throws(ModelError) {
    guard MJCFSchema.skippedElements[parent, default: []].contains(element.name) else {
      throw unsupported(element, in: parent)
    }
    warn("\(element.name): is skipped", line: element.line)
  }

  func unsupported(_ element: MJCFElement, in parent: String) -> ModelError {
    ModelError(source: source, line: element.line, message: "\(element.name): is not supported in \(parent)")
  }

  func refuseChildren(of element: MJCFElement) throws(ModelError) {
    if let child = element.children.first { throw unsupported(child, in: element.name) }
  }

  /// The element's name, checked to be its own within its kind; empty if it has none.
  mutating func takeName(_ values: MJCFAttributes) throws(ModelError) -> String {
    guard let name = try values.string("name"), !name.isEmpty else { return "" }
    let kind = values.element == "freejoint" ? "joint" : values.element
    guard names[kind, default: []].insert(name).inserted else {
      throw values.error("name", "'\(name)' is already taken by another \(kind)")
    }
    return name
  }

  /// The rotation given by quat, axisangle, euler, xyaxes or zaxis; nil if there is none.
  func orientation(_ values: MJCFAttributes) throws(ModelError) -> Quaternion? {
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
}
