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
  /// - Throws: `SimulationError` if the geometry is none, the count is wrong or a height is not finite; nothing changes then.
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
