import Foundation

extension Model {
  /// Reads a model file in MJCF (MuJoCo's XML).
  ///
  /// The subset: `compiler` (angle, autolimits, inertiafromgeom, settotalmass, eulerseq), `option` (timestep, gravity),
  /// nested `default` classes, bodies, hinge, slide, ball and free joints, sphere, capsule, cylinder, box and plane
  /// geoms, `inertial`, motors and
  /// position and velocity servos on hinges and slides, `contact/exclude`. What does not change the simulation, or changes
  /// it in a way that can be lived with, is left out with a line in `warnings`; anything else is an error that names it.
  ///
  /// - Throws: `ModelError` with the line and the element.
  public init(mjcf url: URL) throws(ModelError) {
    let source = url.lastPathComponent
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)
    guard let attributes else { throw ModelError(source: url.path, message: "there is no such file") }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw ModelError(source: url.path, message: "is not a file")
    }
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      data = try file.read(upToCount: MJCFLimits.bytes + 1) ?? Data()
    } catch {
      throw ModelError(source: url.path, message: "cannot be read")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ModelError(source: source, message: "is not UTF-8 text")
    }
    self = try MJCFReader.read(text, source: source)
    if name == source { name = url.deletingPathExtension().lastPathComponent }
  }

  /// Reads a model from the text of an MJCF file; `name` stands for the file in messages.
  ///
  /// - Throws: `ModelError` with the line and the element.
  public init(mjcf text: String, name: String) throws(ModelError) {
    self = try MJCFReader.read(text, source: name)
  }
}
