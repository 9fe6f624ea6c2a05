import SinewTensor

/// The last `capacity` transitions of online interaction, sampled uniformly with replacement.
///
/// Memory grows with what is stored (each transition takes 2·observations + actions + 2 floats) until the capacity is
/// reached; then the oldest is overwritten.
public final class ReplayBuffer: Stateful {
  /// The most transitions it holds.
  public let capacity: Int
  /// Numbers in an observation.
  public let observationSize: Int
  /// Numbers in an action.
  public let actionSize: Int
  /// How many transitions it holds.
  public private(set) var count = 0
  private var next = 0
  /// One row a transition: observation, action, reward, terminated, next observation.
  private var rows: [Float] = []
  private let rowLength: Int

  /// An empty buffer.
  public init(capacity: Int, observationSize: Int, actionSize: Int) {
    precondition(capacity > 0, "a replay buffer needs room for a transition")
    self.capacity = capacity
    self.observationSize = observationSize
    self.actionSize = actionSize
    rowLength = 2 * observationSize + actionSize + 2
  }

  /// Stores one transition.
  ///
  /// - Parameters:
  ///   - observation: what was seen.
  ///   - action: what was done, in [−1, 1].
  ///   - reward: what it brought.
  ///   - nextObservation: what was seen next, at the end of an episode its final observation.
  ///   - terminated: whether the task ended the episode; false for a time limit.
  public func append(
    observation: Span<Float>, action: Span<Float>, reward: Float, nextObservation: Span<Float>, terminated: Bool
  ) {
    precondition(
      observation.count == observationSize && nextObservation.count == observationSize && action.count == actionSize,
      "a transition of other sizes than the buffer's")
    let start = next * rowLength
    if start == rows.count { rows.append(contentsOf: repeatElement(0, count: rowLength)) }
    rows.withUnsafeMutableBufferPointer { rows in
      var place = start
      func put(_ value: Float) {
        rows[place] = value
        place += 1
      }
      for index in observation.indices { put(observation[index]) }
      for index in action.indices { put(action[index]) }
      put(reward)
      put(terminated ? 1 : 0)
      for index in nextObservation.indices { put(nextObservation[index]) }
    }
    next = (next + 1) % capacity
    count = min(count + 1, capacity)
  }

  /// Fills `batch` with transitions drawn uniformly, with replacement.
  public func sample(into batch: Batch, using generator: inout RandomGenerator) {
    precondition(count > 0, "nothing to sample from")
    batch.observation.withMutableFloats { observation in
      batch.action.withMutableFloats { action in
        batch.reward.withMutableFloats { reward in
          batch.nextObservation.withMutableFloats { nextObservation in
            batch.terminated.withMutableFloats { terminated in
              let place = observationSize + actionSize
              rows.forEachDrawn(batch.size, length: rowLength) {
                generator.index(below: count) * rowLength
              } body: { index, row in
                observation.setRow(index, to: row, count: observationSize)
                action.setRow(index, to: row + observationSize, count: actionSize)
                reward[index] = row[place]
                terminated[index] = row[place + 1]
                nextObservation.setRow(index, to: row + place + 2, count: observationSize)
              }
            }
          }
        }
      }
    }
  }

  public func saveState(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "rows", floats: rows, shape: [count, rowLength])
    state[words: prefix + "position"] = [UInt64(next), UInt64(count)]
  }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    let position = try state.counts(prefix + "position", count: 2)
    guard position[1] <= capacity, position[0] < capacity, position[0] <= position[1] else {
      throw StateError("'\(prefix)position' \(position) does not fit a replay buffer of capacity \(capacity)")
    }
    let (size, overflow) = position[1].multipliedReportingOverflow(by: rowLength)
    rows = try state.floats(prefix + "rows", count: overflow ? Int.max : size)
    (next, count) = (position[0], position[1])
  }
}
