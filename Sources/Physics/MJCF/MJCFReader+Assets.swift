import Foundation

/// A mesh as one use of it needs it.
struct MeshKey: Hashable {
  var name: String
  var makesHull: Bool
}

extension MJCFReader {
  mutating func readAssets(_ element: MarkupElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      switch child.name {
      case "mesh":
        let values = try attributes(of: child)
        try refuseChildren(of: child)
        var name = try values.string("name") ?? ""
        if name.isEmpty {
          guard let file = try values.string("file") else { throw values.missing("name") }
          name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
        }
        guard meshElements[name] == nil else {
          throw values.error("name", "'\(name.prefix(60))' is already taken by another mesh")
        }
        guard meshElements.count < ImportLimits.meshes else {
          throw child.error("more than \(ImportLimits.meshes) meshes")
        }
        meshElements[name] = child
      case "material":
        let values = try attributes(of: child)
        if let name = try values.string("name"), let colour = try readColour(values) { colours[name] = colour }
      case "model":
        guard let file = child.attributes["file"]?.text else { throw child.error("needs the attribute 'file'") }
        guard modelFiles.count < ImportLimits.files else {
          throw child.error("more than \(ImportLimits.files) models")
        }
        let name = if let given = child.attributes["name"]?.text { given } else { try ownName(ofModel: file, child) }
        guard modelFiles.updateValue(file, forKey: name) == nil else {
          throw child.error("the name '\(name.prefix(60))' is already taken by another model")
        }
      case "hfield":
        let file = child.attributes["file"].map { URL(fileURLWithPath: $0.text) }
        guard let name = child.attributes["name"]?.text ?? file?.deletingPathExtension().lastPathComponent else {
          throw child.error("needs the attribute 'name'")
        }
        guard heightFields.updateValue(child, forKey: name) == nil else {
          throw child.error("the name is already taken by another height field")
        }
      default: try skip(child, in: "asset")
      }
    }
  }

  func readColour(_ values: MarkupAttributes) throws(ModelError) -> SIMD4<Float>? {
    guard let rgba = try values.numbers("rgba", count: 4...4) else { return nil }
    guard rgba.allSatisfy({ (0...1).contains($0) }) else { throw values.error("rgba", "takes four numbers in 0…1") }
    return SIMD4(Float(rgba[0]), Float(rgba[1]), Float(rgba[2]), Float(rgba[3]))
  }

  /// The mesh a geom names, read when first needed; nil if it cannot be had and a warning says so.
  mutating func mesh(_ name: String, for geom: MarkupAttributes, collides: Bool) throws(ModelError) -> Model.Mesh? {
    guard let element = meshElements[name] else {
      throw geom.error("mesh", "names '\(name.prefix(60))', and there is no such mesh")
    }
    let key = MeshKey(name: name, makesHull: collides)
    if let known = meshes[key] { return known }
    let values = try attributes(of: element)
    if element.attributes["builtin"] != nil { return nil }
    guard var surface = try readSurface(values) else { return nil }
    let reference = Pose(
      position: try values.vector("refpos") ?? .zero,
      rotation: try values.numbers("refquat", count: 4...4).map {
        Quaternion(w: $0[0], x: $0[1], y: $0[2], z: $0[3]).normalized
      } ?? .identity)
    if reference != .identity {
      let back = reference.inverse
      surface.vertices = surface.vertices.map(back.apply)
    }
    // The scale is along the axes of the frame that the reference pose makes.
    if let scale = try values.vector("scale") {
      guard scale.x * scale.y * scale.z != 0 else { throw values.error("scale", "must not be zero") }
      surface = surface.scaled(by: scale)
    }
    vertexCount += surface.vertices.count
    guard vertexCount <= ImportLimits.allVertices else {
      throw element.error("the meshes have more than \(ImportLimits.allVertices) vertices together")
    }
    let inertia = try values.keyword("inertia", Model.Mesh.InertiaSource.allCases.map(\.rawValue))
    let mesh = Model.Mesh(
      name: name, vertices: surface.vertices, triangles: surface.triangles,
      inertia: inertia.flatMap(Model.Mesh.InertiaSource.init) ?? compiler.meshInertia, makesHull: collides,
      maximumHullVertices: try values.integer("maxhullvert", -1...1_000_000).map {
        $0 < 4 ? Model.Mesh.hullVertices : min($0, Model.Mesh.hullVertices)
      }
        ?? Model.Mesh.hullVertices)
    meshes[key] = mesh
    return mesh
  }

  private func readSurface(_ values: MarkupAttributes) throws(ModelError) -> MeshFile.Surface? {
    if let file = try values.string("file") {
      guard let folder else {
        throw values.error("file", "is '\(file.prefix(200))', but the model is a text without a place")
      }
      let url = assetURL(file, folder: folder)
      guard ModelFile.exists(url) else { throw values.error("file", "there is no '\(url.path)'") }
      do { return try MeshFile.read(url) } catch {
        throw values.error("file", "\(error)")
      }
    }
    guard let numbers = try values.numbers("vertex", count: 12...300_000) else { throw values.missing("file") }
    guard numbers.count % 3 == 0 else { throw values.error("vertex", "takes three numbers for each vertex") }
    var surface = MeshFile.Surface()
    for start in stride(from: 0, to: numbers.count, by: 3) {
      surface.vertices.append(SIMD3(numbers[start], numbers[start + 1], numbers[start + 2]))
    }
    if let faces = try values.numbers("face", count: 3...300_000) {
      guard faces.count % 3 == 0 else { throw values.error("face", "takes three numbers for each triangle") }
      for start in stride(from: 0, to: faces.count, by: 3) {
        var corners = SIMD3<Int32>()
        for k in 0..<3 {
          guard let index = Int(exactly: faces[start + k]), surface.vertices.indices.contains(index) else {
            throw values.error("face", "names vertex \(faces[start + k]), and there is no such vertex")
          }
          corners[k] = Int32(index)
        }
        surface.triangles.append(corners)
      }
    } else {
      // Points without triangles are their hull.
      guard let hull = ConvexHull(surface.vertices) else { throw values.error("vertex", "lie in a plane") }
      (surface.vertices, surface.triangles) = (hull.vertices, hull.triangles)
    }
    return surface
  }

  /// Where a file of a mesh or height field is.
  func assetURL(_ file: String, folder: URL) -> URL {
    let file = compiler.stripsPath ? URL(fileURLWithPath: file).lastPathComponent : file
    let place = compiler.meshFolder ?? compiler.assetFolder
    let base = place.isEmpty ? folder : URL(fileURLWithPath: place, isDirectory: true, relativeTo: folder)
    return URL(fileURLWithPath: file, relativeTo: base.absoluteURL).absoluteURL
  }
}

extension MeshFile.Surface {
  /// Scaled along the axes; a mirrored surface still winds outward.
  func scaled(by scale: SIMD3<Double>) -> Self {
    let mirrors = scale.x * scale.y * scale.z < 0
    return MeshFile.Surface(
      vertices: vertices.map { $0 * scale },
      triangles: mirrors ? triangles.map { SIMD3($0.x, $0.z, $0.y) } : triangles)
  }
}
