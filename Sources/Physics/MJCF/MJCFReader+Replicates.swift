extension MJCFReader {
  /// The tree with every `replicate` replaced by its copies, each in a frame of its own and with a number behind its
  /// names. What names something that is copied is copied too, behind all others of its section.
  mutating func replicating(_ root: MarkupElement) throws(ModelError) -> MarkupElement {
    var expansion = Expansion(elements: Self.count(root))
    expansion.sections = root.children.filter { ReplicatedNames.sections.contains($0.name) }
    var result = root
    result.children = []
    for child in root.children where !ReplicatedNames.sections.contains(child.name) {
      guard child.name == "worldbody" else {
        result.children.append(child)
        continue
      }
      var world = child
      world.children = try replicated(child.children, &expansion)
      result.children.append(world)
    }
    result.children += expansion.sections
    return result
  }

  private struct Expansion {
    /// Elements of the whole file as it has become, and the replicates that were seen.
    var elements: Int
    var replicates = 0
    /// Sections that name what is in the tree of bodies.
    var sections: [MarkupElement] = []
  }

  private mutating func replicated(
    _ elements: [MarkupElement], _ expansion: inout Expansion
  ) throws(ModelError) -> [MarkupElement] {
    var result: [MarkupElement] = []
    for element in elements {
      var whole = element
      whole.children = try replicated(element.children, &expansion)
      if element.name == "replicate" {
        result += try copies(of: whole, &expansion)
      } else {
        result.append(whole)
      }
    }
    return result
  }

  /// What a `replicate` stands for; those within it are replaced already.
  private mutating func copies(
    of element: MarkupElement, _ expansion: inout Expansion
  ) throws(ModelError) -> [MarkupElement] {
    let values = try attributes(of: element)
    guard let count = try values.integer("count", 0...ImportLimits.elements) else { throw values.missing("count") }
    expansion.replicates += 1
    guard expansion.replicates <= ImportLimits.replicates else {
      throw element.error("more than \(ImportLimits.replicates) of them")
    }
    for child in element.children where ["joint", "freejoint", "inertial"].contains(child.name) {
      throw unsupported(child, in: "replicate")
    }
    let step = Pose(position: try values.vector("offset") ?? .zero, rotation: try orientation(values) ?? .identity)
    let separator = try values.string("sep") ?? ""
    let digits = String(count).count
    let suffixes = (0..<count).map { number in
      let digitsOf = String(number)
      return separator + String(repeating: "0", count: digits - digitsOf.count) + digitsOf
    }
    // Counted before any is made.
    expansion.elements += count * Self.count(element)
    guard expansion.elements <= ImportLimits.elements else {
      throw element.error("makes more than \(ImportLimits.elements) elements")
    }
    var names = ReplicatedNames()
    for child in element.children { names.gather(child) }
    try names.replicateReferences(in: &expansion.sections, suffixes, element, &expansion.elements)
    var result: [MarkupElement] = []
    var pose = Pose.identity
    for suffix in suffixes {
      var frame = MarkupElement(name: "frame", line: element.line, source: element.source, attributes: [:])
      func set(_ name: String, _ numbers: [Double]) {
        frame.attributes[name] = MarkupElement.Value(
          text: numbers.map { "\($0)" }.joined(separator: " "), line: element.line, source: element.source)
      }
      set("pos", [pose.position.x, pose.position.y, pose.position.z])
      set("quat", [pose.rotation.w, pose.rotation.x, pose.rotation.y, pose.rotation.z])
      frame.attributes["childclass"] = element.attributes["childclass"]
      frame.children = element.children.map { names.renamed($0, suffix) }
      result.append(frame)
      pose = pose * step
    }
    return result
  }
}

/// The names that are copied with a part of the tree, by kind of element.
private struct ReplicatedNames {
  /// Sections whose elements name what is in the tree.
  static let sections: Set<String> = ["contact", "equality", "tendon", "actuator", "sensor"]
  private static let kinds = ["body": "body", "joint": "joint", "freejoint": "joint", "geom": "geom", "site": "site"]
  private static let references = [
    "joint": "joint", "joint1": "joint", "joint2": "joint", "jointinparent": "joint", "body": "body", "body1": "body",
    "body2": "body", "geom": "geom", "geom1": "geom", "geom2": "geom", "site": "site", "site1": "site", "site2": "site",
    "sidesite": "site", "cranksite": "site", "slidersite": "site", "refsite": "site", "tendon": "tendon",
    "tendon1": "tendon", "tendon2": "tendon", "actuator": "actuator",
  ]

  private var names: [String: Set<String>] = [:]

  mutating func gather(_ element: MarkupElement) {
    if let kind = Self.kinds[element.name], let name = element.attributes["name"]?.text, !name.isEmpty {
      names[kind, default: []].insert(name)
    }
    for child in element.children { gather(child) }
  }

  /// A part of the tree with `suffix` behind the names it has and those within it that it refers to.
  func renamed(_ element: MarkupElement, _ suffix: String) -> MarkupElement {
    var result = element
    if let name = element.attributes["name"]?.text, !name.isEmpty { result.attributes["name"]?.text = name + suffix }
    if let target = element.attributes["target"]?.text, names["body"]?.contains(target) == true {
      result.attributes["target"]?.text = target + suffix
    }
    if element.name == "attach" { result.suffix = element.suffix + suffix }
    result.children = element.children.map { renamed($0, suffix) }
    return result
  }

  /// Takes the elements that refer to a name out of their sections, and puts copies for each suffix into new sections
  /// behind.
  mutating func replicateReferences(
    in sections: inout [MarkupElement], _ suffixes: [String], _ place: MarkupElement, _ elements: inout Int
  ) throws(ModelError) {
    guard !names.isEmpty else { return }
    // Tendons and actuators are themselves referred to.
    for kind in ["tendon", "actuator", "contact", "equality", "sensor"] {
      var touched: [MarkupElement] = []
      for index in sections.indices where sections[index].name == kind {
        let own = sections[index].children.filter(refers)
        guard !own.isEmpty else { continue }
        sections[index].children.removeAll(where: refers)
        touched += own
      }
      guard !touched.isEmpty else { continue }
      elements += touched.count * suffixes.count
      guard elements <= ImportLimits.elements else {
        throw place.error("makes more than \(ImportLimits.elements) elements")
      }
      if kind == "tendon" || kind == "actuator" {
        for name in touched.compactMap({ $0.attributes["name"]?.text }) where !name.isEmpty {
          names[kind, default: []].insert(name)
        }
      }
      var section = MarkupElement(name: kind, line: place.line, source: place.source, attributes: [:])
      for suffix in suffixes { section.children += touched.map { pointed($0, suffix, isOuter: true) } }
      sections.append(section)
    }
  }

  /// The kind of element that an attribute names.
  private func kind(of attribute: String, in element: MarkupElement) -> String? {
    switch attribute {
    case "objname", "refname":
      let kind = element.attributes[attribute == "objname" ? "objtype" : "reftype"]?.text
      return kind == "xbody" ? "body" : kind
    default: return Self.references[attribute]
    }
  }

  private func refers(_ element: MarkupElement) -> Bool {
    element.attributes.contains { attribute, value in
      kind(of: attribute, in: element).map { names[$0]?.contains(value.text) == true } ?? false
    } || element.children.contains(where: refers)
  }

  private func pointed(_ element: MarkupElement, _ suffix: String, isOuter: Bool) -> MarkupElement {
    var result = element
    for (attribute, value) in element.attributes {
      guard let kind = kind(of: attribute, in: element), names[kind]?.contains(value.text) == true else { continue }
      result.attributes[attribute]?.text = value.text + suffix
    }
    if isOuter, let name = element.attributes["name"]?.text, !name.isEmpty {
      result.attributes["name"]?.text = name + suffix
    }
    result.children = element.children.map { pointed($0, suffix, isOuter: false) }
    return result
  }
}
