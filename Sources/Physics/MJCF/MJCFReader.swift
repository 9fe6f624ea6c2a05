/// Builds a `Model` from a tree of MJCF elements. Sections are read in the order in which they depend on each other.
struct MJCFReader {
  /// `compiler` settings, with MuJoCo's defaults.
  struct Compiler {
    enum InertiaSource { case geometries, inertial, automatic }
    var degrees = true
    var automaticLimits = true
    var inertiaSource = InertiaSource.automatic
    var totalMass: Double?
    var eulerSequence = "xyz"
  }

  let source: String
  var model: Model
  var compiler = Compiler()
  /// Attributes by class, then by element; each class holds what it inherits.
  var defaults: [String: [String: [String: MJCFElement.Value]]] = ["main": [:]]
  /// Warnings in the order of their first place, and how many places each has.
  var warnings: [(text: String, line: Int, count: Int)] = []
  var warningIndex: [String: Int] = [:]
  /// Names taken, by kind of element.
  var names: [String: Set<String>] = [:]

  static func read(_ text: String, source: String) throws(ModelError) -> Model {
    let root = try MJCFParser.parse(text, source: source)
    var reader = MJCFReader(source: source, model: Model(name: source))
    try reader.read(root)
    return reader.model
  }

  private mutating func read(_ root: MJCFElement) throws(ModelError) {
    if let name = try attributes(of: root).string("model") { model.name = name }
    for element in root.children {
      switch element.name {
      case "compiler": try readCompiler(element)
      case "option": try readOption(element)
      case "default": try readDefault(element, parent: nil)
      default: break
      }
    }
    for element in root.children {
      switch element.name {
      case "compiler", "option", "default", "actuator", "contact": break
      case "worldbody": try readWorld(element)
      default: try skip(element, in: "mujoco")
      }
    }
    for element in root.children {
      switch element.name {
      case "actuator": try readActuators(element)
      case "contact": try readContacts(element)
      default: break
      }
    }
    try scaleMass(line: root.line)
    model.warnings = warnings.map { warning in
      "\(source):\(warning.line): \(warning.text)" + (warning.count > 1 ? " (\(warning.count) times)" : "")
    }
    if let problem = model.firstProblem { throw ModelError(source: source, message: problem) }
  }

  private mutating func readCompiler(_ element: MJCFElement) throws(ModelError) {
    let values = try attributes(of: element)
    if let angle = try values.keyword("angle", ["degree", "radian"]) { compiler.degrees = angle == "degree" }
    if try values.keyword("coordinate", ["local", "global"]) == "global" {
      throw values.error("coordinate", "is 'global', which MuJoCo itself dropped; give local coordinates")
    }
    if let limits = try values.flag("autolimits") { compiler.automaticLimits = limits }
    switch try values.keyword("inertiafromgeom", ["true", "false", "auto"]) {
    case "true": compiler.inertiaSource = .geometries
    case "false": compiler.inertiaSource = .inertial
    case "auto": compiler.inertiaSource = .automatic
    default: break
    }
    if let total = try values.number("settotalmass") { compiler.totalMass = total > 0 ? total : nil }
    if let sequence = try values.string("eulerseq") {
      guard sequence.count == 3, sequence.allSatisfy({ "xyzXYZ".contains($0) }) else {
        throw values.error("eulerseq", "is '\(sequence)'; it takes three letters out of xyzXYZ")
      }
      compiler.eulerSequence = sequence
    }
    try refuseChildren(of: element)
  }

  private mutating func readOption(_ element: MJCFElement) throws(ModelError) {
    let values = try attributes(of: element)
    if let timestep = try values.number("timestep") {
      guard timestep >= 1e-6, timestep <= 1 else {
        throw values.error("timestep", "is \(timestep); it takes seconds in 1e-6…1")
      }
      model.timestep = timestep
    }
    if let gravity = try values.vector("gravity") { model.gravity = gravity }
    for child in element.children {
      guard child.name == "flag" else { throw unsupported(child, in: "option") }
      for (name, value) in child.attributes.sorted(by: { $0.key < $1.key }) {
        guard MJCFSchema.harmlessFlags.contains(name) else {
          throw ModelError(
            source: source, line: child.line, message: "flag: '\(name)=\"\(value.text)\"' is not supported; remove it")
        }
        warn("flag: attribute '\(name)' is skipped", line: child.line)
      }
    }
  }

  private mutating func readDefault(_ element: MJCFElement, parent: String?) throws(ModelError) {
    let values = try attributes(of: element)
    let given = try values.string("class")
    let name: String
    if let parent {
      guard let given else { throw ModelError(source: source, line: element.line, message: "default: needs a class") }
      guard defaults[given] == nil else { throw values.error("class", "'\(given)' is already taken") }
      name = given
      defaults[name] = defaults[parent]
    } else {
      guard given == nil || given == "main" else {
        throw values.error("class", "is '\(given ?? "")'; the outermost class is 'main'")
      }
      name = "main"
    }
    for child in element.children where child.name != "default" {
      if MJCFSchema.defaultElements.contains(child.name) { continue }
      guard ["geom", "joint", "motor", "position", "velocity"].contains(child.name) else {
        throw unsupported(child, in: "default")
      }
      if let class_ = child.attributes["class"] ?? child.attributes["name"] {
        throw ModelError(
          source: source, line: class_.line, message: "\(child.name): a default takes neither a name nor a class")
      }
      _ = try attributes(of: child)
      try refuseChildren(of: child)
      defaults[name, default: [:]][child.name, default: [:]].merge(child.attributes) {
        MJCFElement.Value.override($0, by: $1)
      }
    }
    for child in element.children where child.name == "default" { try readDefault(child, parent: name) }
  }

  private mutating func scaleMass(line: Int) throws(ModelError) {
    guard let total = compiler.totalMass else { return }
    let present = model.bodies.dropFirst().reduce(0) { $0 + $1.mass }
    guard present > 0 else {
      throw ModelError(source: source, line: line, message: "compiler: settotalmass without mass")
    }
    for index in model.bodies.indices.dropFirst() {
      model.bodies[index].massProperties.mass *= total / present
      model.bodies[index].massProperties.inertia = total / present * model.bodies[index].massProperties.inertia
    }
  }
}
