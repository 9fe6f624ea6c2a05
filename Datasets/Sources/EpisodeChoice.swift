import SinewTensor

/// What a choice among episodes looks at.
public struct EpisodeOutline: Sendable, Equatable {
  /// Undiscounted sum of its rewards.
  public var totalReward: Double
  /// Steps.
  public var count: Int
  /// Whether the task ended it.
  public var terminated: Bool

  /// The outline of an episode.
  public init(_ episode: EpisodeData) {
    totalReward = episode.rewards.reduce(0) { $0 + Double($1) }
    (count, terminated) = (episode.count, episode.terminated)
  }
}

/// Which whole episodes of a dataset are kept: those that pass everything that is said.
public struct EpisodeFilter: Sendable, Equatable {
  /// The least and the greatest return; nil for any.
  public var minimumReturn: Double?, maximumReturn: Double?
  /// The fewest and the most steps; nil for any.
  public var minimumLength: Int?, maximumLength: Int?
  /// Whether the task must have ended it (true) or must not (false); nil for either.
  public var terminated: Bool?
  /// Of those that pass the rest, the share that has the highest returns, above 0 to 1; nil for all.
  public var bestShare: Double?

  /// Everything passes.
  public init() {}

  /// The episodes that are kept, in ascending order. Of equal returns the earlier is the better; with a share at least
  /// one of those that pass is kept.
  public func kept(_ outlines: [EpisodeOutline]) -> [Int] {
    let passing = outlines.indices.filter { index in
      let outline = outlines[index]
      return outline.totalReward >= minimumReturn ?? -.infinity && outline.totalReward <= maximumReturn ?? .infinity
        && outline.count >= minimumLength ?? 0 && outline.count <= maximumLength ?? .max
        && terminated ?? outline.terminated == outline.terminated
    }
    guard let bestShare, !passing.isEmpty else { return passing }
    let best = passing.sorted { (-outlines[$0].totalReward, $0) < (-outlines[$1].totalReward, $1) }
    let count = min(max(1, Int((bestShare * Double(passing.count)).rounded())), passing.count)
    return best.prefix(count).sorted()
  }
}

/// Whole episodes drawn without replacement: the same ones for the same seed.
public struct EpisodeDraw: Sendable {
  /// All episodes, in the order in which they are drawn.
  public let order: [Int]

  /// An order of so many episodes.
  public init(episodes: Int, seed: Int) {
    var generator = RandomGenerator(seed: UInt64(bitPattern: Int64(seed))).split("episodes")
    var order = Array(0..<max(episodes, 0))
    for place in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(place, generator.index(below: place + 1))
    }
    self.order = order
  }

  /// The first so many of the order, in ascending order.
  public func first(_ count: Int) -> [Int] { order.prefix(max(count, 0)).sorted() }

  /// As few of the order's first as have at least so many steps, in ascending order; all where there are not as many.
  public func first(steps: Int, of outlines: [EpisodeOutline]) -> [Int] {
    var (kept, total) = ([Int](), 0)
    for index in order where total < steps && outlines.indices.contains(index) {
      kept.append(index)
      total += outlines[index].count
    }
    return kept.sorted()
  }
}
