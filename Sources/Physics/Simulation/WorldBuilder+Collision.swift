import COpenDynamicsEngine

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
  /// Which of the height fields it is, −1 for none.
  var field = -1
  /// How it is put to a height field, grown by its margin.
  var probe = Probe.other

  enum Probe {
    case ball(Double)
    case capsule(Double, half: Double)
    case box(SIMD3<Double>)
    /// By the engine.
    case other

    var isOther: Bool {
      if case .other = self { return true }
      return false
    }
  }

  /// What the engine and our own contacts read of a convex hull; it lives as long as the geometry.
  var hull: HullMemory?
  /// How it is put to other convex shapes, grown by its margin.
  var convex = ConvexShape(.point)
}

/// Two geometries that may touch.
struct CollisionPair {
  let first: Int
  let second: Int
  let friction: Double
  let margin: Double
  let softness: SoftConstraint
  /// What the softness R is a multiple of, 1/kg: the sum of the bodies' inverse effective masses.
  let weight: Double
  /// What finds its contacts.
  let meeting: Meeting

  enum Meeting {
    /// The engine's own geometry, where bodies come to rest on it.
    case engine
    case ballBox
    case convex
    case hullPlane
    case ellipsoidPlane
    case field
  }
}

extension WorldBuilder {
  /// The height fields, in the order of the geometries.
  func makeFields() -> [HeightFieldState] {
    model.geometries.compactMap { geometry in
      guard case .heightField(let field) = geometry.shape else { return nil }
      let pose = linkage.poseOfBody[geometry.body] * geometry.pose
      // The surface is grown upwards by the margin, as a plane is.
      let origin = pose.apply(SIMD3(0, 0, geometry.margin))
      return HeightFieldState(
        field, origin: frame.pointIntoEngine(origin), rotation: frame.rotationIntoEngine(pose.rotation))
    }
  }

  func makeShapes(
    _ links: UnsafeMutableBufferPointer<LinkState>, fields: [HeightFieldState]
  ) -> UnsafeMutableBufferPointer<ShapeState> {
    var nextField = 0
    let result = UnsafeMutableBufferPointer<ShapeState>.allocate(capacity: model.geometries.count)
    for (index, geometry) in model.geometries.enumerated() {
      if case .heightField = geometry.shape {
        result.initializeElement(at: index, to: makeShape(geometry, of: fields[nextField], index: nextField))
        nextField += 1
      } else {
        result.initializeElement(at: index, to: makeShape(geometry, links))
      }
    }
    return result
  }

  private func makeShape(_ geometry: Model.Geometry, of field: HeightFieldState, index: Int) -> ShapeState {
    let pose = linkage.poseOfBody[geometry.body] * geometry.pose
    let shape: dGeomID = dCreateHeightfield(nil, field.data, 1)
    dGeomSetPosition(shape, field.origin.x, field.origin.y, field.origin.z)
    let rotation = frame.rotationIntoEngine(pose.rotation) * HeightFieldState.engineRotation
    rotation.withPointer { dGeomSetQuaternion(shape, $0) }
    return ShapeState(
      geometry: shape, link: -1, offset: field.origin, bound: .infinity, planeNormal: .zero, planeDistance: 0,
      isPlane: false, field: index)
  }

  private func makeShape(
    _ geometry: Model.Geometry, _ links: UnsafeMutableBufferPointer<LinkState>
  ) -> ShapeState {
    let pose = linkage.poseOfBody[geometry.body] * geometry.pose
    // Every geometry is grown by its margin, so that the engine finds contacts as soon as they act.
    let growth = geometry.margin
    let shape: dGeomID
    let bound: Double
    var probe = ShapeState.Probe.other
    var hull: HullMemory?
    var convex = ConvexShape(.point)
    var centre = SIMD3<Double>.zero
    switch geometry.shape {
    case .sphere(let radius):
      shape = dCreateSphere(nil, radius + growth)
      bound = radius
      probe = .ball(radius + growth)
      convex = ConvexShape(.point, radius: radius + growth)
    case .capsule(let radius, let half):
      shape = dCreateCapsule(nil, radius + growth, 2 * half)
      bound = radius + half
      probe = .capsule(radius + growth, half: half)
      convex = ConvexShape(.segment, halfSizes: SIMD3(0, 0, half), radius: radius + growth)
    case .cylinder(let radius, let half):
      shape = dCreateCylinder(nil, radius + growth, 2 * (half + growth))
      bound = (radius * radius + half * half).squareRoot()
      convex = ConvexShape(.cylinder, halfSizes: SIMD3(radius, radius, half) + growth)
    case .box(let half):
      shape = dCreateBox(nil, 2 * (half.x + growth), 2 * (half.y + growth), 2 * (half.z + growth))
      bound = length(half)
      probe = .box(half + SIMD3(repeating: growth))
      convex = ConvexShape(.box, halfSizes: half + growth)
    case .ellipsoid(let half):
      let memory = HullMemory(.ellipsoid(halfSizes: half + growth))
      (hull, shape, bound) = (memory, memory.makeGeometry(), half.max())
      convex = ConvexShape(.ellipsoid, halfSizes: half + growth)
    case .mesh(let mesh):
      guard let meshHull = mesh.hull else {
        // Drawn only.
        (shape, bound) = (dCreateSphere(nil, 1e-3), 1e-3)
        break
      }
      let memory = HullMemory(meshHull)
      (hull, shape, bound) = (memory, memory.makeGeometry(), memory.radius)
      centre = memory.centre
      convex = ConvexShape(.hull, radius: growth, hull: memory)
    case .plane:
      let normal = frame.vectorIntoEngine(pose.rotation.rotate(SIMD3(0, 0, 1)))
      let distance = dot(normal, frame.pointIntoEngine(pose.position)) + growth
      let plane: dGeomID = dCreatePlane(nil, normal.x, normal.y, normal.z, distance)
      return ShapeState(
        geometry: plane, link: -1, offset: .zero, bound: .infinity, planeNormal: normal,
        planeDistance: distance, isPlane: true)
    case .heightField:
      // Made by the other function.
      (shape, bound) = (dCreateSphere(nil, 1), 0)
    }
    let link = linkage.linkOfBody[geometry.body] ?? -1
    let offset: SIMD3<Double>
    if link >= 0 {
      dGeomSetBody(shape, links[link].body)
      offset = pose.apply(centre) - links[link].centre
      dGeomSetOffsetPosition(shape, offset.x, offset.y, offset.z)
      pose.rotation.withPointer { dGeomSetOffsetQuaternion(shape, $0) }
    } else {
      offset = frame.pointIntoEngine(pose.apply(centre))
      dGeomSetPosition(shape, offset.x, offset.y, offset.z)
      frame.rotationIntoEngine(pose.rotation).withPointer { dGeomSetQuaternion(shape, $0) }
    }
    // A box grows at its corners by more than the margin.
    return ShapeState(
      geometry: shape, link: link, offset: offset, bound: bound + 2 * growth, planeNormal: .zero,
      planeDistance: 0, isPlane: false, probe: probe, hull: hull, convex: convex)
  }

  /// A coefficient that the pyramid's softness, which goes with its square, can be made of: MuJoCo's least one, or
  /// none.
  private func soundFriction(_ friction: Double) -> Double { friction < 1e-5 ? 0 : min(friction, 1e4) }

  /// The sum of two bodies' inverse effective masses.
  ///
  /// A body that cannot yield, as one that turns about its own centre, has none, and a contact of two such would be
  /// hard without limit: what is between them is the give of their joints, a billionth. A small share of what they
  /// would have without joints keeps the force such that joints hold against it.
  private func weight(of first: Int, _ second: Int) -> Double {
    let least = leastYield * (freeWeight(of: first) + freeWeight(of: second))
    return max(weights.bodies[first] + weights.bodies[second], least)
  }

  private var leastYield: Double { 0.01 }

  /// One over the mass of the link that a body is part of; 0 for the world.
  private func freeWeight(of body: Int) -> Double {
    guard let link = linkage.linkOfBody[body] else { return 0 }
    let mass = linkage.links[link].massProperties.mass
    return mass > 0 ? 1 / mass : 0
  }

  /// What finds the contacts of two geometries, of which a plane or a height field comes second.
  private func meeting(_ first: ShapeState, _ second: ShapeState) -> CollisionPair.Meeting {
    let core = first.convex.core
    if second.field >= 0 { return first.probe.isOther ? .engine : .field }
    if second.isPlane { return core == .ellipsoid ? .ellipsoidPlane : core == .hull ? .hullPlane : .engine }
    func isRound(_ core: ConvexShape.Core) -> Bool { core == .point || core == .segment }
    switch (core, second.convex.core) {
    case (.point, .box), (.box, .point): return .ballBox
    case (let one, let other) where isRound(one) && isRound(other): return .engine
    default: return .convex
    }
  }

  /// Every pair that MuJoCo would let collide: their bits meet, they are not of one link or of a link and its parent
  /// (unless that is the world), and the file does not exclude them. A plane or a height field comes second.
  func makePairs(_ shapes: UnsafeMutableBufferPointer<ShapeState>) -> UnsafeMutableBufferPointer<CollisionPair> {
    var pairs: [CollisionPair] = []
    let excluded = Set(model.excludedPairs)
    let listed = Set(model.contactPairs.map { Model.BodyPair($0.first, $0.second) })
    for (i, a) in model.geometries.enumerated() {
      for (j, b) in model.geometries.enumerated() where j > i {
        guard a.contactType & b.contactAffinity != 0 || b.contactType & a.contactAffinity != 0 else { continue }
        let (linkA, linkB) = (shapes[i].link, shapes[j].link)
        guard linkA != linkB else { continue }
        if linkA >= 0 && linkB >= 0 {
          guard linkage.parent(ofLink: linkA) != linkB, linkage.parent(ofLink: linkB) != linkA else { continue }
        }
        guard !excluded.contains(Model.BodyPair(a.body, b.body)), !listed.contains(Model.BodyPair(i, j)) else {
          continue
        }
        let dimension = max(a.contactDimension, b.contactDimension)
        let friction = dimension > 1 ? soundFriction(max(a.friction.x, b.friction.x)) : 0
        let (first, second) = shapes[i].isPlane || shapes[i].field >= 0 ? (j, i) : (i, j)
        pairs.append(
          CollisionPair(
            first: first, second: second, friction: friction, margin: a.margin + b.margin,
            softness: a.softness.mixed(with: b.softness),
            weight: weight(of: a.body, b.body), meeting: meeting(shapes[first], shapes[second])))
      }
    }
    for pair in model.contactPairs where shapes[pair.first].link != shapes[pair.second].link {
      func isGround(_ index: Int) -> Bool { shapes[index].isPlane || shapes[index].field >= 0 }
      if isGround(pair.first) && isGround(pair.second) { continue }
      let (first, second) = isGround(pair.first) ? (pair.second, pair.first) : (pair.first, pair.second)
      pairs.append(
        CollisionPair(
          first: first, second: second, friction: soundFriction(pair.friction), margin: pair.margin,
          softness: pair.softness,
          weight: weight(of: model.geometries[first].body, model.geometries[second].body),
          meeting: meeting(shapes[first], shapes[second])))
    }
    let result = UnsafeMutableBufferPointer<CollisionPair>.allocate(capacity: pairs.count)
    _ = result.initialize(fromContentsOf: pairs)
    return result
  }
}
