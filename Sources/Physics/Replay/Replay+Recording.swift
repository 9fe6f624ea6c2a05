extension Replay {
  /// A replay of a model's geometries, without episodes yet.
  ///
  /// - Parameters:
  ///   - title: headline of the page.
  ///   - subtitle: a line under it; may be empty.
  ///   - model: gives the shapes, in the order of its geometries.
  ///   - frameInterval: seconds between two frames, usually the control period.
  public init(title: String, subtitle: String = "", model: Model, frameInterval: Double) {
    self.init(
      title: title, subtitle: subtitle, shapes: model.geometries.map(Shape.init), frameInterval: frameInterval)
  }

  /// Adds a frame to the current episode (beginning one if there is none): where the simulation is now.
  ///
  /// - Parameters:
  ///   - simulation: of the model that the replay was made for.
  ///   - reward: received on arriving at this frame; 0 for the frame an episode starts from.
  ///   - terms: further values at this frame by name. A name missing from some frames counts as 0 there.
  public mutating func append(
    frameOf simulation: Simulation, reward: Double, terms: [(name: String, value: Double)] = []
  ) {
    var poses: [Float] = []
    poses.reserveCapacity(7 * simulation.model.geometries.count)
    for geometry in simulation.model.geometries.indices {
      let pose = simulation.pose(ofGeometry: geometry)
      let (position, rotation) = (pose.position, pose.rotation)
      for number in [position.x, position.y, position.z, rotation.w, rotation.x, rotation.y, rotation.z] {
        poses.append(Float(number))
      }
    }
    append(poses: poses, reward: reward, terms: terms)
  }
}

extension Replay.Shape {
  init(_ geometry: Model.Geometry) {
    let (kind, size): (Kind, [Double])
    switch geometry.shape {
    case .sphere(let radius): (kind, size) = (.sphere, [radius])
    case .capsule(let radius, let halfLength): (kind, size) = (.capsule, [radius, halfLength])
    case .cylinder(let radius, let halfLength): (kind, size) = (.cylinder, [radius, halfLength])
    case .box(let halfSizes): (kind, size) = (.box, [halfSizes.x, halfSizes.y, halfSizes.z])
    case .plane(let halfSizes): (kind, size) = (.plane, [halfSizes.x, halfSizes.y])
    }
    // A file may hold a colour brighter than white; screens can't.
    let colour = (0..<4).map { Swift.min(Swift.max(geometry.colour[$0], 0), 1) }
    self.init(kind: kind, size: size.map { Float($0) }, colour: colour, name: geometry.name)
  }
}
