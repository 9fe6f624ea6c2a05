import Foundation
import SinewPhysics

/// The model of a task: a file's name, or for a URDF, which says neither, how its root stands in the world and on what:
/// ```yaml
/// model:
///   file: bot.urdf       # MJCF or URDF, beside the task's file
///   base: free           # of a URDF: its root floats, or is fixed to the world (the default)
///   ground: plane        # adds level ground at height 0, or none (the default)
///   height: 0.4          # m of a floating root's frame (default: its lowest point just touches the ground)
///   effort: 10           # N or N·m, the bound of motors that the file gives none
///   timestep: 0.002      # s of the simulation, instead of the file's or the default's 0.002
/// ```
enum TaskModel {
  /// How the root of a URDF stands in the world.
  enum Base: String, CaseIterable { case fixed, free }
  /// What it stands on.
  enum Ground: String, CaseIterable { case none, plane }

  static func read(_ settings: TaskSettings, beside folder: URL) throws -> Model {
    guard settings.isMapping("model") else {
      let file = try settings.text("model")
      var model = try Model(contentsOf: URL(fileURLWithPath: file, relativeTo: folder))
      if file.lowercased().hasSuffix(".urdf"), !model.joints.contains(where: { $0.kind == .free }) {
        model.warnings.append(
          "model: the root of \(file) is fixed to the world; 'model: {file: \(file), base: free, ground: plane}' lets it stand on the ground"
        )
      }
      return model
    }
    guard let section = try settings.mapping("model") else { throw settings.error("model", "is missing") }
    try section.requireKnown(TaskReference.model.map(\.key))
    let file = URL(fileURLWithPath: try section.text("file"), relativeTo: folder)
    let base: Base = try section.choice("base", default: .fixed)
    let ground: Ground = try section.choice("ground", default: .none)
    let height = try section.optionalNumber("height", in: -1e6...1e6)
    let effort = try section.optionalNumber("effort", in: 1e-9...1e9)
    let timestep = try section.optionalNumber("timestep", in: 1e-6...1)
    try section.finish()

    var model = try Model(contentsOf: file, freeBase: base == .free)
    let floats = model.joints.contains { $0.kind == .free }
    if base == .free, !floats {
      throw section.error("base", "is for URDF; an MJCF file makes a body float by <freejoint/>")
    }
    if ground == .plane {
      guard model.geometry(named: "ground") == nil else {
        throw section.error("ground", "the model has a geometry called 'ground' already; leave this key out")
      }
      model.addGround()
    }
    if height != nil, !floats { throw section.error("height", "is for a root that floats: base: free") }
    if floats, height != nil || ground == .plane { model.raiseFloatingRoots(to: height) }
    if let effort { model.boundMotors(by: effort) }
    if let timestep { model.timestep = timestep }
    return model
  }
}

extension Model {
  /// Bounds the controls and forces of motors that have no bounds.
  mutating func boundMotors(by effort: Double) {
    for index in actuators.indices where actuators[index].controlRange == nil {
      actuators[index].controlRange = -effort...effort
    }
  }
}
