extension MJCFReader {
  /// Adds a geometry to the model and returns what it weighs in the body's frame.
  mutating func readGeometry(
    _ element: MarkupElement, body: Int, frame: Pose, childClass: String?
  ) throws(ModelError) -> MassProperties {
    let values = try attributes(of: element, childClass: childClass)
    try refuseChildren(of: element)
    guard model.geometries.count < ImportLimits.geometries else {
      throw element.error("more than \(ImportLimits.geometries) geoms")
    }
    let name = try takeName(values)
    let type = try values.keyword(
      "type", ["sphere", "capsule", "cylinder", "box", "plane", "ellipsoid", "mesh", "hfield", "sdf"])
    if type == "sdf" {
      warn("geom: type 'sdf' is skipped: nothing is there", element)
      return MassProperties()
    }
    let bits = (
      try values.integer("contype", 0...Int(Int32.max)) ?? 1, try values.integer("conaffinity", 0...Int(Int32.max)) ?? 1
    )
    var shapeAndPose: (Model.Geometry.Shape, Pose)
    let fromMesh = try values.string("mesh")
    if type == "mesh" || fromMesh != nil {
      guard let fromMesh else { throw values.missing("mesh") }
      let touches = bits.0 != 0 || bits.1 != 0 || namedGeometries.contains(name)
      let collides = type == "mesh" && touches && switches.contact
      guard let mesh = try mesh(fromMesh, for: values, collides: collides) else { return MassProperties() }
      let pose = try pose(values)
      shapeAndPose = type == "mesh" ? (.mesh(mesh), pose) : try fit(type ?? "sphere", to: mesh, pose, values)
    } else if type == "hfield" {
      shapeAndPose = (.heightField(try heightField(values)), try pose(values))
    } else {
      shapeAndPose = try readShape(values, type: type ?? "sphere")
    }
    shapeAndPose.1 = frame * shapeAndPose.1
    let (shape, pose) = shapeAndPose
    var geometry = Model.Geometry(name: name, body: body, shape: shape, pose: pose)
    (geometry.contactType, geometry.contactAffinity) = (UInt32(bits.0), UInt32(bits.1))
    if let friction = try values.numbers("friction", count: 1...3) {
      guard friction.allSatisfy({ $0 >= 0 }) else { throw values.error("friction", "must not be negative") }
      for (index, value) in friction.enumerated() { geometry.friction[index] = value }
    }
    geometry.contactDimension = try readDimension(values) ?? 3
    geometry.margin = try values.nonNegative("margin") ?? 0
    geometry.softness = try readSoftness(values, reference: "solref", impedance: "solimp")
    if let material = try values.string("material"), let colour = colours[material] { geometry.colour = colour }
    if let colour = try readColour(values) { geometry.colour = colour }
    if case .mesh(let mesh) = shape { checkHull(of: mesh, &geometry, values) }
    let group = Double(try values.integer("group", -1_000_000...1_000_000) ?? 0)
    var mass = MassProperties(shape: shape, density: try values.nonNegative("density") ?? 1000)
    if let given = try values.nonNegative("mass") { mass = MassProperties(shape: shape, mass: given) }
    let isVisual = bits == (0, 0) && !namedGeometries.contains(name)
    if !(compiler.discardsVisual && isVisual) { model.geometries.append(geometry) }
    return compiler.inertiaGroups.contains(group) ? mass.placed(at: pose) : MassProperties()
  }

  private mutating func checkHull(of mesh: Model.Mesh, _ geometry: inout Model.Geometry, _ values: MarkupAttributes) {
    if geometry.margin > 0 {
      warn("geom: attribute 'margin' is skipped on a mesh: contacts act from its hull on", values)
      geometry.margin = 0
    }
    if geometry.collides && switches.contact && mesh.hull == nil {
      warn("\(values.title): the mesh '\(mesh.name.prefix(60))' is flat and touches nothing", values)
      (geometry.contactType, geometry.contactAffinity) = (0, 0)
    }
  }

  mutating func readDimension(_ values: MarkupAttributes) throws(ModelError) -> Int? {
    guard let dimension = try values.integer("condim", 1...6) else { return nil }
    guard [1, 3, 4, 6].contains(dimension) else {
      throw values.error("condim", "is \(dimension); it takes 1, 3, 4, 6")
    }
    if dimension > 3 {
      warn(
        "\(values.element): condim \(dimension) is read as 3: there is no torsional or rolling friction", values)
    }
    return min(dimension, 3)
  }

  /// The shape and pose that size, fromto and orientation give a primitive.
  func readShape(_ values: MarkupAttributes, type: String) throws(ModelError) -> (Model.Geometry.Shape, Pose) {
    var pose = try pose(values)
    var halfLength: Double?
    if let ends = try values.numbers("fromto", count: 6...6) {
      guard ["capsule", "cylinder", "box", "ellipsoid"].contains(type) else {
        throw values.error("fromto", "has no meaning for a \(type)")
      }
      let (start, end) = (SIMD3(ends[0], ends[1], ends[2]), SIMD3(ends[3], ends[4], ends[5]))
      guard let axis = direction(start - end) else { throw values.error("fromto", "has two equal ends") }
      halfLength = length(start - end) / 2
      pose = Pose(position: (start + end) / 2, rotation: Quaternion(zAxisTo: axis))
    }
    let minimum = ["plane", "box", "ellipsoid"].contains(type) ? (halfLength == nil ? 3 : 1) : 1
    // MuJoCo reads a plane with two sizes, too, as its third is only the grid's.
    guard let size = try values.numbers("size", count: 1...3) else { throw values.missing("size") }
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
    case "box", "ellipsoid":
      let first = try positive(0, "first half size")
      var half = SIMD3(first, first, halfLength ?? 0)
      if let halfLength {
        if size.count > 1 { half.y = try positive(1, "second half size") }
        half.z = halfLength
      } else {
        half = SIMD3(first, try positive(1, "second half size"), try positive(2, "third half size"))
      }
      return (type == "box" ? .box(halfSizes: half) : .ellipsoid(halfSizes: half), pose)
    default:
      guard size[0] >= 0, size[1] >= 0 else { throw values.error("size", "must not be negative") }
      return (.plane(halfSizes: SIMD2(size[0], size[1])), pose)
    }
  }

  /// A primitive in place of a mesh: of the mesh's centre of mass, principal axes and box of the same inertia.
  private func fit(
    _ type: String, to mesh: Model.Mesh, _ pose: Pose, _ values: MarkupAttributes
  ) throws(ModelError) -> (Model.Geometry.Shape, Pose) {
    let unit = mesh.unitProperties
    let (moments, axes) = unit.inertia.principal
    guard unit.mass > 0, moments.min() > 0 else {
      throw values.error("mesh", "'\(mesh.name.prefix(60))' has no volume to fit a \(type) to")
    }
    // MuJoCo sorts the axes by falling moments, so that the longest is the last.
    let order = (0..<3).sorted { moments[$0] > moments[$1] }
    let columns = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)].map(axes.rotate)
    let (x, y) = (columns[order[0]], columns[order[1]])
    let sorted = SIMD3(moments[order[0]], moments[order[1]], moments[order[2]])
    let scale = try values.number("fitscale") ?? 1
    func half(_ axis: Int) -> Double {
      scale * (1.5 / unit.mass * max(sorted.sum() - 2 * sorted[axis], 0)).squareRoot()
    }
    let box = SIMD3(half(0), half(1), half(2))
    guard box.min() > 1e-6 else { throw values.error("mesh", "'\(mesh.name.prefix(60))' is flat") }
    let fitted = pose * Pose(position: unit.centre, rotation: Quaternion(columns: x, y, cross(x, y)))
    let across = (box.x + box.y) / 2
    switch type {
    case "capsule": return (.capsule(radius: across, halfLength: max(box.z - across / 2, 1e-6)), fitted)
    case "cylinder": return (.cylinder(radius: across, halfLength: box.z), fitted)
    case "box": return (.box(halfSizes: box), fitted)
    case "ellipsoid": return (.ellipsoid(halfSizes: box), fitted)
    case "sphere": return (.sphere(radius: box.sum() / 3), fitted)
    default: throw values.error("type", "\(type) cannot be fitted to a mesh")
    }
  }

  mutating func readSite(_ element: MarkupElement, body: Int, frame: Pose, childClass: String?) throws(ModelError) {
    var values = try attributes(of: element, childClass: childClass)
    try refuseChildren(of: element)
    let type = try values.keyword("type", ["sphere", "capsule", "cylinder", "box", "ellipsoid"]) ?? "sphere"
    // A site's size may leave out numbers, and only matters to a touch sensor.
    var size = try values.numbers("size", count: 1...3) ?? [0.005]
    while size.count < 3 { size.append(size.count < 3 ? 0.005 : 0) }
    values.values["size"] = MarkupElement.Value(
      text: size.map { "\(max($0, 2e-6))" }.joined(separator: " "), line: values.line, source: values.source)
    let (shape, pose) = try readShape(values, type: type)
    guard model.sites.count < ImportLimits.geometries else {
      throw element.error("more than \(ImportLimits.geometries) sites")
    }
    model.sites.append(Model.Site(name: try takeName(values), body: body, pose: frame * pose, shape: shape))
  }
}
