/// Why a run or an evaluation stopped: one line with the step, the quantity and what is still good.
public struct TrainingError: Error, CustomStringConvertible, Equatable {
  /// The line to show.
  public let description: String

  /// An error that shows `description`.
  public init(_ description: String) { self.description = description }
}
