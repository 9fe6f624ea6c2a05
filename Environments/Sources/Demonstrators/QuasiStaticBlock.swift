import SinewPhysics

/// A block on a table as its pusher moves it: it stays where it is until the round pusher would enter it, and then
/// gives way by the least that the frictionless contact asks for, with its inertia as the measure of least.
///
/// Poses are of the centre of mass. Good to about a millimetre over a push against `Simulation`, and a thousand times
/// faster.
struct QuasiStaticBlock {
  /// A side of a convex piece, in the block's frame.
  struct Side {
    let start: SIMD2<Double>
    let direction: SIMD2<Double>
    let length: Double
    /// Unit vector out of the piece.
    var normal: SIMD2<Double> { SIMD2(direction.y, -direction.x) }
  }

  /// Sides of each convex piece, counter-clockwise.
  let pieces: [[Side]]
  /// Corners of all pieces.
  let corners: [SIMD2<Double>]
  /// Of the pusher, metres.
  let pusherRadius: Double
  /// Moment of inertia over mass, m².
  let inertiaRatio: Double

  init(_ footprint: Footprint, centre: SIMD2<Double>, inertiaRatio: Double, pusherRadius: Double) {
    pieces = footprint.pieces.map { piece in
      piece.corners.indices.map { index in
        let (start, end) = (piece.corners[index] - centre, piece.corners[(index + 1) % piece.corners.count] - centre)
        return Side(
          start: start, direction: (end - start) / SinewEnvironments.length(end - start),
          length: SinewEnvironments.length(end - start))
      }
    }
    corners = pieces.flatMap { $0.map(\.start) }
    self.inertiaRatio = inertiaRatio
    self.pusherRadius = pusherRadius
  }

  /// Distance of a point of the block's frame from a piece, negative inside, and the unit vector away from the piece.
  func distance(of point: SIMD2<Double>, from piece: [Side]) -> (distance: Double, away: SIMD2<Double>) {
    var inside = (distance: -Double.infinity, away: SIMD2<Double>.zero)
    var nearest = (squared: Double.infinity, offset: SIMD2<Double>.zero)
    for side in piece {
      let offset = point - side.start
      let out = dot(side.normal, offset)
      if out > inside.distance { inside = (out, side.normal) }
      guard out > 0 else { continue }
      let along = min(max(dot(offset, side.direction), 0), side.length)
      let gap = offset - along * side.direction
      if dot(gap, gap) < nearest.squared { nearest = (dot(gap, gap), gap) }
    }
    guard inside.distance > 0, nearest.squared > 0 else { return inside }
    let distance = nearest.squared.squareRoot()
    return (distance, nearest.offset / distance)
  }

  /// Distance of a point of the world from the block at `pose`, negative inside.
  func distance(of point: SIMD2<Double>, at pose: PlanarPose) -> Double {
    let local = pose.local(point)
    return pieces.reduce(.infinity) { min($0, distance(of: local, from: $1).distance) }
  }

  /// Moves the block out of the way of the pusher; false if they don't touch.
  func giveWay(_ pose: inout PlanarPose, to pusher: SIMD2<Double>) -> Bool {
    var touched = false
    // In a corner the pieces are pushed in turn.
    for _ in 0..<3 {
      var moved = false
      for piece in pieces {
        let local = pose.local(pusher)
        let (gap, away) = distance(of: local, from: piece)
        let depth = pusherRadius - gap
        guard depth > 1e-7 else { continue }
        let lever = cross(local - gap * away, -away)
        let shift = depth / (1 + lever * lever / inertiaRatio)
        pose.position -= shift * pose.rotate(away)
        pose.angle += shift * lever / inertiaRatio
        (moved, touched) = (true, true)
      }
      if !moved { break }
    }
    return touched
  }
}
