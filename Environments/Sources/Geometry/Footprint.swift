import SinewPhysics

/// What a body of boxes covers of the horizontal plane.
struct Footprint: Sendable {
  /// The boxes in the body's frame, none of which overlap.
  let pieces: [ConvexPolygon]
  /// Square metres.
  let area: Double

  /// The boxes of a body whose top and bottom are horizontal.
  ///
  /// - Throws: ``EnvironmentError`` if there are none, if one is tilted, or if two overlap.
  init(ofBody body: Int, in model: Model) throws {
    let name = model.bodies[body].name
    var pieces: [ConvexPolygon] = []
    for geometry in model.geometries where geometry.body == body {
      guard case .box(let half) = geometry.shape else { continue }
      guard abs(geometry.pose.rotation.rotate(SIMD3(0, 0, 1)).z) > 1 - 1e-9 else {
        throw EnvironmentError("the body '\(name)' has a tilted box; a footprint needs boxes that lie flat")
      }
      let corners = [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map { x, y in
        let corner = geometry.pose.apply(SIMD3(x * half.x, y * half.y, 0))
        return SIMD2(corner.x, corner.y)
      }
      let isUp = geometry.pose.rotation.rotate(SIMD3(0, 0, 1)).z > 0
      pieces.append(ConvexPolygon(corners: isUp ? corners : corners.reversed()))
    }
    guard !pieces.isEmpty else { throw EnvironmentError("the body '\(name)' has no box; a footprint is made of boxes") }
    let here = PlanarPose(position: .zero, angle: 0)
    for (index, piece) in pieces.enumerated() {
      for other in pieces[..<index] where piece.sharedArea(with: other, placement: here) > 1e-6 * piece.area {
        throw EnvironmentError("boxes of the body '\(name)' overlap; a footprint's boxes must only touch")
      }
    }
    self.pieces = pieces
    area = pieces.reduce(0) { $0 + $1.area }
  }

  /// The area that this footprint at `pose` shares with another at `otherPose`.
  func sharedArea(at pose: PlanarPose, with other: Footprint, at otherPose: PlanarPose) -> Double {
    let placement = pose.seen(from: otherPose)
    var sum = 0.0
    for piece in pieces {
      for otherPiece in other.pieces { sum += piece.sharedArea(with: otherPiece, placement: placement) }
    }
    return sum
  }
}
