extension MJCFReader {
  /// Adds a geometry to the model and returns what it weighs in the body's frame.
  mutating func readGeometry(
    _ element: MJCFElement, body: Int, childClass: String?
  ) throws(ModelError) -> MassProperties {
    let values = try attributes(of: element, childClass: childClass)
    try refuseChildren(of: element)
    guard model.geometries.count < MJCFLimits.geometries else {
      throw ModelError(source: source, line: element.line, message: "geom: more than \(MJCFLimits.geometries) geoms")
    }
    let (shape, pose) = try readShape(values)
    var geometry = Model.Geometry(name: try takeName(values), body: body, shape: shape, pose: pose)
    if let friction = try values.numbers("friction", count: 1...3) {
      guard friction.allSatisfy({ $0 >= 0 }) else { throw values.error("friction", "must not be negative") }
      for (index, value) in friction.enumerated() { geometry.friction[index] = value }
    }
    if let dimension = try values.integer("condim", 1...6) {
      guard [1, 3, 4, 6].contains(dimension) else {
        throw values.error("condim", "is \(dimension); it takes 1, 3, 4, 6")
      }
      if dimension > 3 {
        warn("geom: condim \(dimension) is read as 3: there is no torsional or rolling friction", line: values.line)
      }
      geometry.contactDimension = min(dimension, 3)
    }
    geometry.margin = try values.nonNegative("margin") ?? 0
    geometry.softness = try readSoftness(values, reference: "solref", impedance: "solimp")
    if let bits = try values.integer("contype", 0...Int(Int32.max)) { geometry.contactType = UInt32(bits) }
    if let bits = try values.integer("conaffinity", 0...Int(Int32.max)) { geometry.contactAffinity = UInt32(bits) }
    if let rgba = try values.numbers("rgba", count: 4...4) {
      guard rgba.allSatisfy({ (0...1).contains($0) }) else { throw values.error("rgba", "takes four numbers in 0…1") }
      geometry.colour = SIMD4(Float(rgba[0]), Float(rgba[1]), Float(rgba[2]), Float(rgba[3]))
    }
    model.geometries.append(geometry)

    var mass = MassProperties(shape: shape, density: try values.nonNegative("density") ?? 1000)
    if let given = try values.nonNegative("mass") { mass = MassProperties(shape: shape, mass: given) }
    return mass.placed(at: pose)
  }

  private func readShape(_ values: MJCFAttributes) throws(ModelError) -> (Model.Geometry.Shape, Pose) {
    let type = try values.keyword("type", ["sphere", "capsule", "cylinder", "box", "plane"]) ?? "sphere"
    var pose = Pose(position: try values.vector("pos") ?? .zero, rotation: try orientation(values) ?? .identity)
    var halfLength: Double?
    if let ends = try values.numbers("fromto", count: 6...6) {
      guard ["capsule", "cylinder", "box"].contains(type) else {
        throw values.error("fromto", "has no meaning for a \(type)")
      }
      let (start, end) = (SIMD3(ends[0], ends[1], ends[2]), SIMD3(ends[3], ends[4], ends[5]))
      guard let axis = direction(start - end) else { throw values.error("fromto", "has two equal ends") }
      halfLength = length(start - end) / 2
      pose = Pose(position: (start + end) / 2, rotation: Quaternion(zAxisTo: axis))
    }
    let minimum = type == "plane" || type == "box" ? (halfLength == nil ? 3 : 1) : 1
    guard let size = try values.numbers("size", count: 1...3) else {
      if type == "plane" { throw values.missing("size") }
      throw values.missing("size")
    }
    func positive(_ index: Int, _ meaning: String) throws(ModelError) -> Double {
      guard size.indices.contains(index) else {
        throw values.error("size", "has \(size.count) numbers; a \(type) needs its \(meaning) too")
      }
      guard size[index] > 1e-6 else {
        throw values.error("size", "has \(meaning) \(size[index]); it must be above 1e-6")
      }
      return size[index]
    }
    guard size.count >= minimum else { throw values.error("size", "has \(size.count) numbers; a \(type) takes 3") }
    switch type {
    case "sphere": return (.sphere(radius: try positive(0, "radius")), pose)
    case "capsule", "cylinder":
      let radius = try positive(0, "radius")
      let half = if let halfLength { halfLength } else { try positive(1, "half length") }
      return (
        type == "capsule" ? .capsule(radius: radius, halfLength: half) : .cylinder(radius: radius, halfLength: half),
        pose
      )
    case "box":
      if let halfLength {
        let side = try positive(0, "half width")
        return (.box(halfSizes: SIMD3(side, side, halfLength)), pose)
      }
      return (
        .box(
          halfSizes: SIMD3(
            try positive(0, "first half size"), try positive(1, "second half size"), try positive(2, "third half size"))
        ),
        pose
      )
    default:
      guard size[0] >= 0, size[1] >= 0 else { throw values.error("size", "must not be negative") }
      return (.plane(halfSizes: SIMD2(size[0], size[1])), pose)
    }
  }
}
