import Foundation
import SinewPhysics
import Testing

@testable import SinewRendering

/// Cameras that a model brings along.
struct CameraTests {
  /// A cart on a rail with a turning arm, each with cameras; a ball that hangs still.
  private static let text = """
    <mujoco><compiler angle="radian"/><worldbody>
      <camera name="front" pos="0 -5 1" xyaxes="1 0 0 0 0 1" fovy="40"/>
      <body name="ball" pos="0 0 4"><geom type="sphere" size="0.2" mass="1"/></body>
      <body name="cart" pos="0 0 1">
        <joint name="slide" type="slide" axis="1 0 0"/><geom type="box" size="0.2 0.2 0.2" mass="1"/>
        <camera name="along" mode="track" pos="0 -3 0" xyaxes="1 0 0 0 0 1"/>
        <camera name="mass" mode="trackcom" pos="0 -3 0" xyaxes="1 0 0 0 0 1"/>
        <camera name="watcher" mode="targetbody" target="ball" pos="0 0 1"/>
        <body name="arm"><joint name="turn" type="hinge" axis="0 1 0"/>
          <geom type="capsule" fromto="0 0 0 1 0 0" size="0.05" mass="1"/>
          <camera name="tip" pos="1 0 0"/>
        </body>
      </body>
    </worldbody></mujoco>
    """

  private static func scene(slide: Double, turn: Double) throws -> (simulation: Simulation, renderer: Renderer) {
    let model = try Model(mjcf: text, name: "cameras")
    let simulation = try Simulation(model: model)
    try simulation.setState(positions: [slide, turn], velocities: [0, 0])
    return (simulation, try Renderer(model: model, configuration: .init(width: 40, height: 30)))
  }

  private func expectNear(_ a: SIMD3<Double>, _ b: SIMD3<Double>, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(length(a - b) < 1e-9, "\(a), \(b)", sourceLocation: sourceLocation)
  }

  private func view(_ name: String, slide: Double = 0, turn: Double = 0) throws -> View {
    let (simulation, renderer) = try Self.scene(slide: slide, turn: turn)
    return try #require(try renderer.view(Camera(name: name), of: simulation))
  }

  @Test func aFixedCameraLooksFromItsPlace() throws {
    let view = try view("front", slide: 3)
    expectNear(view.pose.position, SIMD3(0, -5, 1))
    expectNear(view.back, SIMD3(0, -1, 0))
    #expect(abs(view.verticalAngle - 40 * .pi / 180) < 1e-12)
  }

  @Test func aCameraOnABodyGoesAndTurnsWithIt() throws {
    let view = try view("tip", slide: 2, turn: .pi / 2)
    // The arm points down then, and the camera's z axis along x.
    expectNear(view.pose.position, SIMD3(2, 0, 0))
    expectNear(view.back, SIMD3(1, 0, 0))
  }

  @Test func aTrackingCameraKeepsItsDistanceAndDirection() throws {
    let view = try view("along", slide: 2, turn: 1)
    expectNear(view.pose.position, SIMD3(2, -3, 1))
    expectNear(view.back, SIMD3(0, -1, 0))
    // The middle of mass of cart and arm moves back by a quarter of a metre when the arm turns half about.
    let centred = try self.view("mass", slide: 0, turn: .pi)
    expectNear(centred.pose.position, SIMD3(-0.5, -3, 1))
  }

  @Test func aCameraLooksAtItsTarget() throws {
    let view = try view("watcher", slide: 3)
    expectNear(view.pose.position, SIMD3(3, 0, 2))
    expectNear(-view.back, unit(SIMD3(-3, 0, 2)))
  }

  @Test func whatACameraSeesIsDrawn() throws {
    let (simulation, renderer) = try Self.scene(slide: 0, turn: 0)
    let depth = try renderer.depth(of: simulation, camera: .named("front"))
    #expect(abs(depth[15, 20] - 4.8) < 1e-4)
    #expect(try renderer.image(of: simulation, camera: .named("front")) != renderer.image(of: simulation))
  }

  @Test func anUnknownCameraIsAnErrorThatNamesThem() throws {
    let (simulation, renderer) = try Self.scene(slide: 0, turn: 0)
    let error = #expect(throws: RenderingError.self) { try renderer.image(of: simulation, camera: .named("left")) }
    #expect(
      error?.description
        == "the model cameras has no camera 'left'; it has: tracking, front, along, mass, watcher, tip")
    #expect(Camera(name: "tracking") == .tracking)
  }

  @Test func camerasComeWithTheirDefaultsAndFrames() throws {
    let model = try Model(
      mjcf: """
        <mujoco><default><camera fovy="90"/></default><worldbody>
          <frame pos="0 0 2"><camera name="a" pos="1 0 0"/></frame><camera fovy="30" euler="90 0 0"/>
        </worldbody></mujoco>
        """, name: "defaults")
    #expect(model.cameras.map(\.name) == ["a", ""])
    #expect(abs(model.cameras[0].verticalAngle - .pi / 2) < 1e-12)
    expectNear(model.cameras[0].pose.position, SIMD3(1, 0, 2))
    expectNear(model.cameras[1].pose.rotation.rotate(SIMD3(0, 0, 1)), SIMD3(0, -1, 0))
    #expect(model.warnings.isEmpty)
  }

  @Test(arguments: [
    (#"<camera fovy="180"/>"#, "is 180.0; it takes degrees in 0…180"),
    (#"<camera mode="tracks"/>"#, "tracks"),
    (#"<camera name="a"/><camera name="a"/>"#, "is already taken by another camera"),
    (#"<camera fov="3"/>"#, "attribute 'fov' is not one of MJCF's"),
  ])
  func whatIsWrongIsNamed(text: String, message: String) {
    let error = #expect(throws: ModelError.self) {
      try Model(mjcf: "<mujoco><worldbody>\(text)</worldbody></mujoco>", name: "wrong")
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
