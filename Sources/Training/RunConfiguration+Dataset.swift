import SinewDatasets
import SinewEnvironments
import SinewSettings

extension RunConfiguration {
  /// The same settings with the dataset's environment where none was named. Throws `UsageError` where the dataset names
  /// none that can be made, or the environment is of another shape than the dataset.
  func resolved(for dataset: Dataset, makeEnvironment: (String) throws -> any Environment) throws -> RunConfiguration {
    var resolved = self
    let info = dataset.info
    if environment == Self.noEnvironment { return self }
    let advice = "name one with --env, or --env none to train without evaluating"
    if environment.isEmpty {
      guard let named = info.environment else {
        throw UsageError("the dataset '\(info.name)' does not say its environment: \(advice)")
      }
      resolved.environment = EnvironmentCatalogue.twin(ofGymnasium: named) ?? named
    }
    let space: (observations: Int, low: [Float], high: [Float])
    do {
      let probe = try makeEnvironment(resolved.environment)
      space = (probe.observationSpace.count, probe.actionSpace.low, probe.actionSpace.high)
    } catch let error where environment.isEmpty && !(error is UsageError) {
      throw UsageError("the dataset '\(info.name)' is of '\(resolved.environment)', which cannot be made: \(advice)")
    }
    guard space.observations == info.observationSize, space.low.count == info.actionSize else {
      throw UsageError(
        "the dataset '\(info.name)' has \(info.observationSize) observations and \(info.actionSize) actions, but "
          + "\(resolved.environment) has \(space.observations) and \(space.low.count): \(advice)")
    }
    let pairs = zip(zip(space.low, space.high), zip(info.actionLow, info.actionHigh))
    for (index, ((low, high), (own, ownHigh))) in pairs.enumerated()
    where abs(low - own) > 1e-4 * (high - low) || abs(high - ownHigh) > 1e-4 * (high - low) {
      throw UsageError(
        "action \(index) of the dataset '\(info.name)' goes from \(own) to \(ownHigh), but that of "
          + "\(resolved.environment) from \(low) to \(high): \(advice)")
    }
    return resolved
  }
}
