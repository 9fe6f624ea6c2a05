import Foundation

/// Why nothing could be drawn or written, in one line.
public struct RenderingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// What was wrong, and what would be right.
  public let description: String

  /// An error that prints `description`.
  public init(_ description: String) { self.description = description }

  /// The same line, for callers that print `localizedDescription`.
  public var errorDescription: String? { description }
}
