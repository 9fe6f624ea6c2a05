/// Where two convex shapes touch: a pure function of where they are, so that the same state gives the same contacts.
///
/// Along the direction of the least overlap the flat side or line that one shape turns to the other is cut to what the
/// other covers, and each point of that is as deep as it is: a body that stands stands on all it has, and no contact
/// comes or goes but at no depth.
struct ConvexContacts {
  struct Contact {
    /// Halfway between the surfaces.
    var position: SIMD3<Double>
    var depth: Double
  }

  /// What the engine takes of a pair.
  static let limit = 4

  private(set) var count = 0
  /// From the second shape to the first.
  private(set) var normal = SIMD3<Double>(0, 0, 1)
  private let contacts: UnsafeMutablePointer<Contact>
  /// Of the points that are apart, which are no contacts, the least so.
  private var nearlyTouching = Contact(position: .zero, depth: -.infinity)
  private var distance = ConvexDistance()
  private var firstFeature = ContactFeature()
  private var secondFeature = ContactFeature()
  private static let mostCorners = 4 * ContactFeature.mostPoints
  private let outline: UnsafeMutablePointer<SIMD3<Double>>
  private let cutOutline: UnsafeMutablePointer<SIMD3<Double>>

  init() {
    contacts = .allocate(capacity: ConvexContacts.mostCorners)
    contacts.initialize(repeating: Contact(position: .zero, depth: 0), count: ConvexContacts.mostCorners)
    outline = .allocate(capacity: ConvexContacts.mostCorners)
    outline.initialize(repeating: .zero, count: ConvexContacts.mostCorners)
    cutOutline = .allocate(capacity: ConvexContacts.mostCorners)
    cutOutline.initialize(repeating: .zero, count: ConvexContacts.mostCorners)
  }

  func deallocate() {
    contacts.deallocate()
    distance.deallocate()
    firstFeature.deallocate()
    secondFeature.deallocate()
    outline.deallocate()
    cutOutline.deallocate()
  }

  subscript(index: Int) -> Contact { contacts[index] }

  /// Finds the contacts of two shapes, at most ``limit``.
  mutating func find(_ first: ConvexShape, _ second: ConvexShape) {
    count = 0
    // Near the origin, so that far away no digits are lost.
    let origin = first.centre
    var (first, second) = (first, second)
    first.centre = .zero
    second.centre -= origin
    guard distance.find(first, second) else { return }
    preferSides(first, second)
    normal = distance.normal
    collect(first, second)
    reduce()
    for index in 0..<count { contacts[index].position += origin }
  }

  // MARK: Direction

  /// Takes the normal of a flat side, or what is square to two straight lines, where it is as good as what the search
  /// found, or nearly: the search ends with rounding, and beside a flat side there are often edges that are no deeper.
  private mutating func preferSides(_ first: ConvexShape, _ second: ConvexShape) {
    let found = distance.normal
    let reach = first.radius + second.radius
    let scale = first.extent + second.extent
    let slack = (reach > 0 ? 0 : 0.02 * max(distance.overlap, 0)) + 1e-9 * scale
    let limit = distance.overlap + slack
    var best = limit
    var chosen: SIMD3<Double>?
    func consider(_ candidate: SIMD3<Double>) {
      guard dot(candidate, found) > 0 else { return }
      let overlap = ConvexDistance.overlap(first, second, along: candidate)
      if overlap <= best { (best, chosen) = (overlap, candidate) }
    }
    if let side = second.flatSide(toward: found) { consider(side) }
    if let side = first.flatSide(toward: -found) { consider(-side) }
    if chosen == nil, first.isStraight, second.isStraight {
      if let square = direction(cross(first.z, second.z)) { consider(dot(square, found) < 0 ? -square : square) }
      let apart = first.centre - second.centre
      if let square = direction(apart - dot(apart, second.z) * second.z) { consider(square) }
    }
    if let chosen { distance.take(chosen, overlap: best) }
  }

  // MARK: Points

  private mutating func collect(_ first: ConvexShape, _ second: ConvexShape) {
    nearlyTouching.depth = -.infinity
    firstFeature.find(first, toward: -normal)
    secondFeature.find(second, toward: normal)
    let reach = first.radius + second.radius
    let firstFlat = firstFeature.kind == .side ? -dot(firstFeature.normal, normal) : 0
    let secondFlat = secondFeature.kind == .side ? dot(secondFeature.normal, normal) : 0
    // How nearly square to a side the direction must be: around what is round it is exact.
    let square = reach > 0 ? 0.99999 : 0.999
    if secondFlat >= firstFlat, secondFlat > square {
      let side = secondFeature.normal
      let plane = dot(side, second.support(side))
      for point in cut(firstFeature, to: secondFeature) {
        let depth = (plane - dot(side, point)) / secondFlat + reach
        add(point + (depth / 2 - first.radius) * normal, depth: depth)
      }
    } else if firstFlat > square {
      let side = firstFeature.normal
      let plane = dot(side, first.support(side))
      for point in cut(secondFeature, to: firstFeature) {
        let depth = (plane - dot(side, point)) / firstFlat + reach
        add(point + (second.radius - depth / 2) * normal, depth: depth)
      }
    } else if firstFeature.kind == .line, secondFeature.kind == .line {
      addLines(first, second)
    }
    let deepest = (0..<count).reduce(nearlyTouching.depth) { max($0, contacts[$1].depth) }
    let rounding = 1e-9 * (first.extent + second.extent + reach)
    if deepest < max(0.9 * (distance.overlap + reach), 0) - rounding {
      // The deepest point is not over the side after all: it is one more.
      addNearest(first, second)
    } else if count == 0 {
      add(nearlyTouching.position, depth: 0)
    }
  }

  private mutating func add(_ position: SIMD3<Double>, depth: Double) {
    guard depth >= 0 else {
      if depth > nearlyTouching.depth { nearlyTouching = Contact(position: position, depth: depth) }
      return
    }
    guard count < ConvexContacts.mostCorners else { return }
    contacts[count] = Contact(position: position, depth: depth)
    count += 1
  }

  private mutating func addNearest(_ first: ConvexShape, _ second: ConvexShape) {
    let apart = distance.secondPoint - distance.firstPoint
    let aside = length(apart - dot(apart, normal) * normal)
    // Round rims that just touch, and shapes of which another direction was taken since: the points are not of one
    // place.
    if aside > 1e-5 * min(first.extent + first.radius, second.extent + second.radius) {
      distance.findPoints(first, second)
    }
    let depth = distance.overlap + first.radius + second.radius
    // On the smaller one, as the direction may have been changed since.
    let position =
      first.extent + first.radius <= second.extent + second.radius
      ? distance.firstPoint + (depth / 2 - first.radius) * normal
      : distance.secondPoint + (second.radius - depth / 2) * normal
    add(position, depth: max(depth, 0))
  }

  /// Two lines side by side touch along what they share.
  private mutating func addLines(_ first: ConvexShape, _ second: ConvexShape) {
    let (a, b) = (firstFeature.points[0], firstFeature.points[1])
    let (c, d) = (secondFeature.points[0], secondFeature.points[1])
    guard let along = direction(d - c), let other = direction(b - a), length(cross(along, other)) < 0.05 else { return }
    let (start, end) = (dot(a - c, along), dot(b - c, along))
    let (low, high) = (max(min(start, end), 0), min(max(start, end), dot(d - c, along)))
    guard high > low, abs(end - start) > 0 else { return }
    for place in [low, high] {
      let own = a + (place - start) / (end - start) * (b - a)
      let theirs = c + place * along
      let depth = dot(normal, theirs - own) + first.radius + second.radius
      add((own + theirs + (second.radius - first.radius) * normal) / 2, depth: depth)
    }
  }

  /// What of one feature lies over the flat side of the other, cut as Sutherland and Hodgman do.
  private func cut(_ feature: ContactFeature, to side: ContactFeature) -> UnsafeBufferPointer<SIMD3<Double>> {
    var (from, into) = (outline, cutOutline)
    var corners = feature.count
    for index in 0..<corners { from[index] = feature.points[index] }
    // A line is cut as an outline of two edges would be, there and back.
    let isClosed = feature.kind == .side
    for index in 0..<side.count {
      let start = side.points[index]
      let edge = side.points[index + 1 < side.count ? index + 1 : 0] - start
      guard let inward = direction(cross(side.normal, edge)) else { continue }
      var kept = 0
      func keep(_ point: SIMD3<Double>) {
        guard kept < ConvexContacts.mostCorners else { return }
        into[kept] = point
        kept += 1
      }
      for corner in 0..<corners {
        let here = from[corner]
        let height = dot(inward, here - start)
        if height >= 0 { keep(here) }
        guard isClosed ? corners > 1 : corner + 1 < corners else { continue }
        let next = from[corner + 1 < corners ? corner + 1 : 0]
        let nextHeight = dot(inward, next - start)
        if (height < 0) != (nextHeight < 0) { keep(here + height / (height - nextHeight) * (next - here)) }
      }
      (from, into) = (into, from)
      corners = kept
    }
    return UnsafeBufferPointer(start: from, count: corners)
  }

  // MARK: Fewer

  /// Keeps of many contacts four that span the most: a deepest one, the farthest from that, and the farthest to both
  /// sides of them.
  private mutating func reduce() {
    guard count > ConvexContacts.limit else { return }
    var most = 0.0
    for index in 0..<count { most = max(most, contacts[index].depth) }
    // Of contacts that are alike the first counts, so that rounding chooses none.
    var deepest = 0
    for index in 0..<count where contacts[index].depth >= 0.99 * most {
      deepest = index
      break
    }
    contacts.swapAt(0, deepest)
    let origin = contacts[0].position
    bring(to: 1) { dot($0 - origin, $0 - origin) }
    let across = cross(normal, contacts[1].position - origin)
    bring(to: 2) { dot(across, $0 - origin) }
    bring(to: 3) { -dot(across, $0 - origin) }
    count = ConvexContacts.limit
  }

  private func bring(to place: Int, _ score: (SIMD3<Double>) -> Double) {
    var best = place
    var most = -Double.infinity
    for index in place..<count {
      let value = score(contacts[index].position)
      if value > most + 1e-9 * abs(most) || most == -.infinity { (best, most) = (index, value) }
    }
    contacts.swapAt(place, best)
  }
}

extension UnsafeMutablePointer {
  fileprivate func swapAt(_ i: Int, _ j: Int) {
    guard i != j else { return }
    let kept = self[i]
    self[i] = self[j]
    self[j] = kept
  }
}
