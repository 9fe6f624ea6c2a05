import SinewTensor
import Testing

@testable import SinewDatasets

@Suite struct ReplayBufferTests {
  /// Transition k is recognisable in every field.
  private func fill(_ buffer: ReplayBuffer, _ range: Range<Int>) {
    for k in range {
      let x = Float(k)
      let (observation, action, next): ([Float], [Float], [Float]) = ([x, x + 0.1], [x + 0.2], [x + 1, x + 1.1])
      buffer.append(
        observation: observation.span, action: action.span, reward: x + 0.3, nextObservation: next.span,
        terminated: k % 3 == 0)
    }
  }

  private func sampled(_ buffer: ReplayBuffer, _ size: Int, seed: UInt64 = 1) -> (batch: Batch, indices: [Int]) {
    let batch = Batch(size: size, observationSize: 2, actionSize: 1)
    var generator = RandomGenerator(seed: seed)
    buffer.sample(into: batch, using: &generator)
    return (batch, batch.reward.floats.map { Int($0) })
  }

  @Test func rowsStayTogether() {
    let buffer = ReplayBuffer(capacity: 10, observationSize: 2, actionSize: 1)
    fill(buffer, 0..<10)
    let (batch, indices) = sampled(buffer, 64)
    for (row, k) in indices.enumerated() {
      let x = Float(k)
      #expect(Array(batch.observation.floats[(2 * row)..<(2 * row + 2)]) == [x, x + 0.1])
      #expect(batch.action.floats[row] == x + 0.2)
      #expect(Array(batch.nextObservation.floats[(2 * row)..<(2 * row + 2)]) == [x + 1, x + 1.1])
      #expect(batch.terminated.floats[row] == (k % 3 == 0 ? 1 : 0))
    }
  }

  @Test func theOldestAreOverwritten() {
    let buffer = ReplayBuffer(capacity: 10, observationSize: 2, actionSize: 1)
    fill(buffer, 0..<25)
    #expect(buffer.count == 10)
    #expect(Set(sampled(buffer, 1000).indices) == Set(15..<25))
  }

  /// χ² over 10 rows; 0.1% critical value for 9 degrees of freedom: 27.9.
  @Test func samplingIsUniform() {
    let buffer = ReplayBuffer(capacity: 10, observationSize: 2, actionSize: 1)
    fill(buffer, 0..<10)
    var counts = [Double](repeating: 0, count: 10)
    for index in sampled(buffer, 50_000).indices { counts[index] += 1 }
    #expect(counts.reduce(0) { $0 + ($1 - 5000) * ($1 - 5000) / 5000 } < 27.9)
  }

  @Test func aRestoredBufferGoesOnAlike() throws {
    for stored in [4, 10, 17] {
      let (buffer, copy) = (
        ReplayBuffer(capacity: 10, observationSize: 2, actionSize: 1),
        ReplayBuffer(capacity: 10, observationSize: 2, actionSize: 1)
      )
      fill(buffer, 0..<stored)
      fill(copy, 100..<103)
      var state = StateDictionary()
      buffer.saveState(to: &state, prefix: "replay.")
      try copy.loadState(from: state, prefix: "replay.")
      fill(buffer, stored..<(stored + 5))
      fill(copy, stored..<(stored + 5))
      #expect(sampled(buffer, 100, seed: 3).indices == sampled(copy, 100, seed: 3).indices)
    }
    var state = StateDictionary()
    let small = ReplayBuffer(capacity: 3, observationSize: 2, actionSize: 1)
    let large = ReplayBuffer(capacity: 10, observationSize: 2, actionSize: 1)
    fill(large, 0..<8)
    large.saveState(to: &state, prefix: "")
    #expect(throws: StateError.self) { try small.loadState(from: state, prefix: "") }
  }
}
