import Foundation

extension Model {
  /// Reads a model file: MJCF (MuJoCo's XML, root element `mujoco`) or URDF (root element `robot`).
  ///
  /// What the engine can't express is left out with a line in `warnings` that names the element and its line; what is
  /// malformed is an error that does. Documentation/models.md says what becomes of what.
  ///
  /// - Parameter freeBase: whether the root of a URDF floats instead of being fixed to the world.
  /// - Throws: `ModelError` with the file, the line and the element.
  public init(contentsOf url: URL, freeBase: Bool = false) throws(ModelError) {
    self = try ModelReader.read(url, freeBase: freeBase)
  }

  /// Reads a model file in MJCF; see ``init(contentsOf:freeBase:)``.
  ///
  /// - Throws: `ModelError` with the file, the line and the element.
  public init(mjcf url: URL) throws(ModelError) {
    self = try ModelReader.read(url)
  }

  /// Reads a model from the text of an MJCF file, which can name no other files; `name` stands for the file in
  /// messages.
  ///
  /// - Throws: `ModelError` with the line and the element.
  public init(mjcf text: String, name: String) throws(ModelError) {
    self = try MJCFReader.read(try MarkupParser.parse(text, source: name), source: name, folder: nil)
  }

  /// Reads a model from the text of a URDF file; its meshes cannot be found. `name` stands for the file in messages.
  ///
  /// - Throws: `ModelError` with the line and the element.
  public init(urdf text: String, name: String, freeBase: Bool = false) throws(ModelError) {
    let root = try MarkupParser.parse(text, source: name)
    self = try URDFReader.read(root, source: name, folder: nil, freeBase: freeBase)
  }
}

/// Chooses the reader by a file's root element.
enum ModelReader {
  static func read(_ url: URL, freeBase: Bool = false) throws(ModelError) -> Model {
    try readPart(url, freeBase: freeBase, outerFiles: []).model
  }

  /// A model to be attached, with the poses that its bodies have in the frames they stand in, by name.
  static func readPart(
    _ url: URL, freeBase: Bool = false, outerFiles: [String]
  ) throws(ModelError) -> (model: Model, ownPoses: [String: Pose]) {
    let source = url.lastPathComponent
    let root = try MarkupParser.parse(try ModelFile.text(of: url), source: source)
    let folder = url.absoluteURL.deletingLastPathComponent()
    var part: (model: Model, ownPoses: [String: Pose])
    if root.name == "robot" {
      part = (try URDFReader.read(root, source: source, folder: folder, freeBase: freeBase), [:])
    } else {
      let reader = try MJCFReader.reader(root, source: source, folder: folder, outerFiles: outerFiles)
      part = (reader.model, reader.ownPoses)
    }
    if part.model.name == source { part.model.name = url.deletingPathExtension().lastPathComponent }
    return part
  }
}
