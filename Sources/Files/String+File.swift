import Foundation

extension String {
  /// Writes the text to a file beside its place and renames it there. Throws one line with the system's reason.
  public func write(toFile path: String) throws {
    try FileSystem.write(self, to: URL(filePath: path))
  }
}
