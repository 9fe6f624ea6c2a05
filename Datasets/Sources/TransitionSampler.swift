import SinewTensor

/// Draws steps of a dataset's episodes with replacement, in the same time whatever their number.
///
/// An episode is drawn from an alias table in proportion to its length times its weight, then one of its steps
/// uniformly.
public struct TransitionSampler: Sendable {
  private let table: AliasTable
  private let episodes: [Dataset.Episode]

  /// A sampler of `dataset`.
  public init(_ dataset: Dataset, weighting: TrajectoryWeighting = .none) {
    episodes = dataset.episodes
    let weights = weighting.weights(of: dataset)
    table = AliasTable(zip(weights, episodes).map { $0 * Double($1.count) })
  }

  /// The index of an episode, and the index of one of its steps.
  public func draw(using generator: inout RandomGenerator) -> (episode: Int, step: Int) {
    let episode = table.draw(using: &generator)
    return (episode, generator.index(below: episodes[episode].count))
  }

  /// The row of a step, and how many steps its episode has from there on, the step itself among them.
  func drawRow(using generator: inout RandomGenerator) -> (row: Int, left: Int) {
    let episode = episodes[table.draw(using: &generator)]
    let step = generator.index(below: episode.count)
    return (episode.firstRow + step, episode.count - step)
  }

  /// The probability of each episode: of all its steps together.
  public var episodeProbabilities: [Double] { table.probabilities }
}
