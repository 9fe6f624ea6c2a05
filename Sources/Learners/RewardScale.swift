import SinewDatasets
import SinewTensor

/// What a learner multiplies rewards by: the units of its values. It is saved, and taken along with the weights of
/// another run, whatever the returns of this run's dataset.
public final class RewardScale: Stateful {
  /// What rewards are multiplied by; 1 until something is said.
  public private(set) var factor: Float = 1

  public init() {}

  /// Makes the returns of a dataset's episodes span 1000, as implicit Q-learning does for locomotion (Kostrikov et al.,
  /// arXiv 2110.06169); without a dataset, or where all are the same, nothing changes.
  public func spread(_ statistics: DatasetStatistics?) {
    let range = statistics.map { $0.maximumReturn - $0.minimumReturn } ?? 0
    if range > 0 { factor = Float(1000 / range) }
  }

  public func saveState(to state: inout StateDictionary, prefix: String) {
    state[floats: prefix + "factor"] = [factor]
  }

  /// States of before it was saved lack it: then it stays as it is.
  public func loadState(from state: StateDictionary, prefix: String) throws {
    guard state[floats: prefix + "factor"] != nil else { return }
    let saved = try state.floats(prefix + "factor", count: 1)[0]
    guard saved.isFinite, saved > 0 else { throw StateError("'\(prefix)factor' is \(saved), expected above 0") }
    factor = saved
  }
}
