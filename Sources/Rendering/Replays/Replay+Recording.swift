import SinewPhysics

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
    if episodes[episodes.count - 1].frameCount == 1 { noteGrounds(of: simulation) }
  }

  /// Notes the heights of ground that has changed since the model was read.
  private mutating func noteGrounds(of simulation: Simulation) {
    for (index, geometry) in simulation.model.geometries.enumerated() {
      guard case .heightField(let field) = geometry.shape, shapes.indices.contains(index) else { continue }
      let heights = simulation.heights(ofGeometry: index)
      guard heights != field.heights else { continue }
      let ground = Ground(shape: index, heights: heights.map { Float($0) })
      episodes[episodes.count - 1].grounds = (episodes[episodes.count - 1].grounds ?? []) + [ground]
    }
  }
}

extension Replay.Shape {
  /// What is seen of a geometry.
  public init(_ geometry: Model.Geometry) {
    let (kind, size): (Kind, [Double])
    var mesh: Replay.Mesh?
    switch geometry.shape {
    case .sphere(let radius): (kind, size) = (.sphere, [radius])
    case .capsule(let radius, let halfLength): (kind, size) = (.capsule, [radius, halfLength])
    case .cylinder(let radius, let halfLength): (kind, size) = (.cylinder, [radius, halfLength])
    case .box(let halfSizes): (kind, size) = (.box, [halfSizes.x, halfSizes.y, halfSizes.z])
    case .ellipsoid(let halfSizes): (kind, size) = (.ellipsoid, [halfSizes.x, halfSizes.y, halfSizes.z])
    case .mesh(let surface):
      (kind, size) = (.mesh, [])
      mesh = Replay.Mesh(surface)
    case .plane(let halfSizes): (kind, size) = (.plane, [halfSizes.x, halfSizes.y])
    case .heightField(let field):
      (kind, size) = (.mesh, [])
      mesh = Replay.Mesh(field)
    }
    // A file may hold a colour brighter than white; screens can't.
    let colour = (0..<4).map { Swift.min(Swift.max(geometry.colour[$0], 0), 1) }
    self.init(kind: kind, size: size.map { Float($0) }, colour: colour, name: geometry.name, mesh: mesh)
  }
}

extension Replay.Mesh {
  /// The triangles of a mesh, or, where they are too many for a page, those of a hull of it.
  fileprivate init(_ mesh: Model.Mesh) {
    var (vertices, triangles) = (mesh.vertices, mesh.triangles)
    if triangles.count > 4000, let hull = mesh.hull ?? ConvexHull(vertices, maximumVertices: 200) {
      (vertices, triangles) = (hull.vertices, hull.triangles)
    }
    self.init(
      vertices: vertices.flatMap { [Float($0.x), Float($0.y), Float($0.z)] },
      triangles: triangles.flatMap { [UInt32($0.x), UInt32($0.y), UInt32($0.z)] })
  }
}
