import CODE

/// A geometry in the engine.
struct ShapeState {
  let geometry: dGeomID
  /// Link it moves with, −1 for the world.
  let link: Int
  /// Centre in the link's frame, from the centre of mass; of a fixed geometry in the engine's world.
  let offset: SIMD3<Double>
  /// Radius of a ball around it; infinite for a plane.
  let bound: Double
  /// Normal and distance of a plane.
  let planeNormal: SIMD3<Double>
  let planeDistance: Double
  let isPlane: Bool
}

/// Two geometries that may touch.
struct CollisionPair {
  let first: Int
  let second: Int
  let friction: Double
  let margin: Double
  let softness: SoftConstraint
  /// What the softness R is a multiple of, 1/kg: the sum of the bodies' inverse effective masses, scaled for friction.
  let weight: Double
}

extension WorldBuilder {
  func makeShapes(_ links: UnsafeMutableBufferPointer<LinkState>) -> UnsafeMutableBufferPointer<ShapeState> {
    let result = UnsafeMutableBufferPointer<ShapeState>.allocate(capacity: model.geometries.count)
    for (index, geometry) in model.geometries.enumerated() {
      result.initializeElement(at: index, to: makeShape(geometry, links))
    }
    return result
  }

  private func makeShape(
    _ geometry: Model.Geometry, _ links: UnsafeMutableBufferPointer<LinkState>
  ) -> ShapeState {
    let pose = linkage.poseOfBody[geometry.body] * geometry.pose
    // Every geometry is grown by its margin, so that the engine finds contacts as soon as they act.
    let growth = geometry.margin
    let shape: dGeomID
    let bound: Double
    switch geometry.shape {
    case .sphere(let radius):
      shape = dCreateSphere(nil, radius + growth)
      bound = radius
    case .capsule(let radius, let half):
      shape = dCreateCapsule(nil, radius + growth, 2 * half)
      bound = radius + half
    case .cylinder(let radius, let half):
      shape = dCreateCylinder(nil, radius + growth, 2 * (half + growth))
      bound = (radius * radius + half * half).squareRoot()
    case .box(let half):
      shape = dCreateBox(nil, 2 * (half.x + growth), 2 * (half.y + growth), 2 * (half.z + growth))
      bound = length(half)
    case .plane:
      let normal = frame.vectorIntoEngine(pose.rotation.rotate(SIMD3(0, 0, 1)))
      let distance = dot(normal, frame.pointIntoEngine(pose.position)) + growth
      let plane: dGeomID = dCreatePlane(nil, normal.x, normal.y, normal.z, distance)
      return ShapeState(
        geometry: plane, link: -1, offset: .zero, bound: .infinity, planeNormal: normal,
        planeDistance: distance, isPlane: true)
    }
    let link = linkage.linkOfBody[geometry.body] ?? -1
    let offset: SIMD3<Double>
    if link >= 0 {
      dGeomSetBody(shape, links[link].body)
      offset = pose.position - links[link].centre
      dGeomSetOffsetPosition(shape, offset.x, offset.y, offset.z)
      pose.rotation.withPointer { dGeomSetOffsetQuaternion(shape, $0) }
    } else {
      offset = frame.pointIntoEngine(pose.position)
      dGeomSetPosition(shape, offset.x, offset.y, offset.z)
      frame.rotationIntoEngine(pose.rotation).withPointer { dGeomSetQuaternion(shape, $0) }
    }
    // A box grows at its corners by more than the margin.
    return ShapeState(
      geometry: shape, link: link, offset: offset, bound: bound + 2 * growth, planeNormal: .zero,
      planeDistance: 0, isPlane: false)
  }

  /// Every pair that MuJoCo would let collide: their bits meet, they are not of one link or of a link and its parent
  /// (unless that is the world), and the file does not exclude them. A plane comes second.
  func makePairs(_ shapes: UnsafeMutableBufferPointer<ShapeState>) -> UnsafeMutableBufferPointer<CollisionPair> {
    var pairs: [CollisionPair] = []
    let excluded = Set(model.excludedPairs)
    for (i, a) in model.geometries.enumerated() {
      for (j, b) in model.geometries.enumerated() where j > i {
        guard a.contactType & b.contactAffinity != 0 || b.contactType & a.contactAffinity != 0 else { continue }
        let (linkA, linkB) = (shapes[i].link, shapes[j].link)
        guard linkA != linkB else { continue }
        if linkA >= 0 && linkB >= 0 {
          guard linkage.links[linkA].parent != linkB, linkage.links[linkB].parent != linkA else { continue }
        }
        guard !excluded.contains(Model.BodyPair(a.body, b.body)) else { continue }
        let dimension = max(a.contactDimension, b.contactDimension)
        let friction = dimension > 1 ? max(a.friction.x, b.friction.x) : 0
        // MuJoCo's friction pyramid has four edges n ± μt of softness 2μ²(1+μ²)R each, which share the normal force.
        let share = dimension > 1 ? friction * friction * (1 + friction * friction) / 2 : 1
        let (first, second) = shapes[i].isPlane ? (j, i) : (i, j)
        pairs.append(
          CollisionPair(
            first: first, second: second, friction: friction, margin: a.margin + b.margin,
            softness: a.softness.mixed(with: b.softness),
            weight: share * (weights.bodies[a.body] + weights.bodies[b.body])))
      }
    }
    let result = UnsafeMutableBufferPointer<CollisionPair>.allocate(capacity: pairs.count)
    _ = result.initialize(fromContentsOf: pairs)
    return result
  }
}
