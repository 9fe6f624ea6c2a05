import Foundation

/// What went wrong with a file or a folder: one line with its path and the system's reason.
public struct FileError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// The line to show.
  public let description: String

  /// An error that shows `description`.
  public init(_ description: String) { self.description = description }

  /// An error of the system's: "cannot read runs/a: Permission denied".
  ///
  /// - Parameters:
  ///   - action: what was tried, such as "read".
  ///   - path: what it was tried on.
  ///   - code: the system's number for the reason; that of the last failed call unless given.
  public init(_ action: String, _ path: String, code: Int32 = errno) {
    description = "cannot \(action) \(path): \(String(cString: strerror(code)))"
  }

  /// The same line, for callers that print `localizedDescription`.
  public var errorDescription: String? { description }
}
