import Foundation
import SinewEnvironments

/// Why an environment of Gymnasium's could not be made, reset or stepped: one line.
public struct GymnasiumError: OutsideFailure, CustomStringConvertible, LocalizedError, Equatable {
  /// What was wrong, where, and what would be right.
  public let description: String

  /// An error that prints `description`.
  public init(_ description: String) { self.description = description }

  /// The same line, for callers that print `localizedDescription`.
  public var errorDescription: String? { description }
}
