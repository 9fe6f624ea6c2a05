import Foundation

/// Why an environment could not be made, reset or stepped: one line.
public struct EnvironmentError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// What was wrong, where, and what would be right.
  public let description: String

  /// An error that prints `description`.
  public init(_ description: String) {
    self.description = description
  }

  /// The same line, for callers that print `localizedDescription`.
  public var errorDescription: String? { description }
}

/// An error of something outside this process, such as a program that hosts an environment: what was computed here is
/// whole, and a run keeps it in a checkpoint before it ends.
public protocol OutsideFailure: Error {}
