/// What a user asked for cannot be: an unknown key, a value of the wrong type, settings that contradict each other.
///
/// One line that says what was wrong, where, and what would be right. The command ends with exit code 2.
public struct UsageError: Error, CustomStringConvertible, Equatable {
  /// The line to show.
  public let description: String

  /// An error that shows `description`.
  public init(_ description: String) { self.description = description }
}
