import SinewPhysics

/// Which way of looking at a model.
public enum Camera: Sendable, Equatable {
  /// Goes with the robot, see ``Scene``.
  case tracking
  /// One that the model brings along, by name (MJCF `camera`).
  case named(String)
  /// One that stays.
  case fixed(View)

  /// `tracking`, or the name of a camera of the model.
  public init(name: String) { self = name == "tracking" ? .tracking : .named(name) }
}

extension Renderer {
  /// What a simulation looks like now.
  ///
  /// - Throws: ``RenderingError`` if the model has no such camera, or nothing can be drawn.
  public func image(of simulation: Simulation, camera: Camera = .tracking) throws(RenderingError) -> Image {
    try followGround(of: simulation)
    return try image(poses: Scene.poses(of: simulation), view: view(camera, of: simulation))
  }

  /// How far away everything is now.
  ///
  /// - Throws: ``RenderingError`` if the model has no such camera, or nothing can be drawn.
  public func depth(of simulation: Simulation, camera: Camera = .tracking) throws(RenderingError) -> DepthImage {
    try followGround(of: simulation)
    return try depth(poses: Scene.poses(of: simulation), view: view(camera, of: simulation))
  }

  /// Where a camera is now; nil for the one that goes with the robot.
  ///
  /// - Throws: ``RenderingError`` if the model has no such camera.
  func view(_ camera: Camera, of simulation: Simulation) throws(RenderingError) -> View? {
    switch camera {
    case .tracking: return nil
    case .fixed(let view): return view
    case .named(let name):
      guard let found = simulation.model.cameras.first(where: { $0.name == name }) else {
        let known = ["tracking"] + simulation.model.cameras.map(\.name).filter { !$0.isEmpty }
        throw RenderingError(
          "the model \(simulation.model.name) has no camera '\(name)'; it has: \(known.joined(separator: ", "))")
      }
      return try view(found, of: simulation)
    }
  }

  private func view(_ camera: Model.Camera, of simulation: Simulation) throws(RenderingError) -> View {
    let model = simulation.model
    let fixed = simulation.pose(ofBody: camera.body) * camera.pose
    switch camera.mode {
    case .fixed: return View(pose: fixed, verticalAngle: camera.verticalAngle)
    // A scene of shapes alone knows no bodies.
    case .track where scene.homeBodies.isEmpty, .trackCentreOfMass where scene.homeBodies.isEmpty:
      return View(pose: fixed, verticalAngle: camera.verticalAngle)
    case .track, .trackCentreOfMass:
      let isCentre = camera.mode == .trackCentreOfMass
      let home = scene.homeBodies[camera.body]
      let homePlace = isCentre ? model.centreOfMass(below: camera.body, scene.homeBodies) : home.position
      let place =
        isCentre
        ? model.centreOfMass(below: camera.body, model.bodies.indices.map(simulation.pose(ofBody:)))
        : simulation.pose(ofBody: camera.body).position
      var pose = home * camera.pose
      pose.position += place - homePlace
      return View(pose: pose, verticalAngle: camera.verticalAngle)
    case .targetBody, .targetCentreOfMass:
      guard let target = model.body(named: camera.target) else {
        throw RenderingError(
          "the camera '\(camera.name)' looks at the body '\(camera.target)', which is not in the model")
      }
      let place =
        camera.mode == .targetBody
        ? simulation.pose(ofBody: target).position
        : model.centreOfMass(below: target, model.bodies.indices.map(simulation.pose(ofBody:)))
      return View(eye: fixed.position, target: place, verticalAngle: camera.verticalAngle)
    }
  }
}

extension Model {
  /// Centre of mass of a body and of all that hangs on it, where the bodies are as given; the body's place if these
  /// weigh nothing.
  fileprivate func centreOfMass(below root: Int, _ poses: [Pose]) -> SIMD3<Double> {
    var isBelow = [Bool](repeating: false, count: bodies.count)
    var sum = SIMD3<Double>()
    var mass = 0.0
    for body in bodies.indices {
      isBelow[body] = body == root || (body > 0 && isBelow[bodies[body].parent])
      guard isBelow[body] else { continue }
      sum += bodies[body].mass * poses[body].apply(bodies[body].centreOfMass)
      mass += bodies[body].mass
    }
    return mass > 0 ? sum / mass : poses[root].position
  }
}
