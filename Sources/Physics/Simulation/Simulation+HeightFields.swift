extension Simulation {
  /// The heights of a geometry that is a height field, as ``Model/HeightField/heights``; empty for any other.
  ///
  /// They begin as the model's and are not part of a snapshot: whoever changes them keeps them.
  public func heights(ofGeometry geometry: Int) -> [Double] {
    guard let field = field(ofGeometry: geometry) else { return [] }
    return Array(field.heights)
  }

  /// Changes the heights of a geometry that is a height field, metres.
  ///
  /// - Throws: `SimulationError` if the geometry is none, the count is wrong or a height is not finite; nothing
  ///   changes then.
  public func setHeights(_ heights: [Double], ofGeometry geometry: Int) throws(SimulationError) {
    guard let field = field(ofGeometry: geometry) else {
      throw .model(name: model.name, message: "geometry \(geometry) is not a height field")
    }
    try check(heights, count: field.heights.count, what: "heights")
    field.set(heights)
  }

  /// How high the ground is, in the world, over a place of the world; nil if the geometry is no height field.
  public func groundHeight(ofGeometry geometry: Int, at place: SIMD3<Double>) -> Double? {
    guard let field = field(ofGeometry: geometry) else { return nil }
    var seen = field.intoField(frame.pointIntoEngine(place))
    seen.z = field.height(at: seen) - model.geometries[geometry].margin
    return frame.pointFromEngine(field.fromField(seen)).z
  }

  private func field(ofGeometry geometry: Int) -> HeightFieldState? {
    guard shapes.indices.contains(geometry), shapes[geometry].field >= 0 else { return nil }
    return fields[shapes[geometry].field]
  }
}

extension Simulation {
  /// Every cell of a height field under a shape is looked at in every step, and beyond its edges there are further
  /// ones.
  private static let mostCells = 1e6

  func refuseTooManyCells() throws(SimulationError) {
    for pair in pairs where shapes[pair.second].field >= 0 {
      let spacing = fields[shapes[pair.second].field].spacing
      let width = 2 * shapes[pair.first].bound
      let cells = width / spacing.x * (width / spacing.y)
      guard cells > Simulation.mostCells else { continue }
      let geometry = model.geometries[pair.first]
      throw .model(
        name: model.name,
        message: "\(geometry.name.isEmpty ? "geometry \(pair.first)" : "geom '\(geometry.name)'"), "
          + "\(width) m across with its margin, covers more than \(Int(Simulation.mostCells)) cells of a height field")
    }
  }
}
