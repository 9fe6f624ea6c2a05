import SinewTensor

/// A kind of experience that learners learn from: what a minibatch holds.
public protocol Experience {
  /// What a learner asks for: how much of it, and with what.
  associatedtype Request: Sendable

  /// All tensors, in a fixed order: the inputs of a recorded update.
  var tensors: [Tensor] { get }
}

/// A kind of experience that is drawn from what a run has gathered: transitions, windows.
public protocol PooledExperience: Experience {
  /// An empty minibatch, to be filled again for each update.
  ///
  /// - Parameters:
  ///   - request: what the learner asks for.
  ///   - observation: the parts of an observation.
  ///   - actionSize: numbers in an action.
  init(_ request: Request, observation: Columns, actionSize: Int)

  /// How many rows it has.
  var size: Int { get }

  /// Replaces every observation by what a function makes of its numbers in place, such as their normalisation.
  func mapObservations(_ transform: (Tensor) -> Void)

  /// What fills rows of this kind from a dataset.
  static func source(_ dataset: Dataset, _ weighting: TrajectoryWeighting, _ request: Request) -> any Source<Self>

  /// What fills rows of this kind from transitions that a run gathers; nil where it cannot be had from them.
  static func source(_ buffer: ReplayBuffer, _ request: Request) -> (any Source<Self>)?
}

extension PooledExperience {
  public static func source(_ buffer: ReplayBuffer, _ request: Request) -> (any Source<Self>)? { nil }
}

/// Something that fills rows of minibatches: a dataset, a replay buffer, or a learner's own, such as dreams.
public protocol Source<Minibatch>: AnyObject {
  /// What it fills.
  associatedtype Minibatch: Experience
  /// Whether it has anything to draw from yet.
  var isEmpty: Bool { get }

  /// Fills some rows of a minibatch, drawn with replacement.
  ///
  /// - Parameters:
  ///   - rows: which rows of the minibatch.
  ///   - minibatch: what is filled.
  ///   - generator: what is drawn with.
  func fill(_ rows: Range<Int>, of minibatch: Minibatch, using generator: inout RandomGenerator)
}

/// Sources with the shares of a minibatch that each fills.
public struct Mixture<Minibatch: Experience> {
  /// The sources in the order of their rows, with shares that sum to 1.
  public let sources: [(source: any Source<Minibatch>, share: Double)]

  /// A mixture of these sources; shares are relative to their sum, which is above 0.
  public init(_ sources: [(source: any Source<Minibatch>, share: Double)]) {
    let sum = sources.reduce(0) { $0 + $1.share }
    precondition(sum > 0 && sources.allSatisfy { $0.share >= 0 }, "a mixture needs a share above 0")
    self.sources = sources.map { ($0.source, $0.share / sum) }
  }

}

extension Mixture where Minibatch: PooledExperience {
  /// Fills a whole minibatch: each source its share of the rows, rounded so that they add up.
  public func fill(_ minibatch: Minibatch, using generator: inout RandomGenerator) {
    var (begin, shares) = (0, 0.0)
    for each in sources {
      shares += each.share
      let end = Int((shares * Double(minibatch.size)).rounded())
      if end > begin { each.source.fill(begin..<end, of: minibatch, using: &generator) }
      begin = end
    }
  }
}

/// What a run has to learn from.
public struct Pool<Minibatch: Experience> {
  /// The dataset, where the run has one.
  public let dataset: Dataset?
  /// What the run itself has gathered so far, where it acts.
  public let buffer: ReplayBuffer?
  /// All there is, in the shares that the run's settings say.
  public let everything: Mixture<Minibatch>
}

extension Pool where Minibatch: PooledExperience {
  /// The pool of a run.
  ///
  /// - Parameters:
  ///   - dataset: the dataset and how its trajectories count; nil where there is none.
  ///   - buffer: what the run gathers; nil where it does not act.
  ///   - share: of a minibatch that comes from the dataset where there are both.
  ///   - request: what the learner asks for.
  /// - Returns: nil where nothing fills this kind of experience.
  public init?(
    dataset: (Dataset, TrajectoryWeighting)?, buffer: ReplayBuffer?, datasetShare share: Double,
    request: Minibatch.Request
  ) {
    self.dataset = dataset?.0
    self.buffer = buffer
    let recorded = dataset.map { Minibatch.source($0.0, $0.1, request) }
    let gathered = buffer.flatMap { Minibatch.source($0, request) }
    switch (recorded, gathered) {
    case (let recorded?, let gathered?): everything = Mixture([(recorded, share), (gathered, 1 - share)])
    case (let source?, nil), (nil, let source?): everything = Mixture([(source, 1)])
    case (nil, nil): return nil
    }
  }
}
