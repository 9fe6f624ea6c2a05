extension MJCFReader {
  mutating func readCompiler(_ element: MarkupElement) throws(ModelError) {
    let values = try attributes(of: element)
    if let angle = try values.keyword("angle", ["degree", "radian"]) { compiler.degrees = angle == "degree" }
    if try values.keyword("coordinate", ["local", "global"]) == "global" {
      throw values.error("coordinate", "is 'global', which MuJoCo itself dropped; give local coordinates")
    }
    if let limits = try values.flag("autolimits") { compiler.automaticLimits = limits }
    switch try values.keyword("inertiafromgeom", ["true", "false", "auto"]) {
    case "true": compiler.inertiaFrom = .geometries
    case "false": compiler.inertiaFrom = .inertial
    case "auto": compiler.inertiaFrom = .automatic
    default: break
    }
    if let groups = try values.numbers("inertiagrouprange", count: 2...2) {
      guard groups[0] <= groups[1] else { throw values.error("inertiagrouprange", "has no groups in it") }
      compiler.inertiaGroups = groups[0]...groups[1]
    }
    if let least = try values.nonNegative("boundmass") { compiler.leastMass = least }
    if let least = try values.nonNegative("boundinertia") { compiler.leastInertia = least }
    if let flag = try values.flag("balanceinertia") { compiler.balancesInertia = flag }
    if let flag = try values.flag("discardvisual") { compiler.discardsVisual = flag }
    if let flag = try values.flag("strippath") { compiler.stripsPath = flag }
    if try values.flag("exactmeshinertia") == true { compiler.meshInertia = .exact }
    if let path = try values.string("assetdir") { compiler.assetFolder = path }
    if let path = try values.string("meshdir") { compiler.meshFolder = path }
    if let total = try values.number("settotalmass") { compiler.totalMass = total > 0 ? total : nil }
    if let sequence = try values.string("eulerseq") {
      guard sequence.count == 3, sequence.allSatisfy({ "xyzXYZ".contains($0) }) else {
        throw values.error("eulerseq", "is '\(sequence.prefix(60))'; it takes three letters out of xyzXYZ")
      }
      compiler.eulerSequence = sequence
    }
    try refuseChildren(of: element)
  }

  mutating func readOption(_ element: MarkupElement) throws(ModelError) {
    let values = try attributes(of: element)
    if let timestep = try values.number("timestep") {
      guard timestep >= 1e-6, timestep <= 1 else {
        throw values.error("timestep", "is \(timestep); it takes seconds in 1e-6…1")
      }
      model.timestep = timestep
    }
    if let gravity = try values.vector("gravity") { model.gravity = gravity }
    if try values.keyword("cone", ["pyramidal", "elliptic"]) == "elliptic" {
      model.frictionCone = .box
      warn("option: cone 'elliptic' is read as a box: friction is stiff, and bounded along each of two axes", element)
    }
    if let ratio = try values.number("impratio") {
      guard ratio > 0 else { throw values.error("impratio", "is \(ratio); it must be positive") }
      model.frictionImpedanceRatio = ratio
    }
    if ["implicit", "implicitfast"].contains(element.attributes["integrator"]?.text) { model.servosAreImplicit = true }
    let fluid = Model.Fluid(
      density: try values.nonNegative("density") ?? 0, viscosity: try values.nonNegative("viscosity") ?? 0,
      wind: try values.vector("wind") ?? .zero)
    if fluid.density > 0 || fluid.viscosity > 0 { model.fluid = fluid }
    for child in element.children {
      guard child.name == "flag" else { throw unsupported(child, in: "option") }
      try readFlags(child)
    }
  }

  private mutating func readFlags(_ element: MarkupElement) throws(ModelError) {
    for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) {
      guard ["enable", "disable"].contains(value.text) else {
        throw element.error("'\(name.prefix(60))' is '\(value.text.prefix(60))'; it takes enable, disable")
      }
      if MJCFSchema.harmlessFlags.contains(name) { continue }
      let isOn = value.text == "enable"
      switch name {
      case "gravity": if !isOn { model.gravity = .zero }
      case "contact": switches.contact = isOn
      case "limit": switches.limit = isOn
      case "equality": switches.equality = isOn
      case "frictionloss": switches.friction = isOn
      case "constraint":
        if !isOn {
          (switches.contact, switches.limit) = (false, false)
          (switches.equality, switches.friction) = (false, false)
        }
      case "spring": switches.spring = isOn
      case "damper": switches.damper = isOn
      case "passive": if !isOn { (switches.spring, switches.damper) = (false, false) }
      case "actuation", "filterparent":
        if !isOn { warn("flag: \(name)=\"disable\" is skipped: it stays enabled", element) }
      case "override":
        if isOn { warn("flag: override=\"enable\" is skipped: contacts keep their own parameters", element) }
      default: throw element.error("there is no flag '\(name.prefix(60))'")
      }
    }
    try refuseChildren(of: element)
  }

  /// Takes out of the model what a flag switched off.
  mutating func applySwitches() {
    if !switches.contact {
      for index in model.geometries.indices {
        (model.geometries[index].contactType, model.geometries[index].contactAffinity) = (0, 0)
      }
      model.contactPairs = []
    }
    if !switches.equality { (model.equalities, model.jointCouplings) = ([], []) }
    for index in model.joints.indices {
      if !switches.limit { model.joints[index].range = nil }
      if !switches.friction { model.joints[index].frictionLoss = 0 }
      if !switches.spring { model.joints[index].stiffness = 0 }
      if !switches.damper { model.joints[index].damping = 0 }
    }
  }
}
