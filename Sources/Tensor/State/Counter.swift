/// A count that belongs in checkpoints.
public final class Counter: Stateful {
  /// The count.
  public var count: UInt64 = 0

  /// A count of 0.
  public init() {}

  public func saveState(to state: inout StateDictionary, prefix: String) { state[words: prefix + "count"] = [count] }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    count = UInt64(try state.count(prefix + "count"))
  }
}
