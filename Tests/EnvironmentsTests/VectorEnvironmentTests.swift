import SinewEnvironments
import SinewTensor
import SinewTestSupport
import Testing

@Suite struct VectorEnvironmentTests {
  private func hoppers(_ count: Int, threads: Int = 1, seed: UInt64 = 5) throws -> VectorEnvironment {
    let definition = try EnvironmentCatalogue.definition("hopper")
    return try VectorEnvironment(count: count, threads: threads, seed: seed) { try TaskEnvironment(definition) }
  }

  private func randomActions(_ vector: VectorEnvironment, _ generator: inout RandomGenerator) -> [Float] {
    (0..<vector.count * vector.actionSpace.count).map { _ in Float(generator.uniform(-1...1)) }
  }

  /// Everything that can be seen of `steps` random steps.
  private func trace(
    _ vector: VectorEnvironment, steps: Int, _ generator: inout RandomGenerator
  ) throws -> [UInt64] {
    var seen: [UInt64] = []
    for _ in 0..<steps {
      try vector.step(actions: randomActions(vector, &generator).span)
      seen += (vector.observations + vector.finalObservations + vector.rewards).map { UInt64($0.bitPattern) }
      seen += (vector.terminated + vector.truncated).map { $0 ? 1 : 0 }
      seen += vector.finishedEpisodes.flatMap {
        [UInt64($0.environment), $0.episodeReturn.bitPattern, UInt64($0.length)]
      }
    }
    return seen
  }

  @Test(arguments: [2, 3, 7, 16])
  func givesTheSameBitsForAnyNumberOfThreads(_ threads: Int) throws {
    var (one, other) = (RandomGenerator(seed: 2), RandomGenerator(seed: 2))
    let (single, several) = (try hoppers(7), try hoppers(7, threads: threads))
    try single.reset()
    try several.reset()
    #expect(single.observations == several.observations)
    #expect(try trace(single, steps: 150, &one) == trace(several, steps: 150, &other))
  }

  /// Every environment that ships, for 1, 2 and 5 threads, as it is and under everything that disturbs it.
  @Test(arguments: EnvironmentCatalogue.names, [false, true])
  func everyEnvironmentGivesTheSameBits(_ name: String, disturbed: Bool) throws {
    let parameters = try [
      "mass=uniform:0.8,1.2", "action_latency=choice:0,0.003", "observation_noise=0.01", "pushes.force=uniform:1,3",
      "pushes.interval=0.1",
    ].map { try ParameterAssignment($0) }
    let definition = try EnvironmentCatalogue.definition(name)
    let traces = try [1, 2, 5].map { threads in
      let vector = try VectorEnvironment(count: 5, threads: threads, seed: 3) {
        let environment = try TaskEnvironment(definition)
        if disturbed { try environment.setParameters(parameters) }
        return environment
      }
      try vector.reset()
      var generator = RandomGenerator(seed: 4)
      return try trace(vector, steps: 60, &generator)
    }
    #expect(traces[0] == traces[1])
    #expect(traces[0] == traces[2])
  }

  /// A vector shows what its environments would show by themselves.
  @Test func agreesWithEnvironmentsSteppedAlone() throws {
    let vector = try VectorEnvironment(count: 3, threads: 2, seed: 9) { PointEnvironment(limit: 15) }
    try vector.reset()
    var generator = RandomGenerator(seed: 1)
    let alone = (0..<3).map { _ in PointEnvironment(limit: 15) }
    var shown: [[Float]] = []
    for (index, environment) in alone.enumerated() {
      var stream = RandomGenerator(seed: 9).split(UInt64(index))
      shown.append(try environment.reset(seed: stream.next()))
    }
    #expect(vector.observations == shown.flatMap { $0 })
    var (returns, lengths) = ([0.0, 0, 0], [0, 0, 0])
    var ended = 0
    for _ in 0..<100 {
      let actions = randomActions(vector, &generator)
      try vector.step(actions: actions.span)
      var finished: [VectorEnvironment.FinishedEpisode] = []
      for (index, environment) in alone.enumerated() {
        let (observation, outcome) = try environment.step([actions[index]])
        returns[index] += outcome.reward
        lengths[index] += 1
        #expect(vector.finalObservations[index] == observation[0])
        #expect(vector.rewards[index] == Float(outcome.reward))
        #expect(vector.terminated[index] == outcome.terminated && vector.truncated[index] == outcome.truncated)
        shown[index] = outcome.ended ? try environment.reset(seed: nil) : observation
        #expect(vector.observations[index] == shown[index][0])
        guard outcome.ended else { continue }
        finished.append(.init(environment: index, episodeReturn: returns[index], length: lengths[index]))
        (returns[index], lengths[index]) = (0, 0)
        ended += 1
      }
      #expect(vector.finishedEpisodes == finished)
    }
    #expect(ended > 10)
  }

  @Test func seedsEveryEnvironmentApart() throws {
    let vector = try hoppers(8)
    try vector.reset()
    let first = vector.observations
    #expect(Set((0..<8).map { first[$0 * 11] }).count == 8)
    try vector.reset()
    #expect(vector.observations != first)
    let again = try hoppers(8)
    try again.reset()
    #expect(again.observations == first)
    // An environment's stream doesn't depend on how many there are.
    let fewer = try hoppers(3)
    try fewer.reset()
    #expect(fewer.observations[...] == first[..<33])
  }

  @Test func continuesFromASavedStateToTheSameBits() throws {
    var generator = RandomGenerator(seed: 2)
    let vector = try hoppers(4, threads: 2)
    try vector.reset()
    _ = try trace(vector, steps: 37, &generator)
    var state = StateDictionary()
    vector.saveState(to: &state, prefix: "environments.")
    let folder = try TemporaryFolder()
    try state.write(to: folder.url.appendingPathComponent("state.safetensors"))
    var copy = generator
    let expected = try trace(vector, steps: 100, &generator)

    let other = try hoppers(4, seed: 77)
    try other.loadState(
      from: StateDictionary(contentsOf: folder.url.appendingPathComponent("state.safetensors")), prefix: "environments."
    )
    #expect(other.observations == state[floats: "environments.observations"])
    #expect(try trace(other, steps: 100, &copy) == expected)

    #expect(throws: StateError.self) { try other.loadState(from: state, prefix: "elsewhere.") }
    #expect(throws: EnvironmentError.self) { try other.step(actions: [Float](repeating: 0, count: 12).span) }
    #expect(throws: StateError.self) { try hoppers(3).loadState(from: state, prefix: "environments.") }
  }

  @Test func refusesWrongUse() throws {
    #expect(throws: EnvironmentError.self) { try hoppers(0) }
    #expect(throws: EnvironmentError.self) { try hoppers(2, threads: 0) }
    let vector = try hoppers(4, threads: 2)
    let zeros = [Float](repeating: 0, count: 12)
    #expect(throws: EnvironmentError.self) { try vector.step(actions: zeros.span) }
    try vector.reset()
    #expect(throws: EnvironmentError.self) { try vector.step(actions: [Float](repeating: 0, count: 11).span) }
    try vector.step(actions: zeros.span)
  }

  /// Several fail at once: the first by index is reported, and the vector wants a reset.
  @Test func reportsTheFirstFailure() throws {
    let vector = try hoppers(4, threads: 2)
    try vector.reset()
    var actions = [Float](repeating: 0, count: 12)
    (actions[5], actions[9]) = (.nan, .infinity)
    #expect(
      message { try vector.step(actions: actions.span) } == "hopper: action 2 at step 0 is nan; it must be finite")
    #expect(message { try vector.step(actions: actions.span) } == "reset the vector environment before stepping it")
    try vector.reset()
    try vector.step(actions: [Float](repeating: 0, count: 12).span)
  }

  @Test func stopsItsThreads() throws {
    for _ in 0..<50 {
      let vector = try VectorEnvironment(count: 4, threads: 4, seed: 1) { PointEnvironment() }
      try vector.reset()
      try vector.step(actions: [0, 0, 0, 0].span)
    }
  }
}
