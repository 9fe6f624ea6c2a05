import Foundation
import SinewPhysics

@testable import SinewRendering

/// Scenes of which closed forms say what they look like.
enum SceneSupport {
  /// A model of shapes at the origin, on nothing.
  static func model(_ geometries: String, ground: Bool = false) throws -> Model {
    let plane = ground ? #"<geom type="plane" size="5 5 1" rgba="0.8 0.8 0.8 1"/>"# : ""
    return try Model(mjcf: "<mujoco><worldbody>\(plane)\(geometries)</worldbody></mujoco>", name: "scene")
  }

  /// Where the shapes of a model that nothing moves are.
  static func poses(_ model: Model) throws -> [Pose] { Scene.poses(of: try Simulation(model: model)) }

  static func renderer(
    _ model: Model, width: Int = 200, height: Int = 200, samples: Int = 4, shadows: Bool = true
  ) throws -> Renderer {
    try Renderer(model: model, configuration: configuration(width, height, samples, shadows))
  }

  static func configuration(
    _ width: Int, _ height: Int, _ samples: Int = 4, _ shadows: Bool = true
  ) -> Renderer.Configuration {
    var configuration = Renderer.Configuration(width: width, height: height)
    (configuration.samples, configuration.castsShadows) = (samples, shadows)
    return configuration
  }

  /// A view from a place on the x axis.
  static func side(_ distance: Double, degrees: Double = 30) -> View {
    View(eye: SIMD3(distance, 0, 0), target: .zero, verticalAngle: degrees * .pi / 180)
  }

  /// Pixels per unit of slope.
  static func scale(_ view: View, height: Int) -> Double { Double(height) / 2 / tan(view.verticalAngle / 2) }

  /// The pixel at which a point is seen, from the left and from the top.
  static func pixel(_ point: SIMD3<Double>, _ view: View, width: Int, height: Int) -> (column: Double, row: Double) {
    let away = point - view.pose.position
    let scale = scale(view, height: height) / -dot(away, view.back)
    return (Double(width) / 2 + scale * dot(away, view.right), Double(height) / 2 - scale * dot(away, view.above))
  }
}

extension DepthImage {
  /// Pixels that show something.
  var covered: Int { metres.count { $0.isFinite } }
}

extension Image {
  /// The largest difference of any channel of any pixel.
  func difference(from other: Image) -> Int {
    zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }

  /// Sum of the three channels.
  func brightness(_ row: Int, _ column: Int) -> Int {
    let colour = self[row, column]
    return Int(colour.x) + Int(colour.y) + Int(colour.z)
  }
}
