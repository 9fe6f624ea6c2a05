import Foundation

/// Builds a `Model` from a tree of MJCF elements. Sections are read in the order in which they depend on each other.
struct MJCFReader {
  /// `compiler` settings, with MuJoCo's defaults.
  struct Compiler {
    enum InertiaFrom { case geometries, inertial, automatic }
    var degrees = true
    var automaticLimits = true
    var inertiaFrom = InertiaFrom.automatic
    var inertiaGroups = -Double.infinity...Double.infinity
    var leastMass = 0.0
    var leastInertia = 0.0
    var balancesInertia = false
    var totalMass: Double?
    var eulerSequence = "xyz"
    var discardsVisual = false
    var assetFolder = ""
    var meshFolder: String?
    var stripsPath = false
    var meshInertia = Model.Mesh.InertiaSource.legacy
  }

  /// Parts of the dynamics that `option/flag` can switch off.
  struct Switches {
    var contact = true
    var limit = true
    var equality = true
    var friction = true
    var spring = true
    var damper = true
  }

  let source: String
  /// Where the file stands; nil for a text, which can name no other file.
  let folder: URL?
  var model: Model
  var compiler = Compiler()
  var switches = Switches()
  /// Attributes by class, then by element; each class holds what it inherits.
  var defaults: [String: [String: [String: MarkupElement.Value]]] = ["main": [:]]
  var log = WarningLog()
  /// Names taken, by kind of element.
  var names: [String: Set<String>] = [:]
  /// Meshes the file declares, and those that were needed and read.
  var meshElements: [String: MarkupElement] = [:]
  var meshes: [MeshKey: Model.Mesh] = [:]
  var vertexCount = 0
  var heightFields: [String: MarkupElement] = [:]
  /// Models to attach, files by name.
  var modelFiles: [String: String] = [:]
  var colours: [String: SIMD4<Float>] = [:]
  var tendons: [String: [Model.Coupling]?] = [:]
  /// Joints whose springs follow from a time constant and damping ratio.
  var springDampers: [(joint: Int, time: Double, ratio: Double)] = []
  /// Bounds of all that motors do to a joint, before the gear is known.
  var jointForceRanges: [Int: ClosedRange<Double>] = [:]
  /// M⁻¹ at the reference configuration, once a damping ratio needed it.
  var inverseInertia: [Double]?
  /// Geoms that pairs of contact and sensors name, which are more than something to look at.
  var namedGeometries: Set<String> = []
  /// Attached files this one is in, outermost first.
  var outerFiles: [String] = []

  /// Poses of the bodies in the frames they stand in, by name.
  var ownPoses: [String: Pose] = [:]

  /// Reads a tree whose root is `mujoco`.
  static func read(_ root: MarkupElement, source: String, folder: URL?) throws(ModelError) -> Model {
    try reader(root, source: source, folder: folder, outerFiles: []).model
  }

  /// A reader that has read a tree.
  static func reader(
    _ root: MarkupElement, source: String, folder: URL?, outerFiles: [String]
  ) throws(ModelError) -> MJCFReader {
    var reader = MJCFReader(source: source, folder: folder, model: Model(name: source))
    reader.outerFiles = outerFiles
    try reader.read(reader.including(root))
    return reader
  }

  private mutating func read(_ whole: MarkupElement) throws(ModelError) {
    var root = whole
    guard root.name == "mujoco" else {
      throw ModelError(
        source: source, line: root.line,
        message: "the root element is '\(root.name.prefix(60))', not 'mujoco'"
          + (root.name == "mujocoinclude" ? "; it is a part that other files include" : ""))
    }
    warnOfText(root)
    if let name = try attributes(of: root).string("model") { model.name = name }
    for element in root.children {
      switch element.name {
      case "compiler": try readCompiler(element)
      case "option": try readOption(element)
      case "default": try readDefault(element, parent: nil)
      default: break
      }
    }
    root = try replicating(root)
    for element in root.children where element.name == "asset" { try readAssets(element) }
    gatherNamedGeometries(root)
    for element in root.children where element.name == "worldbody" { try readWorld(element) }
    try scaleMass(line: root.line)
    for element in root.children {
      switch element.name {
      case "compiler", "option", "default", "asset", "worldbody", "actuator", "equality", "sensor", "keyframe": break
      case "contact": try readContacts(element)
      case "tendon": try readTendons(element)
      default: try skip(element, in: "mujoco")
      }
    }
    for element in root.children {
      switch element.name {
      case "equality": try readEqualities(element)
      case "actuator": try readActuators(element)
      default: break
      }
    }
    for element in root.children {
      switch element.name {
      case "sensor": try readSensors(element)
      case "keyframe": try readKeyframes(element)
      default: break
      }
    }
    try finish()
  }

  private mutating func warnOfText(_ element: MarkupElement) {
    if !element.text.isEmpty { warn("\(element.name): text between elements has no meaning in MJCF", element) }
    for child in element.children { warnOfText(child) }
  }

  private mutating func gatherNamedGeometries(_ root: MarkupElement) {
    for section in root.children where ["contact", "sensor"].contains(section.name) {
      for child in section.children {
        for attribute in ["geom1", "geom2", "objname", "refname"] {
          if let name = child.attributes[attribute]?.text { namedGeometries.insert(name) }
        }
      }
    }
  }

  private mutating func finish() throws(ModelError) {
    applySwitches()
    model.warnings = log.lines
    if let problem = model.firstProblem { throw ModelError(source: source, message: problem) }
    guard !springDampers.isEmpty else { return }
    let weights = model.inverseWeights().velocities
    for (joint, time, ratio) in springDampers {
      let inertia = 1 / max(weights[model.velocityIndex(ofJoint: joint)], 1e-15)
      model.joints[joint].stiffness = inertia / max(time * time * ratio * ratio, 1e-15)
      model.joints[joint].damping = 2 * inertia / max(time, 1e-15)
    }
    if let problem = model.firstProblem { throw ModelError(source: source, message: problem) }
  }

  private mutating func readDefault(_ element: MarkupElement, parent: String?) throws(ModelError) {
    let values = try attributes(of: element)
    let given = try values.string("class")
    let name: String
    if let parent {
      guard let given else { throw element.error("needs a class") }
      guard defaults[given] == nil else { throw values.error("class", "'\(given.prefix(60))' is already taken") }
      name = given
      defaults[name] = defaults[parent]
    } else {
      guard given == nil || given == "main" else {
        throw values.error("class", "is '\(given?.prefix(60) ?? "")'; the outermost class is 'main'")
      }
      name = "main"
    }
    for child in element.children where child.name != "default" {
      if MJCFSchema.silentElements.contains(child.name) { continue }
      let isActuator = MJCFSchema.actuators.contains(child.name)
      guard isActuator || MJCFSchema.defaultElements.contains(child.name) else {
        throw unsupported(child, in: "default")
      }
      if let class_ = child.attributes["class"] ?? child.attributes["name"] {
        throw ModelError(
          source: class_.source, line: class_.line, message: "\(child.name): a default takes neither a name nor a class"
        )
      }
      if !isActuator || MJCFSchema.readActuators.contains(child.name) {
        _ = try attributes(of: child, as: MJCFSchema.defaultEntries[child.name])
      }
      // MuJoCo keeps one set of defaults for every kind of actuator.
      let key = isActuator ? "general" : child.name
      defaults[name, default: [:]][key, default: [:]].merge(child.attributes) {
        MarkupElement.Value.override($0, by: $1)
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

/// Warnings in the order of their first place, and how many places each has.
struct WarningLog {
  private var entries: [(text: String, place: String, count: Int)] = []
  private var index: [String: Int] = [:]

  mutating func add(_ text: String, source: String, line: Int) {
    if let known = index[text] {
      entries[known].count += 1
    } else {
      index[text] = entries.count
      entries.append((text, "\(source):\(line)", 1))
    }
  }

  /// One line each.
  var lines: [String] {
    entries.map { entry in
      ModelError.singleLine("\(entry.place): \(entry.text)" + (entry.count > 1 ? " (\(entry.count) times)" : ""))
    }
  }
}
