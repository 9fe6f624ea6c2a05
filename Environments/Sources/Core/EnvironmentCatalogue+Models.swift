import Foundation
import SinewPhysics
import Yams

extension EnvironmentCatalogue {
  /// Whether a name is that of a model file, MJCF or URDF, rather than of a task.
  public static func isModelFile(_ nameOrPath: String) -> Bool {
    [".xml", ".urdf", ".mjcf"].contains { nameOrPath.lowercased().hasSuffix($0) }
  }

  /// A model file as a robot to look at, without anything to learn: a URDF floats and falls onto level ground, an MJCF
  /// file is as it is. Motors without bounds get ±1.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - fixedBase: whether the root of a URDF is fixed to the world instead, without ground.
  /// - Throws: the model's error.
  public static func bareModel(_ path: String, fixedBase: Bool = false) throws -> TaskDefinition {
    let url = URL(fileURLWithPath: path)
    var model = try Model(contentsOf: url, freeBase: !fixedBase)
    let isURDF = try !fixedBase && Model(contentsOf: url).joints.count < model.joints.count
    if isURDF {
      if model.geometry(named: "ground") == nil { model.addGround() }
      model.raiseFloatingRoots(to: nil)
      // A little above it, so that it is seen to fall.
      for root in Set(model.joints.filter { $0.kind == .free }.map(\.body)) {
        model.bodies[root].pose.position.z += 0.1
      }
    }
    model.boundMotors(by: 1)
    let period = max(1, (0.02 / model.timestep).rounded()) * model.timestep
    let observed = model.joints.isEmpty ? "{point: {body: world}}" : "positions"
    let text =
      "{control_period: \(period), time_limit: 150, observation: [\(observed)], reward: [{alive: {weight: 1}}]}"
    guard let node = try Yams.compose(yaml: text) else { throw EnvironmentError("\(path): cannot be shown") }
    let name = url.deletingPathExtension().lastPathComponent
    return try TaskDefinition(TaskSettings(node, file: path, path: ""), name: name) { _ in model }
  }
}
