import Foundation

/// A folder for a test's files, removed with the object.
public final class TemporaryFolder {
  /// Where it is.
  public let url: URL

  /// Makes an empty folder of a unique name.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("sinew-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  /// Writes a text file and returns its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }
}
