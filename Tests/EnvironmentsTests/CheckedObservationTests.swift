import SinewEnvironments
import SinewTensor
import Testing

/// Says that it shows two numbers, and writes another number of them, or those of them that it likes.
private final class Miscounting: Environment {
  let name = "miscounting"
  let observationSpace = BoxSpace(low: [-1, -1], high: [1, 1])
  let actionSpace = BoxSpace(low: [-1], high: [1])
  let controlPeriod = 0.1
  let maximumSteps = 10
  private let written: [Int]

  init(_ written: [Int]) { self.written = written }

  func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    for index in 0..<2 { observation[index] = 0 }
  }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    for index in written { observation[index] = 0.5 }
    return StepOutcome(reward: 0, terminated: false, truncated: false)
  }

  func snapshot() -> StateDictionary { StateDictionary() }
  func restore(_ snapshot: StateDictionary) throws {}
}

@Suite struct CheckedObservationTests {
  @Test func anObservationThatIsNotWholeIsAnError() throws {
    let expected = EnvironmentError("miscounting: step leaves number 1 of the observation unwritten")
    let environment = Miscounting([0])
    #expect(try environment.reset() == [0, 0])
    #expect(throws: expected) { try environment.step([0]) }
    let vector = try VectorEnvironment(count: 2, seed: 1) { Miscounting([0]) }
    try vector.reset()
    #expect(throws: expected) { try vector.step(actions: ([0, 0] as [Float]).span) }
    #expect(vector.observations == [0, 0, 0, 0] && vector.finalObservations == [0, 0, 0, 0], "as before the failure")
    #expect(checkEnvironment(Miscounting([0])).contains { $0.contains(expected.description) })
    #expect(try Miscounting([1, 0]).step([0]).observation == [0.5, 0.5])
  }

  /// Swift ends a process that writes beyond a span: then whose code it was is said.
  @Test func aNumberBeyondTheObservationEndsTheProcessWithALine() async throws {
    let result = try await #require(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      let vector = try VectorEnvironment(count: 2, threads: 2, seed: 1) { Miscounting([0, 1, 2]) }
      try vector.reset()
      try vector.step(actions: ([0, 0] as [Float]).span)
    }
    #expect(
      String(decoding: result.standardErrorContent, as: UTF8.self).contains(
        "miscounting: step trapped: an index or a number is out of range, such as a place beyond the 2 numbers of the "
          + "observation\n"))
  }
}
