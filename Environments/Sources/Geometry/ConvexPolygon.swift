/// A convex polygon in a plane, its corners counter-clockwise.
struct ConvexPolygon: Sendable, Equatable {
  let corners: [SIMD2<Double>]

  /// Half the sum of the corners' cross products (Gauss's area formula).
  var area: Double { corners.withUnsafeBufferPointer { Self.area($0) } }

  private static func area(_ corners: UnsafeBufferPointer<SIMD2<Double>>) -> Double {
    guard let first = corners.first else { return 0 }
    var sum = 0.0
    // Taken from one corner, so that far from the origin no digits are lost.
    for index in corners.indices.dropFirst().dropLast() {
      sum += cross(corners[index] - first, corners[index + 1] - first)
    }
    return sum / 2
  }

  /// Exact area of what two polygons share: the first, clipped by each edge of the second (Sutherland and Hodgman,
  /// 1974).
  ///
  /// - Parameter placement: takes the first polygon's corners into the second one's frame.
  func sharedArea(with other: ConvexPolygon, placement: PlanarPose) -> Double {
    // Each edge of a convex polygon adds a corner at most.
    let capacity = corners.count + other.corners.count
    return withUnsafeTemporaryAllocation(of: SIMD2<Double>.self, capacity: 2 * capacity) { memory in
      var (from, to) = (0, capacity)
      var count = corners.count
      for index in corners.indices { memory[from + index] = placement.apply(corners[index]) }
      var start = other.corners[other.corners.count - 1]
      for end in other.corners {
        let edge = end - start
        var kept = 0
        for index in 0..<count {
          let (here, next) = (memory[from + index], memory[from + (index + 1 == count ? 0 : index + 1)])
          let (side, nextSide) = (cross(edge, here - start), cross(edge, next - start))
          if side >= 0 {
            memory[to + kept] = here
            kept += 1
          }
          if (side >= 0) != (nextSide >= 0) {
            memory[to + kept] = here + side / (side - nextSide) * (next - here)
            kept += 1
          }
        }
        guard kept > 2 else { return 0 }
        (from, to, count, start) = (to, from, kept, end)
      }
      return Self.area(UnsafeBufferPointer(rebasing: memory[from..<(from + count)]))
    }
  }
}

/// The z component of the cross product.
func cross(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { a.x * b.y - a.y * b.x }

/// The scalar product.
func dot(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { a.x * b.x + a.y * b.y }

/// Length of a vector.
func length(_ a: SIMD2<Double>) -> Double { dot(a, a).squareRoot() }
