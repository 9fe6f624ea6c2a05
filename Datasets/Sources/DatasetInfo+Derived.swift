import Foundation

extension DatasetInfo {
  /// What a dataset says about itself that holds whole episodes of this one: the same, references and metadata
  /// included, with a line of how it came to be under `made_from`.
  ///
  /// The digest of a recipe goes: the recipe makes other episodes than these.
  ///
  /// - Parameters:
  ///   - folder: where it will be; the dataset's name is the folder's, without a version at its end.
  ///   - origin: how it came to be, such as "hopper-medium: 30 of its 375 episodes".
  public func derived(in folder: URL, origin: String) -> DatasetInfo {
    var info = self
    info.name = MinariMetadata.name(ofID: folder.lastPathComponent)
    info.metadata["recipe"] = nil
    info.metadata["made_from"] = [origin, metadata["made_from"]].compactMap { $0 }.joined(separator: "; ")
    return info
  }

  /// What a dataset says about itself that holds the episodes of several: what all of them say. ``notes`` tell of what
  /// they contradict each other in, which is left out.
  ///
  /// Throws ``DatasetError`` where observations, actions or their ranges differ, and where there is no dataset.
  ///
  /// - Parameter datasets: each with the name or path by which it was called.
  public static func merged(
    _ datasets: [(label: String, info: DatasetInfo)]
  ) throws -> (info: DatasetInfo, notes: [String]) {
    guard let (firstLabel, first) = datasets.first else { throw DatasetError("there is no dataset to merge") }
    var (merged, notes) = (first, [String]())
    for (label, info) in datasets.dropFirst() {
      guard info.observationSize == first.observationSize, info.actionSize == first.actionSize else {
        throw DatasetError(
          file: label,
          "has \(info.observationSize) observations and \(info.actionSize) actions, but \(firstLabel) has "
            + "\(first.observationSize) and \(first.actionSize)")
      }
      for index in 0..<info.actionSize {
        let (low, high) = (first.actionLow[index], first.actionHigh[index])
        let tolerance = 1e-4 * (high - low)
        guard abs(info.actionLow[index] - low) <= tolerance, abs(info.actionHigh[index] - high) <= tolerance else {
          throw DatasetError(
            file: label, field: "actions",
            "component \(index) goes from \(info.actionLow[index]) to \(info.actionHigh[index]), but that of "
              + "\(firstLabel) from \(low) to \(high)")
        }
      }
      merged.metadata = merged.metadata.filter { info.metadata[$0.key] == $0.value }
    }
    func agreed<Value: Equatable>(_ what: String, _ value: (DatasetInfo) -> Value?) -> Value? {
      let values = datasets.compactMap { value($0.info) }
      guard let first = values.first else { return nil }
      if values.allSatisfy({ $0 == first }) { return first }
      notes.append("the datasets name different \(what): left out")
      return nil
    }
    merged.environment = agreed("environments", \.environment)
    merged.referenceReturns = agreed("reference returns", \.referenceReturns)
    return (merged, notes)
  }
}
