import COpenDynamicsEngine

extension Simulation {
  /// Contacts of a hull with a plane at the buffer's end: up to four corners below the plane that span the most.
  ///
  /// The engine's own collider takes the first four it comes across, and none of a hull that is wholly below.
  func collide(_ hull: HullMemory, of first: ShapeState, with second: ShapeState) -> Int {
    guard let p = dGeomGetPosition(first.geometry), let r = dGeomGetRotation(first.geometry) else { return 0 }
    let origin = SIMD3(p[0], p[1], p[2])
    func corner(_ index: Int) -> SIMD3<Double> {
      let (x, y, z) = (hull.points[3 * index], hull.points[3 * index + 1], hull.points[3 * index + 2])
      return origin
        + SIMD3(
          r[0] * x + r[1] * y + r[2] * z, r[4] * x + r[5] * y + r[6] * z, r[8] * x + r[9] * y + r[10] * z)
    }
    let margin = first.convex.radius
    func depth(_ point: SIMD3<Double>) -> Double { margin + second.planeDistance - dot(second.planeNormal, point) }
    /// The corner below the plane with the greatest score above zero.
    func best(_ score: (SIMD3<Double>) -> Double) -> SIMD3<Double>? {
      var (result, most) = (SIMD3<Double>?.none, 1e-12)
      for index in 0..<hull.pointCount {
        let point = corner(index)
        guard depth(point) >= 0 else { continue }
        let value = score(point)
        if value > most { (result, most) = (point, value) }
      }
      return result
    }
    guard let deepest = best({ depth($0) + 1 }) else { return 0 }
    var count = 0
    func add(_ point: SIMD3<Double>) {
      let contact = contactBuffer.geometry(of: contactCount + count)
      contact.pointee.pos = (point.x, point.y, point.z, 0)
      contact.pointee.normal = (second.planeNormal.x, second.planeNormal.y, second.planeNormal.z, 0)
      contact.pointee.depth = depth(point)
      (contact.pointee.g1, contact.pointee.g2) = (first.geometry, second.geometry)
      count += 1
    }
    add(deepest)
    guard let farthest = best({ dot($0 - deepest, $0 - deepest) }) else { return count }
    add(farthest)
    let across = cross(second.planeNormal, farthest - deepest)
    if let left = best({ dot(across, $0 - deepest) }) { add(left) }
    if let right = best({ -dot(across, $0 - deepest) }) { add(right) }
    return count
  }

  /// The contact of an ellipsoid with a plane at the buffer's end.
  func collide(ellipsoid: ConvexShape, of first: ShapeState, with second: ShapeState) -> Int {
    let lowest = ellipsoid.placed(as: first.geometry).support(-second.planeNormal)
    let depth = second.planeDistance - dot(second.planeNormal, lowest)
    guard depth >= 0 else { return 0 }
    let position = lowest + depth / 2 * second.planeNormal
    let contact = contactBuffer.geometry(of: contactCount)
    contact.pointee.pos = (position.x, position.y, position.z, 0)
    contact.pointee.normal = (second.planeNormal.x, second.planeNormal.y, second.planeNormal.z, 0)
    contact.pointee.depth = depth
    (contact.pointee.g1, contact.pointee.g2) = (first.geometry, second.geometry)
    return 1
  }

  /// A convex geometry where it is now, in the engine's world.
  func placedShape(_ index: Int) -> ConvexShape { shapes[index].convex.placed(as: shapes[index].geometry) }

  /// Contacts of two convex shapes at the buffer's end.
  func collide(_ first: ShapeState, convex second: ShapeState) -> Int {
    convexContacts?.find(first.convex.placed(as: first.geometry), second.convex.placed(as: second.geometry))
    guard let found = convexContacts else { return 0 }
    for index in 0..<found.count {
      let (position, normal) = (found[index].position, found.normal)
      let contact = contactBuffer.geometry(of: contactCount + index)
      contact.pointee.pos = (position.x, position.y, position.z, 0)
      contact.pointee.normal = (normal.x, normal.y, normal.z, 0)
      contact.pointee.depth = found[index].depth
      (contact.pointee.g1, contact.pointee.g2) = (first.geometry, second.geometry)
    }
    return found.count
  }
}

extension ConvexShape {
  /// The shape where the engine has a geometry.
  func placed(as geometry: dGeomID) -> ConvexShape {
    guard let p = dGeomGetPosition(geometry), let r = dGeomGetRotation(geometry) else { return self }
    var result = self
    result.centre = SIMD3(p[0], p[1], p[2])
    result.x = SIMD3(r[0], r[4], r[8])
    result.y = SIMD3(r[1], r[5], r[9])
    result.z = SIMD3(r[2], r[6], r[10])
    return result
  }
}
