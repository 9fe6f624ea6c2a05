import SinewPhysics

/// The names by which a task file calls generalised positions and velocities.
///
/// A hinge or slide is called by its joint's name. The parts of a free joint are called `joint.x`, `.y`, `.z`, `.qw`,
/// `.qx`, `.qy`, `.qz` as positions and `joint.x`, `.y`, `.z`, `.wx`, `.wy`, `.wz` as velocities; those of a ball joint
/// likewise, without x, y, z.
public struct Coordinates: Sendable {
  /// Names of all positions, in the model's order; empty for an unnamed joint.
  public let positions: [String]
  /// Names of all velocities.
  public let velocities: [String]

  init(_ model: Model) {
    func names(_ part: (Model.Joint.Kind) -> [String]) -> [String] {
      model.joints.flatMap { joint in
        part(joint.kind).map { joint.name.isEmpty ? "" : $0.isEmpty ? joint.name : "\(joint.name).\($0)" }
      }
    }
    let (place, rotation, rate) = (["x", "y", "z"], ["qw", "qx", "qy", "qz"], ["wx", "wy", "wz"])
    positions = names { kind in
      switch kind {
      case .hinge, .slide: [""]
      case .ball: rotation
      case .free: place + rotation
      }
    }
    velocities = names { kind in
      switch kind {
      case .hinge, .slide: [""]
      case .ball: rate
      case .free: place + rate
      }
    }
  }
}

extension TaskSettings {
  /// The index of the one coordinate that `key` names.
  public func coordinate(_ key: String, among names: [String]) throws -> Int {
    try index(of: try text(key), key: key, among: names)
  }

  /// The index of the body that `key` names.
  public func body(_ key: String, in model: Model) throws -> Int {
    let name = try text(key)
    guard let index = model.body(named: name) else {
      throw unknown("body", name, key: key, known: model.bodies.map(\.name).filter { !$0.isEmpty })
    }
    return index
  }

  /// The indices of the coordinates that the list `key` names.
  public func coordinates(_ key: String, among names: [String]) throws -> [Int] {
    guard let list = try texts(key), !list.isEmpty else { throw error(key, "takes a list of coordinates in brackets") }
    return try list.map { try index(of: $0, key: key, among: names) }
  }

  /// Indices of the coordinates that the keys `only` or `except` leave, in the model's order; all without either.
  public func selection(among names: [String]) throws -> [Int] {
    let only = try texts("only")?.map { try index(of: $0, key: "only", among: names) }
    let except = try texts("except")?.map { try index(of: $0, key: "except", among: names) } ?? []
    guard only == nil || except.isEmpty else { throw error("except", "give only or except, not both") }
    let selected = (only ?? Array(names.indices)).filter { !except.contains($0) }
    guard !selected.isEmpty else { throw error(only == nil ? "except" : "only", "no coordinate is left") }
    return selected
  }

  /// The index of the coordinate `name`, which `key` gives. Throws ``UnknownNameError`` with the nearest.
  public func index(of name: String, key: String, among names: [String]) throws -> Int {
    guard let index = names.firstIndex(of: name), !name.isEmpty else {
      throw unknown("coordinate", name, key: key, known: names.filter { !$0.isEmpty })
    }
    return index
  }
}
