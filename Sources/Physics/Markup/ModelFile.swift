import Foundation

/// Reading the files of a model: the text itself, what it includes, meshes.
enum ModelFile {
  /// The bytes of a regular file of at most `limit` bytes.
  ///
  /// - Throws: `ModelError` naming the file.
  static func bytes(of url: URL, limit: Int) throws(ModelError) -> Data {
    let data = try FileArchive.bytes(of: url) { () throws(ModelError) in try readBytes(of: url, limit: limit) }
    guard let data else {
      throw ModelError(source: url.path, message: "is not among the files of the robot that were kept")
    }
    guard data.count <= limit else {
      throw ModelError(source: url.path, message: "larger than \(limit >> 20) MiB, the limit for such a file")
    }
    return data
  }

  private static func readBytes(of url: URL, limit: Int) throws(ModelError) -> Data {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)
    guard let attributes else { throw ModelError(source: url.path, message: "there is no such file") }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw ModelError(source: url.path, message: "is not a file")
    }
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      data = try file.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw ModelError(source: url.path, message: "cannot be read")
    }
    return data
  }

  /// The text of a file.
  ///
  /// - Throws: `ModelError` naming the file.
  static func text(of url: URL) throws(ModelError) -> String {
    guard let text = String(validating: try bytes(of: url, limit: ImportLimits.bytes), as: UTF8.self) else {
      throw ModelError(source: url.lastPathComponent, message: "is not UTF-8 text")
    }
    return text
  }

  static func exists(_ url: URL) -> Bool {
    FileArchive.exists(url) ?? FileManager.default.fileExists(atPath: url.path)
  }
}
