import SinewTensor
import Testing

@testable import SinewDatasets

/// Steps of several environments with ends of both kinds, and what a buffer is to make of them.
private struct Story {
  var environments = 1
  /// Whether step `time` of an environment ended its episode, and how.
  var end: (_ environment: Int, _ time: Int) -> ReplayBuffer.End = { _, _ in .none }

  /// An observation that says whose it is: the environment, the time, whether it is what an episode ended on.
  func observation(_ environment: Int, _ time: Int, isFinal: Bool = false) -> [Float] {
    [Float(environment), Float(time) / 1024 + (isFinal ? 0.5 : 0)]
  }

  func action(_ environment: Int, _ time: Int) -> Float { Float(environment * 100 + time) / 1e4 }
  func reward(_ environment: Int, _ time: Int) -> Float { Float((environment * 7 + time * 3) % 11) - 4 }

  func store(_ times: Range<Int>, in buffer: ReplayBuffer) {
    for time in times {
      let all = 0..<environments
      let ends = all.map { end($0, time) }
      let (seen, next) = (
        all.flatMap { observation($0, time) },
        all.flatMap { observation($0, time + 1, isFinal: ends[$0] != .none) }
      )
      buffer.append(
        observations: seen, actions: all.map { action($0, time) }, rewards: all.map { reward($0, time) }, ends: ends,
        finals: next)
    }
  }

  func makeBuffer(_ capacity: Int) -> ReplayBuffer {
    ReplayBuffer(
      capacity: capacity, observation: Columns(vector: 2), actionSize: 1, environments: environments)
  }
}

extension ReplayBuffer {
  fileprivate func append(
    observations: [Float], actions: [Float], rewards: [Float], ends: [End], finals: [Float]
  ) {
    observations.withUnsafeBufferPointer { observations in
      actions.withUnsafeBufferPointer { actions in
        rewards.withUnsafeBufferPointer { rewards in
          ends.map { $0 == .terminated }.withUnsafeBufferPointer { terminated in
            ends.map { $0 == .truncated }.withUnsafeBufferPointer { truncated in
              finals.withUnsafeBufferPointer { finals in
                append(
                  observations: observations, actions: actions,
                  step: StepRows(
                    rewards: rewards, terminated: terminated, truncated: truncated, finalObservations: finals))
              }
            }
          }
        }
      }
    }
  }

  fileprivate func drawn(_ size: Int, discount: Float = 1, steps: Int = 1, seed: UInt64 = 1) -> Transitions {
    let batch = Transitions(
      Transitions.Request(size: size, discount: discount, steps: steps, nextAction: true, returnToGo: true),
      observationSize: 2, actionSize: 1)
    var generator = RandomGenerator(seed: seed)
    fill(0..<size, of: batch, using: &generator)
    return batch
  }
}

extension Float {
  fileprivate func power(_ exponent: Int) -> Float { (0..<exponent).reduce(1) { product, _ in product * self } }
}

@Suite struct ReplayBufferTests {
  /// Which step each drawn row is.
  private func steps(_ batch: Transitions) -> [Int] {
    stride(from: 1, to: 2 * batch.size, by: 2).map { Int((batch.observation.floats[$0] * 1024).rounded()) }
  }

  @Test func theOldestAreOverwritten() {
    let story = Story()
    let buffer = story.makeBuffer(10)
    story.store(0..<25, in: buffer)
    #expect(buffer.count == 10)
    #expect(Set(steps(buffer.drawn(1000))) == Set(15..<25))
  }

  /// χ² over 10 rows; 0.1 % critical value for 9 degrees of freedom: 27.9.
  @Test func samplingIsUniform() {
    let story = Story()
    let buffer = story.makeBuffer(10)
    story.store(0..<13, in: buffer)
    var counts = [Double](repeating: 0, count: 10)
    for step in steps(buffer.drawn(50_000)) { counts[step - 3] += 1 }
    #expect(counts.reduce(0) { $0 + ($1 - 5000) * ($1 - 5000) / 5000 } < 27.9)
  }

  /// Every drawn transition against sums made step by step: across environments, ends of both kinds, the ring's seam,
  /// and the newest steps, of which nothing further is known.
  @Test(arguments: [(1, 1), (1, 3), (3, 1), (3, 4), (4, 10)])
  func transitionsAreWhatHappened(environments: Int, span: Int) {
    let story = Story(environments: environments) { environment, time in
      switch (time + 2 * environment) % 9 {
      case 4: .terminated
      case 7: .truncated
      default: .none
      }
    }
    for (capacity, last) in [(100, 20), (35, 40), (37, 61)] {
      let buffer = story.makeBuffer(capacity)
      story.store(0..<last, in: buffer)
      let gamma: Float = 0.9
      let batch = buffer.drawn(3000, discount: gamma, steps: span)
      let (seen, next, actions) = (batch.observation.floats, batch.nextObservation.floats, batch.nextAction?.floats)
      for (row, start) in steps(batch).enumerated() {
        let environment = Int(seen[2 * row])
        var (reward, discount, time): (Float, Float, Int) = (0, 1, start)
        var end = ReplayBuffer.End.none
        repeat {
          reward += discount * story.reward(environment, time)
          discount *= gamma
          end = story.end(environment, time)
          time += 1
        } while time - start < span && end == .none && time < last
        #expect(batch.action.floats[row] == story.action(environment, start))
        #expect(abs(batch.reward.floats[row] - reward) < 1e-4)
        #expect(abs(batch.discount.floats[row] - (end == .terminated ? 0 : discount)) < 1e-6)
        let expected = story.observation(environment, time, isFinal: end != .none)
        #expect(next[2 * row] == expected[0] && next[2 * row + 1] == expected[1], "\(environment) \(start) \(time)")
        let isKnown = end == .none && time < last
        #expect(actions?[row] == story.action(environment, isKnown ? time : time - 1))

        let followed = start..<last
        let final = followed.first { story.end(environment, $0) != .none }
        let sum = followed.prefix { $0 <= final ?? last }.reduce(Float(0)) {
          $0 + gamma.power($1 - start) * story.reward(environment, $1)
        }
        let found = batch.returnToGo?.floats[row] ?? .nan
        #expect(final == nil ? found == -.infinity : abs(found - sum) < 1e-4, "\(environment) \(start)")
      }
    }
  }

  @Test func aRestoredBufferGoesOnAlike() throws {
    let story = Story(environments: 2) { environment, time in (time + environment) % 5 == 2 ? .truncated : .none }
    for stored in [0, 3, 10, 17] {
      let (buffer, copy) = (story.makeBuffer(11), story.makeBuffer(11))
      story.store(0..<stored, in: buffer)
      story.store(100..<103, in: copy)
      var state = StateDictionary()
      buffer.saveState(to: &state, prefix: "replay.")
      try copy.loadState(from: state, prefix: "replay.")
      story.store(stored..<stored + 7, in: buffer)
      story.store(stored..<stored + 7, in: copy)
      let (one, other) = (buffer.drawn(200, steps: 2, seed: 3), copy.drawn(200, steps: 2, seed: 3))
      for (tensor, same) in zip(one.tensors, other.tensors) { #expect(tensor.floats == same.floats) }
    }
    var state = StateDictionary()
    let large = story.makeBuffer(10)
    story.store(0..<8, in: large)
    large.saveState(to: &state, prefix: "")
    #expect(throws: StateError.self) { try story.makeBuffer(3).loadState(from: state, prefix: "") }
    #expect(throws: StateError.self) { try Story().makeBuffer(10).loadState(from: state, prefix: "") }
    state[words: "final_rows"] = [UInt64.max]
    #expect(throws: StateError.self) { try story.makeBuffer(10).loadState(from: state, prefix: "") }
  }

  /// The layout of before: each row holds observation, action, reward, terminated, next observation.
  @Test(arguments: [6, 25]) func oldCheckpointsAreRead(stored: Int) throws {
    let story = Story(environments: 1) { _, time in time % 7 == 3 ? .terminated : time % 7 == 6 ? .truncated : .none }
    let capacity = 10
    var rows = [Float](repeating: 0, count: min(stored, capacity) * 7)
    for time in 0..<stored {
      let end = story.end(0, time)
      let row =
        story.observation(0, time) + [story.action(0, time), story.reward(0, time), end == .terminated ? 1 : 0]
        + story.observation(0, time + 1, isFinal: end != .none)
      rows.replaceSubrange((time % capacity) * 7..<(time % capacity + 1) * 7, with: row)
    }
    var state = StateDictionary()
    state[floats: "rows"] = rows
    state[words: "position"] = [UInt64(stored % capacity), UInt64(min(stored, capacity))]
    let (read, made) = (story.makeBuffer(capacity), story.makeBuffer(capacity))
    try read.loadState(from: state, prefix: "")
    story.store(0..<stored, in: made)
    for _ in 0..<2 {
      let (one, other) = (read.drawn(300), made.drawn(300))
      for (tensor, same) in zip(one.tensors, other.tensors).prefix(5) { #expect(tensor.floats == same.floats) }
      story.store(stored..<stored + 4, in: read)
      story.store(stored..<stored + 4, in: made)
    }
  }

  /// What follows a break is no part of what came before it, and what the last step led to is still known.
  @Test(arguments: [(1, 1), (2, 3)], [20, 12])
  func nothingSpansABreak(shape: (environments: Int, span: Int), capacity: Int) {
    let story = Story(environments: shape.environments)
    let buffer = story.makeBuffer(capacity)
    // Times up to 5 and from 100 on.
    story.store(0..<5, in: buffer)
    buffer.breakOff()
    buffer.breakOff()
    story.store(100..<104, in: buffer)
    let batch = buffer.drawn(2000, discount: 0.5, steps: shape.span)
    for (row, start) in steps(batch).enumerated() {
      let end = min(start + shape.span, start < 50 ? 5 : 104)
      let environment = Int(batch.observation.floats[2 * row])
      #expect(batch.nextObservation.floats[2 * row + 1] == story.observation(environment, end)[1], "\(start)")
      #expect(batch.discount.floats[row] == Float(0.5).power(end - start))
    }
  }

  /// Pixels take a byte each and come back exactly; a step keeps its picture once.
  @Test func picturesAreKeptAsBytes() throws {
    let columns = Columns([
      Column("joints", shape: [2]), Column("camera", shape: [4, 5, 3], element: .byte), Column("ground", shape: [1]),
    ])
    func observation(_ time: Int) -> [Float] {
      [Float(time), 0.25] + (0..<60).map { Float(($0 * 7 + time * 13) % 256) / 255 } + [Float(-time)]
    }
    let buffer = ReplayBuffer(capacity: 50, observation: columns, actionSize: 1)
    for time in 0..<40 {
      buffer.append(
        observations: observation(time), actions: [0], rewards: [Float(time)],
        ends: [time % 10 == 9 ? .truncated : .none], finals: observation(time + 1))
    }
    let batch = Transitions(Transitions.Request(size: 64), observation: columns, actionSize: 1)
    var generator = RandomGenerator(seed: 1)
    buffer.fill(0..<64, of: batch, using: &generator)
    for row in 0..<64 {
      let time = Int(batch.reward.floats[row])
      let range = row * columns.count..<(row + 1) * columns.count
      #expect(Array(batch.observation.floats[range]) == observation(time))
      #expect(Array(batch.nextObservation.floats[range]) == observation(time + 1))
    }
    var state = StateDictionary()
    buffer.saveState(to: &state, prefix: "")
    #expect(state[bytes: "bytes"]?.count == 41 * 60 && state[floats: "rows"]?.count == 41 * 6)
  }
}
