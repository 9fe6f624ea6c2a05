import SinewTensor

/// A trial's point and what it was worth.
public struct Observation: Sendable, Equatable {
  /// In the cube of the space.
  public var point: [Double]
  /// The greater the better; nil where the trial failed.
  public var value: Double?

  /// A point and its value.
  public init(_ point: [Double], _ value: Double?) { (self.point, self.value) = (point, value) }
}

/// What is to be tried.
public struct Proposal: Sendable, Equatable {
  /// In the cube of the space, at a place that its values stand for exactly.
  public var point: [Double]
  /// How much of a whole trial, above 0 and at most 1.
  public var budget = 1.0
  /// The trial that it goes on with; nil for a new one.
  public var continued: Int?
}

/// A way to choose what is tried next. It keeps nothing: the same trials before give the same proposal, so a search can
/// be stopped anywhere, and several trials at a time change nothing of what is proposed, whichever ends first.
public protocol SearchMethod: Sendable {
  /// The space that is searched.
  var space: SearchSpace { get }
  /// How many trials it makes.
  var trials: Int { get }
  /// How many of the first trials must have ended before trial `index` can be proposed.
  func needed(for index: Int) -> Int
  /// What trial `index` tries; nil where the space has nothing left.
  ///
  /// - Parameters:
  ///   - known: the first ``needed(for:)`` trials.
  ///   - pending: the points of those between them and this one.
  func proposal(for index: Int, known: [Observation], pending: [[Double]]) -> Proposal?
}

/// Independent points, uniform in the cube. Source: Bergstra and Bengio, Random Search for Hyper-Parameter
/// Optimization, 2012.
public struct RandomSearch: SearchMethod {
  public let space: SearchSpace
  public let trials: Int
  private let generator: RandomGenerator

  /// A search of so many trials.
  public init(_ space: SearchSpace, trials: Int, seed: UInt64) {
    (self.space, self.trials) = (space, trials)
    generator = RandomGenerator(seed: seed).split("random search")
  }

  public func needed(for index: Int) -> Int { 0 }

  public func proposal(for index: Int, known: [Observation], pending: [[Double]]) -> Proposal? {
    var generator = generator.split(UInt64(index))
    return space.draw(200, besides: known.map(\.point) + pending, from: &generator).first.map { Proposal(point: $0) }
  }
}

/// Successive halving: many settings with a small part of a trial, the best third of them with three times as much, and
/// so on to a few with a whole trial, each going on where it was. Source: Jamieson and Talwalkar, Non-stochastic Best
/// Arm Identification and Hyperparameter Optimization, 2016.
public struct SuccessiveHalving: SearchMethod {
  public let space: SearchSpace
  /// How many settings each round has.
  public let rounds: [Int]
  private let random: RandomSearch

  /// The share of settings that go on is one third.
  public static let reduction = 3

  /// A search that begins with so many settings.
  public init(_ space: SearchSpace, settings: Int, seed: UInt64) {
    self.space = space
    random = RandomSearch(space, trials: settings, seed: seed)
    rounds = Array(sequence(first: settings) { $0 >= Self.reduction ? $0 / Self.reduction : nil })
  }

  public var trials: Int { rounds.reduce(0, +) }

  /// The round of a trial, and the first trial of that round.
  private func round(of index: Int) -> (round: Int, start: Int) {
    var (round, start) = (0, 0)
    while round + 1 < rounds.count, index >= start + rounds[round] {
      start += rounds[round]
      round += 1
    }
    return (round, start)
  }

  /// How much of a whole trial a round is.
  func budget(ofRound round: Int) -> Double {
    (round..<rounds.count - 1).reduce(1) { budget, _ in budget / Double(Self.reduction) }
  }

  /// The least part of a whole trial.
  public var smallestBudget: Double { budget(ofRound: 0) }

  public func needed(for index: Int) -> Int { round(of: index).start }

  public func proposal(for index: Int, known: [Observation], pending: [[Double]]) -> Proposal? {
    let (round, start) = round(of: index)
    guard round > 0 else {
      var proposal = random.proposal(for: index, known: [], pending: pending)
      proposal?.budget = budget(ofRound: 0)
      return proposal
    }
    let before = start - rounds[round - 1]..<min(start, known.count)
    let ranked = before.sorted {
      (known[$0].value ?? -.infinity, -$0) > (known[$1].value ?? -.infinity, -$1)
    }
    guard ranked.indices.contains(index - start), known[ranked[index - start]].value != nil else { return nil }
    let continued = ranked[index - start]
    return Proposal(point: known[continued].point, budget: budget(ofRound: round), continued: continued)
  }
}

extension SearchSpace {
  /// At most `count` different points uniform in the cube, none of which is among `others`; fewer where the space holds
  /// no more.
  func draw(_ count: Int, besides others: [[Double]], from generator: inout RandomGenerator) -> [[Double]] {
    var seen = Set(others)
    return (0..<count).compactMap { _ in
      let point = snapped(dimensions.map { _ in generator.uniform() })
      return seen.insert(point).inserted ? point : nil
    }
  }
}
