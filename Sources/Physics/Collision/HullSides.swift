/// A hull's points and flat sides, laid out for finding contacts. Triangles that lie in a plane, or nearly so, are one
/// side.
struct HullSides {
  let count: Int
  let normals: UnsafeMutablePointer<SIMD3<Double>>
  /// Coordinates, from the hull's centre, of four points at a time; the last four are filled up with the first point.
  private let blocks: UnsafeMutablePointer<(SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)>
  private let blockCount: Int
  private let pointCount: Int
  /// Corners of the sides one after the other, and where each side's begin; the sides of each point likewise.
  private let outlines: UnsafeMutablePointer<Int32>
  private let firstCorners: UnsafeMutablePointer<Int>
  private let sidesOfPoints: UnsafeMutablePointer<Int32>
  private let firstSides: UnsafeMutablePointer<Int>

  /// Normals of triangles in one side differ by less than this angle, rad.
  private static let flatness = 1e-4

  init(_ hull: ConvexHull, centre: SIMD3<Double>) {
    let points = hull.vertices.map { $0 - centre }
    pointCount = points.count
    blockCount = (points.count + 3) / 4
    blocks = .allocate(capacity: max(blockCount, 1))
    for block in 0..<blockCount {
      var (x, y, z) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
      for lane in 0..<4 {
        let point = points[4 * block + lane < points.count ? 4 * block + lane : 0]
        (x[lane], y[lane], z[lane]) = (point.x, point.y, point.z)
      }
      (blocks + block).initialize(to: (x, y, z))
    }
    let merged = HullSides.merge(hull)
    let (loops, loopNormals) = (merged.map(\.outline), merged.map(\.normal))
    count = merged.count
    normals = .allocate(capacity: max(loops.count, 1))
    firstCorners = .allocate(capacity: loops.count + 1)
    outlines = .allocate(capacity: max(loops.reduce(0) { $0 + $1.count }, 1))
    var sides = [[Int32]](repeating: [], count: points.count)
    var next = 0
    for (side, loop) in loops.enumerated() {
      (normals + side).initialize(to: loopNormals[side])
      (firstCorners + side).initialize(to: next)
      for corner in loop {
        (outlines + next).initialize(to: corner)
        next += 1
      }
      // Points within a side, too.
      for point in merged[side].points { sides[Int(point)].append(Int32(side)) }
    }
    (firstCorners + loops.count).initialize(to: next)
    // A point of slivers alone gets the first side.
    firstSides = .allocate(capacity: points.count + 1)
    let known = sides.map { $0.isEmpty ? [0] : $0 }
    sidesOfPoints = .allocate(capacity: max(known.reduce(0) { $0 + $1.count }, 1))
    next = 0
    for (point, list) in known.enumerated() {
      (firstSides + point).initialize(to: next)
      for side in list {
        (sidesOfPoints + next).initialize(to: side)
        next += 1
      }
    }
    (firstSides + points.count).initialize(to: next)
  }

  func deallocate() {
    normals.deallocate()
    blocks.deallocate()
    outlines.deallocate()
    firstCorners.deallocate()
    sidesOfPoints.deallocate()
    firstSides.deallocate()
  }

  /// The point farthest along a direction; the first of several in a lane, and of the lanes the first.
  func farthest(along direction: SIMD3<Double>) -> Int {
    var best = SIMD4<Double>(repeating: -.infinity)
    var found = SIMD4<Int64>.zero
    for block in 0..<blockCount {
      let (x, y, z) = blocks[block]
      let value = direction.x * x + direction.y * y + direction.z * z
      let isBetter = value .> best
      best.replace(with: value, where: isBetter)
      found.replace(with: SIMD4(repeating: Int64(block)), where: isBetter)
    }
    var lane = 0
    for other in 1..<4 where best[other] > best[lane] { lane = other }
    let index = 4 * Int(found[lane]) + lane
    // What fills the last block up is the first point.
    return index < pointCount ? index : 0
  }

  func side(facing direction: SIMD3<Double>) -> Int {
    let point = farthest(along: direction)
    var (best, most) = (0, -Double.infinity)
    for index in firstSides[point]..<firstSides[point + 1] {
      let side = Int(sidesOfPoints[index])
      let value = dot(normals[side], direction)
      if value > most { (best, most) = (side, value) }
    }
    return best
  }

  func corners(of side: Int) -> UnsafeBufferPointer<Int32> {
    UnsafeBufferPointer(start: outlines + firstCorners[side], count: firstCorners[side + 1] - firstCorners[side])
  }
}

extension HullSides {
  private struct Side {
    let outline: [Int32]
    let points: Set<Int32>
    let normal: SIMD3<Double>
  }

  /// The flat sides, the largest triangles' first; at least one.
  private static func merge(_ hull: ConvexHull) -> [Side] {
    let (points, triangles) = (hull.vertices, hull.triangles)
    let inside = points.reduce(SIMD3<Double>.zero, +) / Double(max(points.count, 1))
    var neighbours: [SIMD2<Int32>: Int] = [:]
    var areas: [Double] = []
    var normals: [SIMD3<Double>?] = []
    var corners: [[Int32]] = []
    for triangle in triangles {
      let (a, b, c) = (points[Int(triangle.x)], points[Int(triangle.y)], points[Int(triangle.z)])
      var area = cross(b - a, c - a)
      let isOutward = dot(area, a - inside) >= 0
      if !isOutward { area = -area }
      corners.append(isOutward ? [triangle.x, triangle.y, triangle.z] : [triangle.x, triangle.z, triangle.y])
      areas.append(length(area))
      let longest = max(length(b - a), length(c - a), length(c - b))
      normals.append(length(area) > 1e-9 * longest * longest && length(area) > 0 ? area / length(area) : nil)
    }
    for (index, loop) in corners.enumerated() {
      for corner in 0..<3 { neighbours[SIMD2(loop[corner], loop[(corner + 1) % 3])] = index }
    }
    var isTaken = [Bool](repeating: false, count: triangles.count)
    var sides: [Side] = []
    for seed in triangles.indices.sorted(by: { (areas[$0], $1) > (areas[$1], $0) }) where !isTaken[seed] {
      guard let normal = normals[seed] else { continue }
      isTaken[seed] = true
      var group = [seed]
      var next = 0
      while next < group.count {
        let loop = corners[group[next]]
        next += 1
        for corner in 0..<3 {
          let key = SIMD2(loop[(corner + 1) % 3], loop[corner])
          guard let other = neighbours[key], !isTaken[other] else { continue }
          // Slivers belong to whatever they lie beside.
          if let theirs = normals[other], length(theirs - normal) > flatness { continue }
          isTaken[other] = true
          group.append(other)
        }
      }
      if let loop = rim(of: group, corners) {
        sides.append(Side(outline: loop, points: Set(group.flatMap { corners[$0] }), normal: normal))
      } else {
        for index in group {
          sides.append(Side(outline: corners[index], points: Set(corners[index]), normal: normals[index] ?? normal))
        }
      }
    }
    return sides.isEmpty ? [Side(outline: corners.first ?? [0], points: [], normal: SIMD3(0, 0, 1))] : sides
  }

  /// The one outline of some triangles; nil if there is none.
  private static func rim(of group: [Int], _ corners: [[Int32]]) -> [Int32]? {
    var edges: Set<SIMD2<Int32>> = []
    for index in group {
      for corner in 0..<3 { edges.insert(SIMD2(corners[index][corner], corners[index][(corner + 1) % 3])) }
    }
    var following: [Int32: Int32] = [:]
    for edge in edges where !edges.contains(SIMD2(edge.y, edge.x)) {
      guard following.updateValue(edge.y, forKey: edge.x) == nil else { return nil }
    }
    guard let first = following.keys.min() else { return nil }
    var loop = [first]
    var corner = first
    while let next = following[corner], next != first {
      loop.append(next)
      corner = next
      if loop.count > following.count { return nil }
    }
    return loop.count == following.count && loop.count >= 3 ? loop : nil
  }
}
