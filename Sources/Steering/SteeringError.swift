/// Policies or critics that cannot work together: one line that says which, and in what they differ.
public struct SteeringError: Error, CustomStringConvertible, Equatable {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
