import Foundation

/// A mesh as one use of it needs it.
struct URDFMeshKey: Hashable {
  var path: String
  var scale: SIMD3<Double>
  var makesHull: Bool
}

extension URDFReader {
  mutating func readGeometry(_ element: MarkupElement, body: Int, isVisual: Bool) throws(ModelError) {
    guard let holder = element.child("geometry"), let shapeElement = holder.children.first else {
      throw element.error("needs <geometry> with a box, cylinder, sphere, capsule or mesh")
    }
    guard model.geometries.count < ImportLimits.geometries else {
      throw element.error("more than \(ImportLimits.geometries) shapes")
    }
    if isVisual && hasNoExtent(shapeElement) {
      return warn("visual: a \(shapeElement.name.prefix(60)) of size 0 is not drawn", element)
    }
    guard let shape = try readShape(shapeElement, isVisual: isVisual) else { return }
    var geometry = Model.Geometry(
      name: "", body: body, shape: shape, pose: try origin(element))
    if let material = element.child("material") {
      if let name = material.attributes["name"]?.text, let known = colours[name] { geometry.colour = known }
      if let own = try colour(material) { geometry.colour = own }
    }
    if isVisual {
      (geometry.contactType, geometry.contactAffinity) = (0, 0)
    } else if case .mesh(let mesh) = shape, mesh.hull == nil {
      warn("collision: the mesh '\(mesh.name.prefix(60))' is flat and touches nothing", element)
      (geometry.contactType, geometry.contactAffinity) = (0, 0)
    }
    model.geometries.append(geometry)
  }

  /// Whether a size is 0, as in files whose visuals are there only for their materials.
  private func hasNoExtent(_ shape: MarkupElement) -> Bool {
    ["radius", "length", "size"].contains { name in
      shape.attributes[name]?.text.split(whereSeparator: \.isWhitespace).contains { Double($0) == 0 } ?? false
    }
  }

  private mutating func readShape(
    _ element: MarkupElement, isVisual: Bool
  ) throws(ModelError) -> Model.Geometry.Shape? {
    let values = values(element)
    func positive(_ name: String) throws(ModelError) -> Double {
      guard let number = try values.number(name) else { throw values.missing(name) }
      guard number > 1e-9 else { throw values.error(name, "is \(number); it must be positive") }
      return number
    }
    switch element.name {
    case "box":
      guard let size = try values.vector("size") else { throw values.missing("size") }
      guard size.min() > 1e-9 else { throw values.error("size", "must be positive") }
      return .box(halfSizes: size / 2)
    case "sphere": return .sphere(radius: try positive("radius"))
    case "cylinder": return .cylinder(radius: try positive("radius"), halfLength: try positive("length") / 2)
    case "capsule": return .capsule(radius: try positive("radius"), halfLength: try positive("length") / 2)
    case "mesh": return try readMesh(element, isVisual: isVisual).map { .mesh($0) }
    default: throw element.error("is not one of URDF's shapes: box, cylinder, sphere, capsule, mesh")
    }
  }

  private mutating func readMesh(_ element: MarkupElement, isVisual: Bool) throws(ModelError) -> Model.Mesh? {
    let values = values(element)
    guard let name = try values.string("filename") else { throw values.missing("filename") }
    let scale = try readScale(values)
    guard scale.x * scale.y * scale.z != 0 else { throw values.error("scale", "must not be zero") }
    let use = isVisual ? "it is not drawn" : "nothing is there to touch"
    guard let url = locate(name) else {
      warn("mesh: there is no file '\(name.prefix(200))'; \(use)", element)
      return nil
    }
    let kind = url.pathExtension.lowercased()
    guard MeshFile.extensions.contains(kind) else {
      warn("mesh: files of the kind '\(kind.prefix(20))' are not read; \(use): give STL or OBJ", element)
      return nil
    }
    let key = URDFMeshKey(path: url.path, scale: scale, makesHull: !isVisual)
    if let known = meshes[key] { return known }
    let surface: MeshFile.Surface
    do { surface = try MeshFile.read(url).scaled(by: scale) } catch {
      throw values.error("filename", "\(error)")
    }
    vertexCount += surface.vertices.count
    guard vertexCount <= ImportLimits.allVertices else {
      throw element.error("the meshes have more than \(ImportLimits.allVertices) vertices together")
    }
    let mesh = Model.Mesh(
      name: url.lastPathComponent, vertices: surface.vertices, triangles: surface.triangles, makesHull: !isVisual)
    meshes[key] = mesh
    return mesh
  }

  /// Three numbers, or one for all axes.
  private func readScale(_ values: MarkupAttributes) throws(ModelError) -> SIMD3<Double> {
    guard let numbers = try values.numbers("scale", count: 1...3) else { return SIMD3(1, 1, 1) }
    switch numbers.count {
    case 1: return SIMD3(repeating: numbers[0])
    case 3: return SIMD3(numbers[0], numbers[1], numbers[2])
    default: throw values.error("scale", "has \(numbers.count) numbers; it takes 1 or 3")
    }
  }

  /// The file a name stands for: `package://P/path` in a folder P beside or above the model's file, or above P's own
  /// files; `file://` and paths from the model's folder.
  private func locate(_ name: String) -> URL? {
    guard let folder else { return nil }
    if stripsPath || meshFolder != nil {
      let file = stripsPath ? String(name.split(separator: "/").last ?? "") : name
      let base =
        meshFolder.map { URL(fileURLWithPath: $0, isDirectory: true, relativeTo: folder).absoluteURL } ?? folder
      let url = URL(fileURLWithPath: file, relativeTo: base).absoluteURL
      if ModelFile.exists(url) { return url }
    }
    for scheme in ["package://", "model://"] where name.hasPrefix(scheme) {
      let path = name.dropFirst(scheme.count)
      let package = String(path.prefix { $0 != "/" })
      let rest = String(path.dropFirst(package.count).drop { $0 == "/" })
      guard !package.isEmpty, !rest.isEmpty else { return nil }
      var place = folder.standardizedFileURL
      for _ in 0..<32 {
        for base in [place.appendingPathComponent(package), place.lastPathComponent == package ? place : nil] {
          if let url = base?.appendingPathComponent(rest), ModelFile.exists(url) { return url }
        }
        let above = place.deletingLastPathComponent().standardizedFileURL
        guard above.path != place.path, place.path != "/" else { break }
        place = above
      }
      // The package's folder may have another name here.
      place = folder.standardizedFileURL
      for _ in 0..<4 {
        let url = place.appendingPathComponent(rest)
        if ModelFile.exists(url) { return url }
        place = place.deletingLastPathComponent().standardizedFileURL
      }
      return nil
    }
    let path = name.hasPrefix("file://") ? String(name.dropFirst("file://".count)) : name
    let url = URL(fileURLWithPath: path, relativeTo: folder).absoluteURL
    return ModelFile.exists(url) ? url : nil
  }
}
