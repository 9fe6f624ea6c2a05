import Foundation
import SinewDatasets
import SinewTensor
import Testing

@Suite struct SamplingTests {
  /// Episodes with returns and first observations of one's choice; every row is recognisable: its observation is
  /// (first, row).
  static func dataset(
    _ episodes: [(count: Int, total: Float, first: Float)], memory: Int? = nil,
    terminated: (Int) -> Bool = { _ in false }
  ) throws -> Dataset {
    var builder = Dataset.Builder(
      DatasetInfo(name: "test", observationSize: 2, actionLow: [-1], actionHigh: [1]), memory: memory)
    var row = 0
    for (index, episode) in episodes.enumerated() {
      let rows = row..<row + episode.count
      try builder.append(
        EpisodeData(
          observations: (0...episode.count).flatMap { [episode.first, Float(row + $0)] },
          actions: rows.map { Float($0) / 1000 }, rewards: rows.map { _ in episode.total / Float(episode.count) },
          terminated: terminated(index), truncated: !terminated(index)))
      row += episode.count + 1
    }
    return try builder.build()
  }

  private let episodes: [(count: Int, total: Float, first: Float)] = [
    (4, 10, 0), (1, 2, 1), (7, 20, 2), (3, 12, 3), (12, 3, 4), (2, 8, 5),
  ]

  /// Counts how often each row is drawn, and compares with the probabilities by χ²; 0.1% critical values by degrees of
  /// freedom.
  private func check(_ dataset: Dataset, _ weighting: TrajectoryWeighting, _ expected: [Double]) {
    let batch = Transitions(Transitions.Request(size: 100_000), observationSize: 2, actionSize: 1)
    var generator = RandomGenerator(seed: 7)
    DatasetTransitions(dataset, weighting).fill(0..<batch.size, of: batch, using: &generator)
    var counts = [Double](repeating: 0, count: expected.count)
    for index in 0..<batch.size { counts[Int(batch.observation.floats(at: 2 * index + 1))] += 1 }
    var statistic = 0.0
    var degrees = -1
    for (count, probability) in zip(counts, expected) {
      if probability == 0 {
        #expect(count == 0)
        continue
      }
      degrees += 1
      let mean = probability * 100_000
      statistic += (count - mean) * (count - mean) / mean
    }
    // Wilson and Hilferty's approximation of the quantile at 99.9 %.
    let d = Double(degrees)
    let critical = d * pow(1 - 2 / (9 * d) + 3.0902 * (2 / (9 * d)).squareRoot(), 3)
    #expect(statistic < critical, "\(weighting): χ² = \(statistic), critical \(critical)")
  }

  /// The probability of each row from the weight of each episode's transitions.
  private func rows(_ weights: [Double]) -> [Double] {
    let total = zip(weights, episodes).reduce(0) { $0 + $1.0 * Double($1.1.count) }
    return zip(weights, episodes).flatMap { weight, episode in
      Array(repeating: weight / total, count: episode.count) + [0]
    }
  }

  @Test func everyTransitionAlike() throws {
    try check(Self.dataset(episodes), .none, rows([1, 1, 1, 1, 1, 1]))
  }

  /// Sums to the end of the episode, whichever end it is.
  @Test func whatFollowedIsSummed() throws {
    let dataset = try Self.dataset(episodes) { $0 == 2 }
    let request = Transitions.Request(size: 500, discount: 0.9, returnToGo: true)
    let batch = Transitions(request, observationSize: 2, actionSize: 1)
    var generator = RandomGenerator(seed: 7)
    Transitions.source(dataset, .none, request).fill(0..<500, of: batch, using: &generator)
    let found = try #require(batch.returnToGo).floats
    for index in 0..<500 {
      let (first, row) = (batch.observation.floats(at: 2 * index), Int(batch.observation.floats(at: 2 * index + 1)))
      let episode = episodes[Int(first)]
      let begins = episodes.prefix(Int(first)).reduce(0) { $0 + $1.count + 1 }
      let left = begins + episode.count - row
      let expected = (0..<left).reduce(Float(0)) { $0 + pow(0.9, Float($1)) * episode.total / Float(episode.count) }
      #expect(abs(found[index] - expected) < 1e-4)
    }
  }

  /// exp(g/α) with g the return between the least (2) and the greatest (20).
  @Test func byReturn() throws {
    for temperature in [0.1, 0.5] {
      let weights = episodes.map { exp((Double($0.total) - 2) / 18 / temperature) }
      try check(Self.dataset(episodes), .episodeReturn(temperature: temperature), rows(weights))
    }
  }

  @Test func equalReturnsAreAllAlike() throws {
    let same = episodes.map { (count: $0.count, total: Float(5), first: $0.first) }
    try check(Self.dataset(same), .episodeReturn(temperature: 0.1), rows([1, 1, 1, 1, 1, 1]))
  }

  /// The two best of six by return (a third), then the best (a sixth, and less).
  @Test func theBest() throws {
    try check(Self.dataset(episodes), .top(fraction: 0.34), rows([0, 0, 1, 1, 0, 0]))
    try check(Self.dataset(episodes), .top(fraction: 0.01), rows([0, 0, 1, 0, 0, 0]))
    try check(Self.dataset(episodes), .top(fraction: 1), rows([1, 1, 1, 1, 1, 1]))
  }

  /// The ridge regression by hand: one component that varies, standardised, with penalty 1.
  @Test func byAdvantage() throws {
    let y = episodes.map { Double($0.total) }
    let meanY = y.reduce(0, +) / 6
    func standardised(_ values: [Double]) -> [Double] {
      let mean = values.reduce(0, +) / 6
      var variance = 0.0
      for value in values { variance += (value - mean) * (value - mean) / 6 }
      return values.map { ($0 - mean) / variance.squareRoot() }
    }
    func product(_ one: [Double], _ other: [Double]) -> Double {
      var sum = 0.0
      for index in one.indices { sum += one[index] * other[index] }
      return sum
    }
    // The second component differs between the episodes too: their first rows.
    var firstRows: [Double] = []
    var row = 0
    for episode in episodes {
      firstRows.append(Double(row))
      row += episode.count + 1
    }
    let (z, f) = (standardised(episodes.map { Double($0.first) }), standardised(firstRows))
    let centred = y.map { $0 - meanY }
    let (diagonal, zf, zy, fy) = (7.0, product(z, f), product(z, centred), product(f, centred))
    let determinant = diagonal * diagonal - zf * zf
    let a = (diagonal * zy - zf * fy) / determinant
    let b = (diagonal * fy - zf * zy) / determinant
    let advantages = episodes.indices.map { (index: Int) -> Double in centred[index] - a * z[index] - b * f[index] }
    let (least, greatest) = (advantages.min() ?? 0, advantages.max() ?? 0)
    let weights = advantages.map { (value: Double) -> Double in exp((value - least) / (greatest - least) / 0.3) }
    try check(Self.dataset(episodes), .advantage(temperature: 0.3), rows(weights))
  }

  /// Where starts decide the return, advantage prefers who did well from where it began, and return does not.
  @Test func advantageForgivesABadStart() throws {
    // Starts at 0 give about 0, starts at 1 about 100; the odd ones did 10 better than their like.
    var mixed: [(count: Int, total: Float, first: Float)] = []
    for index in 0..<40 {
      let start: Float = index < 20 ? 0 : 1
      let luck: Float = index % 2 == 1 ? 10 : 0
      mixed.append((count: 5, total: 100 * start + luck, first: start))
    }
    let dataset = try Self.dataset(mixed)
    let byAdvantage = TransitionSampler(dataset, weighting: .advantage(temperature: 0.1)).episodeProbabilities
    let byReturn = TransitionSampler(dataset, weighting: .episodeReturn(temperature: 0.1)).episodeProbabilities
    #expect(byAdvantage[1] > byAdvantage[38])
    #expect(byReturn[1] < byReturn[38])
  }

  @Test func extremeTemperaturesStayFinite() throws {
    let dataset = try Self.dataset(episodes)
    let sharp = TransitionSampler(dataset, weighting: .episodeReturn(temperature: 1e-6)).episodeProbabilities
    #expect(sharp[2] == 1 && sharp.reduce(0, +) == 1)
    let flat = TransitionSampler(dataset, weighting: .episodeReturn(temperature: 1e6)).episodeProbabilities
    #expect(zip(flat, episodes).allSatisfy { abs($0 - Double($1.count) / 29) < 1e-5 })
  }

  @Test func transitionsStayInTheirEpisode() throws {
    let dataset = try Self.dataset(episodes) { $0 == 2 || $0 == 1 }
    let batch = Transitions(Transitions.Request(size: 5000), observationSize: 2, actionSize: 1)
    var generator = RandomGenerator(seed: 1)
    DatasetTransitions(dataset).fill(0..<batch.size, of: batch, using: &generator)
    let (seen, next) = (batch.observation.floats, batch.nextObservation.floats)
    var ends: Set<Int> = []
    for index in 0..<5000 {
      // The next row of the same episode, whose first component is the episode's own.
      #expect(next[2 * index] == seen[2 * index] && next[2 * index + 1] == seen[2 * index + 1] + 1)
      #expect(batch.action.floats(at: index) == seen[2 * index + 1] / 1000)
      if batch.discount.floats(at: index) == 0 { ends.insert(Int(seen[2 * index + 1])) }
    }
    // Only the last steps of the two terminated episodes: a time-out is no termination.
    #expect(ends == [5, 13])
  }

  @Test func theSeedDecides() throws {
    let dataset = try Self.dataset(episodes)
    let source = DatasetTransitions(dataset, .episodeReturn(temperature: 0.5))
    func rows(_ seed: UInt64) -> [Float] {
      let batch = Transitions(Transitions.Request(size: 150), observationSize: 2, actionSize: 1)
      var generator = RandomGenerator(seed: seed)
      source.fill(0..<150, of: batch, using: &generator)
      return batch.observation.floats
    }
    #expect(rows(3) == rows(3))
    #expect(rows(3) != rows(4))
  }

  /// Every window against its definition, element by element.
  @Test(arguments: [(1, 1), (2, 4), (3, 2), (5, 16)])
  func windowsStayInTheirEpisode(observationHorizon: Int, predictionHorizon: Int) throws {
    let dataset = try Self.dataset(episodes)
    let batch = Windows(
      Windows.Request(size: 2000, observations: observationHorizon, actions: predictionHorizon),
      observationSize: 2, actionSize: 1)
    let sampler = TransitionSampler(dataset)
    var (generator, replayed) = (RandomGenerator(seed: 1), RandomGenerator(seed: 1))
    DatasetWindows(dataset).fill(0..<2000, of: batch, using: &generator)
    let (observations, actions) = (batch.observation.floats, batch.action.floats)
    var steps: Set<[Int]> = []
    for index in 0..<batch.size {
      let (number, step) = sampler.draw(using: &replayed)
      let episode = dataset.episodes[number]
      steps.insert([number, step])
      func row(_ place: Int) -> Float {
        Float(episode.firstRow + min(max(step - observationHorizon + 1 + place, 0), episode.count - 1))
      }
      for place in 0..<observationHorizon {
        let start = (index * observationHorizon + place) * 2
        #expect(observations[start] == Float(number) && observations[start + 1] == row(place))
      }
      for place in 0..<predictionHorizon {
        #expect(actions[index * predictionHorizon + place] == row(place) / 1000)
      }
    }
    #expect(steps.count == dataset.count, "every step is the middle of a window")
  }

  /// Transitions of several steps against sums made step by step.
  @Test(arguments: [1, 2, 3, 20]) func transitionsOfSeveralSteps(span: Int) throws {
    let dataset = try Self.dataset(episodes) { $0 == 2 || $0 == 1 }
    let batch = Transitions(
      Transitions.Request(size: 3000, discount: 0.9, steps: span, nextAction: true), observationSize: 2, actionSize: 1)
    var generator = RandomGenerator(seed: 1)
    DatasetTransitions(dataset).fill(0..<3000, of: batch, using: &generator)
    for index in 0..<3000 {
      let episode = dataset.episodes[Int(batch.observation.floats(at: 2 * index))]
      let first = Int(batch.observation.floats(at: 2 * index + 1))
      let taken = min(span, episode.firstRow + episode.count - first)
      var (reward, discount): (Float, Float) = (0, 1)
      for row in first..<first + taken {
        reward += discount * dataset.reward(inRow: row)
        discount *= 0.9
      }
      let isLast = first + taken == episode.firstRow + episode.count
      #expect(abs(batch.reward.floats(at: index) - reward) < 1e-4)
      #expect(abs(batch.discount.floats(at: index) - (isLast && episode.terminated ? 0 : discount)) < 1e-6)
      #expect(batch.nextObservation.floats(at: 2 * index + 1) == Float(first + taken))
      let action = dataset.action(inRow: isLast ? first + taken - 1 : first + taken).first
      #expect(try #require(batch.nextAction).floats(at: index) == action)
    }
  }

  /// What came of windows' actions, against its definition.
  @Test(arguments: [(1, 1), (2, 5), (3, 9)]) func outcomesOfWindows(observations: Int, actions: Int) throws {
    let dataset = try Self.dataset(episodes) { $0 == 2 || $0 == 1 }
    let batch = Windows(
      Windows.Request(size: 500, observations: observations, actions: actions, discount: 0.5), observationSize: 2,
      actionSize: 1)
    var generator = RandomGenerator(seed: 1)
    DatasetWindows(dataset).fill(0..<500, of: batch, using: &generator)
    let outcome = try #require(batch.outcome)
    for index in 0..<500 {
      let newest = 2 * (index * observations + observations - 1)
      let episode = dataset.episodes[Int(batch.observation.floats(at: newest))]
      let (first, horizon) = (Int(batch.observation.floats(at: newest + 1)), actions - observations + 1)
      let taken = min(horizon, episode.firstRow + episode.count - first)
      var (reward, discount): (Float, Float) = (0, 1)
      for row in first..<first + taken {
        reward += discount * dataset.reward(inRow: row)
        discount *= 0.5
      }
      let isOver = first + taken == episode.firstRow + episode.count && episode.terminated
      #expect(abs(outcome.reward.floats(at: index) - reward) < 1e-5)
      #expect(outcome.discount.floats(at: index) == (isOver ? 0 : discount))
      #expect(outcome.nextObservation.floats(at: 2 * index + 1) == Float(first + taken))
      for offset in 0..<horizon {
        #expect(outcome.isTaken.floats(at: index * horizon + offset) == (offset < taken ? 1 : 0))
      }
    }
  }

  @Test func namesOfWeightings() {
    #expect(TrajectoryWeighting(name: "none") == TrajectoryWeighting.none)
    #expect(TrajectoryWeighting(name: "return", temperature: 2) == .episodeReturn(temperature: 2))
    #expect(TrajectoryWeighting(name: "advantage") == .advantage(temperature: 0.1))
    #expect(TrajectoryWeighting(name: "top-2.5%") == .top(fraction: 0.025))
    for name in ["", "top", "top-0%", "top-101%", "top-x%", "top-10", "Return", "top-nan%"] {
      #expect(TrajectoryWeighting(name: name) == nil, "\(name)")
    }
  }
}

extension Tensor {
  fileprivate func floats(at index: Int) -> Float { withMutableFloats { $0[index] } }
}
