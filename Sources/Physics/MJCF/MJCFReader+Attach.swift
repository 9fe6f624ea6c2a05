import Foundation

extension MJCFReader {
  /// Puts a model of another file, or one of its bodies with all that hangs on it, onto a body.
  mutating func attach(_ element: MarkupElement, parent: Int, frame: Pose) throws(ModelError) {
    for name in element.attributes.keys.sorted() where !["model", "body", "prefix", "frame"].contains(name) {
      throw element.error("attribute '\(name.prefix(60))' is not one of MJCF's; there are model, body, prefix")
    }
    guard let name = element.attributes["model"]?.text else { throw element.error("needs the attribute 'model'") }
    guard let file = modelFiles[name] else {
      throw element.error("names the model '\(name.prefix(60))', and there is no such model in 'asset'")
    }
    guard element.attributes["frame"] == nil else {
      throw element.error("attaching a frame is not supported; name a body")
    }
    let (url, folder) = try place(ofModel: file, element)
    let here = folder.appendingPathComponent(source).resolvingSymlinksInPath().standardizedFileURL.path
    let path = url.resolvingSymlinksInPath().standardizedFileURL.path
    guard !(outerFiles + [here]).contains(path) else { throw element.error("the model attaches itself") }
    guard outerFiles.count < 8 else { throw element.error("models are attached more than 8 deep") }
    let whole = try ModelReader.readPart(url, outerFiles: outerFiles + [here])
    var part = whole.model
    if let body = element.attributes["body"]?.text, !body.isEmpty {
      guard let root = part.body(named: body) else {
        throw element.error("there is no body '\(body.prefix(60))' in '\(file.prefix(200))'")
      }
      part = part.subtree(of: root, at: whole.ownPoses[body] ?? part.bodies[root].pose)
    }
    let prefix = element.attributes["prefix"]?.text ?? ""
    guard model.bodies.count + part.bodies.count <= ImportLimits.bodies,
      model.joints.count + part.joints.count <= ImportLimits.joints,
      model.geometries.count + part.geometries.count <= ImportLimits.geometries
    else {
      throw element.error("is too large: more than \(ImportLimits.bodies) bodies or \(ImportLimits.joints) joints")
    }
    for warning in part.warnings { log.add(warning, source: element.source, line: element.line) }
    model.append(part, to: parent, at: frame, prefix: prefix, suffix: element.suffix)
    for (kind, list) in [
      ("body", model.bodies.map(\.name)), ("joint", model.joints.map(\.name)),
      ("geom", model.geometries.map(\.name)), ("site", model.sites.map(\.name)), ("camera", model.cameras.map(\.name)),
      ("sensor", model.sensors.map(\.name)),
    ] {
      let taken = list.filter { !$0.isEmpty }
      let unique = Set(taken)
      guard unique.count == taken.count else {
        throw element.error("brings a \(kind) whose name is already taken; give a prefix")
      }
      names[kind] = unique
    }
  }
}

extension MJCFReader {
  /// Where the file of a model to attach is, and the folder of this one.
  private func place(ofModel file: String, _ element: MarkupElement) throws(ModelError) -> (file: URL, folder: URL) {
    guard let folder else { throw element.error("the model is a text without a place, and can name no other file") }
    let place =
      compiler.assetFolder.isEmpty
      ? folder : URL(fileURLWithPath: compiler.assetFolder, isDirectory: true, relativeTo: folder)
    let url = URL(fileURLWithPath: file, relativeTo: place.absoluteURL).absoluteURL
    guard ModelFile.exists(url) else { throw element.error("there is no file '\(url.path)'") }
    return (url, folder)
  }

  /// What a model to attach calls itself; its file's name if it does not.
  func ownName(ofModel file: String, _ element: MarkupElement) throws(ModelError) -> String {
    let url = try place(ofModel: file, element).file
    let root = try MarkupParser.parse(try ModelFile.text(of: url), source: url.lastPathComponent)
    return root.attributes[root.name == "robot" ? "name" : "model"]?.text
      ?? url.deletingPathExtension().lastPathComponent
  }
}

extension Model {
  /// A model of one body and what hangs on it; the body hangs on the world.
  func subtree(of root: Int, at pose: Pose) -> Model {
    var result = Model(name: name)
    var index: [Int: Int] = [0: 0]
    for (old, body) in bodies.enumerated()
    where old == root || (old > root && body.parent >= root && index[body.parent] != nil) {
      index[old] = result.bodies.count
      var copy = body
      copy.parent = old == root ? 0 : index[body.parent] ?? 0
      if old == root { copy.pose = pose }
      result.bodies.append(copy)
    }
    index[0] = nil
    var jointIndex: [Int: Int] = [:]
    for (old, joint) in joints.enumerated() {
      guard let body = index[joint.body] else { continue }
      jointIndex[old] = result.joints.count
      result.joints.append(joint)
      result.joints[result.joints.count - 1].body = body
    }
    var geometryIndex: [Int: Int] = [:]
    for (old, geometry) in geometries.enumerated() {
      guard let body = index[geometry.body] else { continue }
      geometryIndex[old] = result.geometries.count
      result.geometries.append(geometry)
      result.geometries[result.geometries.count - 1].body = body
    }
    var siteIndex: [Int: Int] = [:]
    for (old, site) in sites.enumerated() {
      guard let body = index[site.body] else { continue }
      siteIndex[old] = result.sites.count
      result.sites.append(Site(name: site.name, body: body, pose: site.pose, shape: site.shape))
    }
    result.cameras = cameras.compactMap { camera in
      var copy = camera
      guard let body = index[camera.body] else { return nil }
      copy.body = body
      return copy
    }
    var actuatorIndex: [Int: Int] = [:]
    for (old, actuator) in actuators.enumerated() {
      var copy = actuator
      guard let joint = jointIndex[actuator.joint] else { continue }
      copy.joint = joint
      copy.couplings = actuator.couplings.compactMap { coupling in
        jointIndex[coupling.joint].map { Coupling(joint: $0, coefficient: coupling.coefficient) }
      }
      guard copy.couplings.count == actuator.couplings.count else { continue }
      actuatorIndex[old] = result.actuators.count
      result.actuators.append(copy)
    }
    result.sensors = sensors.compactMap { sensor in
      let target: Sensor.Target? =
        switch sensor.target {
        case .body(let old): index[old].map { .body($0) }
        case .joint(let old): jointIndex[old].map { .joint($0) }
        case .geometry(let old): geometryIndex[old].map { .geometry($0) }
        case .site(let old): siteIndex[old].map { .site($0) }
        case .actuator(let old): actuatorIndex[old].map { .actuator($0) }
        }
      return target.map { Sensor(name: sensor.name, kind: sensor.kind, target: $0) }
    }
    result.excludedPairs = excludedPairs.compactMap { pair in
      guard let first = index[pair.first], let second = index[pair.second] else { return nil }
      return BodyPair(first, second)
    }
    result.contactPairs = contactPairs.compactMap { pair in
      guard let first = geometryIndex[pair.first], let second = geometryIndex[pair.second] else { return nil }
      var copy = pair
      (copy.first, copy.second) = (first, second)
      return copy
    }
    result.equalities = equalities.compactMap { equality in
      guard let first = index[equality.first], let second = index[equality.second] else { return nil }
      return Equality(name: equality.name, first: first, second: second, kind: equality.kind)
    }
    result.jointCouplings = jointCouplings.compactMap { coupling in
      guard let follower = jointIndex[coupling.follower] else { return nil }
      var copy = coupling
      copy.follower = follower
      if let leader = coupling.leader {
        guard let index = jointIndex[leader] else { return nil }
        copy.leader = index
      }
      return copy
    }
    result.warnings = warnings
    return result
  }

  /// Adds everything of another model to a body of this one; what hung on the other's world hangs there, at `frame`.
  mutating func append(_ other: Model, to parent: Int, at frame: Pose, prefix: String, suffix: String) {
    let (firstBody, firstJoint) = (bodies.count - 1, joints.count)
    let (firstGeometry, firstSite, firstActuator) = (geometries.count, sites.count, actuators.count)
    func body(_ index: Int) -> Int { index == 0 ? parent : index + firstBody }
    func named(_ name: String) -> String { name.isEmpty ? "" : prefix + name + suffix }
    for old in other.bodies.dropFirst() {
      var copy = old
      copy.name = named(old.name)
      if old.parent == 0 { copy.pose = frame * old.pose }
      copy.parent = body(old.parent)
      bodies.append(copy)
    }
    for old in other.joints {
      var copy = old
      (copy.name, copy.body) = (named(old.name), body(old.body))
      joints.append(copy)
    }
    for old in other.geometries {
      var copy = old
      (copy.name, copy.body) = (named(old.name), body(old.body))
      if old.body == 0 { copy.pose = frame * old.pose }
      geometries.append(copy)
    }
    for old in other.sites {
      var copy = old
      (copy.name, copy.body) = (named(old.name), body(old.body))
      if old.body == 0 { copy.pose = frame * old.pose }
      sites.append(copy)
    }
    for old in other.cameras {
      var copy = old
      (copy.name, copy.body, copy.target) = (named(old.name), body(old.body), named(old.target))
      if old.body == 0 { copy.pose = frame * old.pose }
      cameras.append(copy)
    }
    for old in other.actuators {
      var copy = old
      (copy.name, copy.joint) = (named(old.name), old.joint + firstJoint)
      copy.couplings = old.couplings.map { Coupling(joint: $0.joint + firstJoint, coefficient: $0.coefficient) }
      actuators.append(copy)
    }
    for old in other.sensors {
      let target: Sensor.Target =
        switch old.target {
        case .body(let index): .body(body(index))
        case .joint(let index): .joint(index + firstJoint)
        case .geometry(let index): .geometry(index + firstGeometry)
        case .site(let index): .site(index + firstSite)
        case .actuator(let index): .actuator(index + firstActuator)
        }
      sensors.append(Sensor(name: named(old.name), kind: old.kind, target: target))
    }
    excludedPairs += other.excludedPairs.map { BodyPair(body($0.first), body($0.second)) }
    for old in other.contactPairs {
      var copy = old
      (copy.first, copy.second) = (old.first + firstGeometry, old.second + firstGeometry)
      contactPairs.append(copy)
    }
    for old in other.jointCouplings {
      var copy = old
      (copy.name, copy.follower) = (named(old.name), old.follower + firstJoint)
      copy.leader = old.leader.map { $0 + firstJoint }
      jointCouplings.append(copy)
    }
    for old in other.equalities where body(old.first) != body(old.second) {
      equalities.append(
        Equality(name: named(old.name), first: body(old.first), second: body(old.second), kind: old.kind))
    }
  }
}
