import SinewPhysics

/// Which way of looking at a model.
public enum Camera: Sendable, Equatable {
  /// Goes with the robot, see ``Scene``.
  case tracking
  /// One that stays.
  case fixed(View)
}

extension Renderer {
  /// What a simulation looks like now.
  ///
  /// - Throws: ``RenderingError`` if nothing can be drawn.
  public func image(of simulation: Simulation, camera: Camera = .tracking) throws(RenderingError) -> Image {
    try followGround(of: simulation)
    return try image(poses: Scene.poses(of: simulation), view: view(camera, of: simulation))
  }

  /// How far away everything is now.
  ///
  /// - Throws: ``RenderingError`` if nothing can be drawn.
  public func depth(of simulation: Simulation, camera: Camera = .tracking) throws(RenderingError) -> DepthImage {
    try followGround(of: simulation)
    return try depth(poses: Scene.poses(of: simulation), view: view(camera, of: simulation))
  }

  /// Where a camera is now; nil for the one that goes with the robot.
  func view(_ camera: Camera, of simulation: Simulation) throws(RenderingError) -> View? {
    switch camera {
    case .tracking: nil
    case .fixed(let view): view
    }
  }
}
