/// How far a chunked policy looks back, plans ahead, and acts before it plans again (Diffusion Policy, arXiv
/// 2303.04137).
///
/// A chunk begins at the oldest observation: of its `prediction` actions, the one at index `observation` − 1 belongs to
/// the newest.
public struct ChunkHorizons: Sendable, Equatable {
  /// Tₒ: the newest observations that a plan depends on.
  public let observation: Int
  /// Tₚ: actions in a chunk.
  public let prediction: Int
  /// Tₐ: actions that are carried out before the next plan.
  public let action: Int

  /// Horizons in control steps, each at least 1; the actions carried out lie within the chunk.
  public init(observation: Int, prediction: Int, action: Int) {
    precondition(
      observation >= 1 && action >= 1 && observation - 1 + action <= prediction,
      "\(action) actions from index \(observation - 1) do not lie in a chunk of \(prediction)")
    (self.observation, self.prediction, self.action) = (observation, prediction, action)
  }

  /// No history and no plan: one action for one observation.
  public static let single = ChunkHorizons(observation: 1, prediction: 1, action: 1)

  /// The chunk's index of the first action that is carried out.
  public var firstAction: Int { observation - 1 }

  /// How many actions can be carried out of one chunk.
  public var maximumAction: Int { prediction - observation + 1 }

  /// The same with another number of actions carried out before the next plan, limited to what a chunk holds.
  public func acting(for steps: Int) -> ChunkHorizons {
    ChunkHorizons(observation: observation, prediction: prediction, action: min(max(steps, 1), maximumAction))
  }
}

/// What receding-horizon control remembers, for each row of a batch of environments: the newest observations, and what
/// is left of the plan. Nothing is allocated while the number of rows stays.
public struct RecedingHorizon: Sendable {
  /// How far it looks back and how long it keeps a plan.
  public private(set) var horizons: ChunkHorizons
  private let observationSize: Int
  private let actionSize: Int
  /// rows × (observation horizon · observationSize), oldest first.
  public private(set) var histories: [Float] = []
  private var plans: [Float] = []
  private var rows = 0
  /// Actions of the plans that were carried out.
  private var used = 0

  /// An empty memory.
  public init(_ horizons: ChunkHorizons, observationSize: Int, actionSize: Int) {
    (self.horizons, self.observationSize, self.actionSize) = (horizons, observationSize, actionSize)
  }

  /// Forgets everything: an episode begins.
  public mutating func reset() { rows = 0 }

  /// Forgets everything, and plans with other horizons from now on.
  public mutating func reset(_ horizons: ChunkHorizons) {
    self.horizons = horizons
    reset()
  }

  /// Takes the newest observations in: count × observationSize. The first of an episode fills the whole history. Rows
  /// are told apart by their place, so another count begins anew.
  public mutating func observe(_ observations: Span<Float>, count: Int) {
    let history = horizons.observation * observationSize
    let isFirst = count != rows
    if isFirst {
      rows = count
      used = horizons.action
      if histories.count != count * history {
        histories = Array(repeating: 0, count: count * history)
      }
      if plans.count != count * horizons.action * actionSize {
        plans = Array(repeating: 0, count: count * horizons.action * actionSize)
      }
    }
    for row in 0..<count {
      let start = row * history
      for index in 0..<history {
        let newer = index + observationSize
        histories[start + index] =
          isFirst || newer >= history
          ? observations[row * observationSize + index % observationSize] : histories[start + newer]
      }
    }
  }

  /// Whether the plans are used up (or there are none): the next action needs new ones.
  public var needsPlan: Bool { used >= horizons.action }

  /// Keeps what will be carried out of new chunks: rows × (prediction horizon · actionSize).
  public mutating func adopt(_ chunks: Span<Float>) {
    let (chunk, kept) = (horizons.prediction * actionSize, horizons.action * actionSize)
    for row in 0..<rows {
      for index in 0..<kept {
        plans[row * kept + index] = chunks[row * chunk + horizons.firstAction * actionSize + index]
      }
    }
    used = 0
  }

  /// The plans' next actions: rows × actionSize.
  public mutating func takeActions(_ actions: inout MutableSpan<Float>) {
    let kept = horizons.action * actionSize
    for row in 0..<rows {
      for index in 0..<actionSize {
        actions[row * actionSize + index] = plans[row * kept + used * actionSize + index]
      }
    }
    used += 1
  }
}
