import SinewTensor

/// The last `capacity` transitions of online interaction, sampled uniformly with replacement.
///
/// Steps of N environments are stored as one row each, step by step, so that the next step of a row's environment lies
/// N rows further on. A row keeps its own observation only: what was seen next is the observation of the next row, or
/// is kept apart where an episode ended. Floats take 4 bytes and bytes (pixels) one; memory grows with what is stored
/// until the capacity is reached, then the oldest is overwritten.
public final class ReplayBuffer: Source {
  /// The most transitions it holds.
  public let capacity: Int
  /// The parts of an observation.
  public let observation: Columns
  /// Numbers in an action.
  public let actionSize: Int
  /// N, environments whose steps are stored together.
  public let environments: Int
  /// How many transitions it holds.
  public var count: Int { min(total, capacity) }
  public var isEmpty: Bool { total == 0 }

  /// How many transitions were ever stored: the number of the next one.
  private(set) var total = 0
  private(set) var rows: RowStore
  private(set) var finals: FinalObservations

  /// An empty buffer.
  ///
  /// - Parameters:
  ///   - capacity: transitions that it keeps; 1 or more.
  ///   - observation: the parts of an observation; those of bytes are stored as bytes.
  ///   - actionSize: numbers in an action.
  ///   - environments: N, environments whose steps are stored together; 1 or more.
  public init(capacity: Int, observation: Columns, actionSize: Int, environments: Int = 1) {
    precondition(capacity > 0 && environments > 0, "a replay buffer needs room for a transition")
    self.capacity = capacity
    self.observation = observation
    self.actionSize = actionSize
    self.environments = environments
    // The newest step's next observations stand where the next step will be stored.
    rows = RowStore(capacity: capacity + environments, observation: observation, actionSize: actionSize)
    finals = FinalObservations(observation)
  }

  /// Stores one step of every environment.
  ///
  /// - Parameters:
  ///   - observations: what each saw: N × observations, row-major.
  ///   - actions: what was done, in [−1, 1]: N × actions.
  ///   - step: what came of it.
  public func append(
    observations: UnsafeBufferPointer<Float>, actions: UnsafeBufferPointer<Float>, step: StepRows
  ) {
    precondition(
      observations.count == environments * observation.count && actions.count == environments * actionSize
        && step.count == environments, "a step of other sizes than the buffer's")
    for environment in 0..<environments {
      let row = total % rows.capacity
      let end: End = step.terminated[environment] ? .terminated : step.truncated[environment] ? .truncated : .none
      if total >= rows.capacity { finals.remove(row) }
      rows.grow(toHold: row)
      rows.setObservation(row, to: observations, at: environment * observation.count)
      rows.setRest(row, actions, at: environment * actionSize, reward: step.rewards[environment], end: end)
      // Where the episode goes on, the row N further on.
      let next = (total + environments) % rows.capacity
      rows.grow(toHold: next)
      if end == .none {
        rows.setObservation(next, to: step.finalObservations, at: environment * observation.count)
      } else {
        finals.set(row, to: step.finalObservations, at: environment * observation.count)
      }
      total += 1
    }
  }

  /// Counts the newest step of every environment as cut off where its episode would have gone on: what is stored next
  /// does not follow it.
  public func breakOff() {
    var observation = [Float](repeating: 0, count: observation.count)
    for number in max(0, total - environments)..<total {
      let row = number % rows.capacity
      guard rows.end(row) == End.none.rawValue else { continue }
      observation.withUnsafeMutableBufferPointer { observation in
        rows.observation((number + environments) % rows.capacity, into: observation, at: 0)
        finals.set(row, to: UnsafeBufferPointer(observation), at: 0)
      }
      rows.setEnd(row, .truncated)
    }
  }

  /// How a step ended.
  enum End: Float {
    case none = 0
    case terminated = 1
    case truncated = 2
  }

  public func fill(_ range: Range<Int>, of batch: Transitions, using generator: inout RandomGenerator) {
    precondition(total > 0, "nothing to sample from")
    let request = batch.request
    batch.withRows { memory in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: 32) { drawn in
        for start in stride(from: range.lowerBound, to: range.upperBound, by: drawn.count) {
          let size = min(drawn.count, range.upperBound - start)
          for index in 0..<size { drawn[index] = transition(at: generator.index(below: count)) }
          // Asked for together, so that these reads do not wait for each other.
          var seen: Float = 0
          for index in 0..<size {
            seen += rows.touch(drawn[index] % rows.capacity)
            seen += rows.touch((drawn[index] + environments) % rows.capacity)
          }
          // Written where it is overwritten below: the reads are not left out.
          memory.reward[start] = seen
          for index in 0..<size { fill(start + index, of: memory, request, from: drawn[index]) }
        }
      }
    }
  }

  /// The number of the transition at a place of the ring, 0 ..< count.
  private func transition(at place: Int) -> Int {
    if total <= capacity { return place }
    let first = total - capacity
    let offset = place - first % capacity
    return first + (offset < 0 ? offset + capacity : offset)
  }

  private func fill(_ index: Int, of memory: Transitions.Rows, _ request: Transitions.Request, from first: Int) {
    var row = first % rows.capacity
    rows.observation(row, into: memory.observation, at: index * observation.count)
    rows.action(row, into: memory.action, at: index * actionSize)
    var (number, steps) = (first, 1)
    var (reward, discount) = (rows.reward(row), request.discount)
    while steps < request.steps, rows.end(row) == End.none.rawValue, number + environments < total {
      number += environments
      row = number % rows.capacity
      reward += discount * rows.reward(row)
      discount *= request.discount
      steps += 1
    }
    let end = rows.end(row)
    let next = (number + environments) % rows.capacity
    memory.reward[index] = reward
    memory.discount[index] = end == End.terminated.rawValue ? 0 : discount
    if end == End.none.rawValue {
      rows.observation(next, into: memory.nextObservation, at: index * observation.count)
    } else {
      finals.observation(row, into: memory.nextObservation, at: index * observation.count)
    }
    memory.returnToGo?[index] = returnToGo(from: first, discount: request.discount)
    if let nextAction = memory.nextAction {
      let isKnown = end == End.none.rawValue && number + environments < total
      rows.action(isKnown ? next : row, into: nextAction, at: index * actionSize)
    }
  }
}

extension ReplayBuffer {
  /// The discounted sum of rewards from a transition to the end of its episode, or to where a reward counts less than
  /// a millionth; −∞ where that is not yet known.
  private func returnToGo(from first: Int, discount: Float) -> Float {
    var (sum, factor): (Float, Float) = (0, 1)
    for number in stride(from: first, to: total, by: environments) {
      let row = number % rows.capacity
      sum += factor * rows.reward(row)
      factor *= discount
      if rows.end(row) != End.none.rawValue || factor < 1e-6 { return sum }
    }
    return -.infinity
  }
}

/// What one step of N environments led to, in memory that the environments keep.
public struct StepRows {
  /// Rewards: N.
  public var rewards: UnsafeBufferPointer<Float>
  /// Whether the task ended the episode: N.
  public var terminated: UnsafeBufferPointer<Bool>
  /// Whether a time limit cut it off: N.
  public var truncated: UnsafeBufferPointer<Bool>
  /// What each saw after the step, before any reset: N × observations.
  public var finalObservations: UnsafeBufferPointer<Float>

  /// A step's rows.
  public init(
    rewards: UnsafeBufferPointer<Float>, terminated: UnsafeBufferPointer<Bool>,
    truncated: UnsafeBufferPointer<Bool>, finalObservations: UnsafeBufferPointer<Float>
  ) {
    (self.rewards, self.terminated, self.truncated) = (rewards, terminated, truncated)
    self.finalObservations = finalObservations
  }

  /// N.
  public var count: Int { rewards.count }
}

extension ReplayBuffer: Stateful {
  public func saveState(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "position"] = [UInt64(total), UInt64(environments), UInt64(capacity)]
    rows.save(to: &state, prefix: prefix)
    finals.save(to: &state, prefix: prefix + "final_")
  }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    if state[words: prefix + "position"]?.count == 2 { return try loadWholeTransitions(from: state, prefix: prefix) }
    let position = try state.counts(prefix + "position", count: 3)
    let total = position[0]
    guard total < Int.max - environments, position[1] == environments, position[2] == capacity else {
      throw StateError(
        "'\(prefix)position' \(position) is of another replay buffer than one of \(capacity) transitions of "
          + "\(environments) environments")
    }
    var (rows, finals) = (rows, finals)
    try rows.load(from: state, prefix: prefix, used: min(total == 0 ? 0 : total + environments, rows.capacity))
    try finals.load(from: state, prefix: prefix + "final_", capacity: rows.capacity)
    for number in max(0, total - capacity)..<total {
      let row = number % rows.capacity
      guard rows.end(row) == 0 || finals.has(row) else {
        throw StateError("'\(prefix)final_rows' lacks the end of the episode in row \(row)")
      }
    }
    (self.total, self.rows, self.finals) = (total, rows, finals)
  }

  /// Reads the layout in which every transition held both of its observations, and no time limit.
  private func loadWholeTransitions(from state: StateDictionary, prefix: String) throws {
    let position = try state.counts(prefix + "position", count: 2)
    guard position[1] <= capacity, position[0] < capacity, position[0] <= position[1] else {
      throw StateError("'\(prefix)position' \(position) does not fit a replay buffer of capacity \(capacity)")
    }
    let (next, count, width) = (position[0], position[1], observation.count)
    let length = 2 * width + actionSize + 2
    let (size, overflow) = count.multipliedReportingOverflow(by: length)
    let old = try state.floats(prefix + "rows", count: overflow ? Int.max : size)
    total = 0
    rows.removeAll()
    finals.removeAll()
    // The number of the oldest decides where it lies.
    let oldest = count == capacity ? next : 0
    total = oldest
    old.withUnsafeBufferPointer { old in
      for index in 0..<count {
        let start = (oldest + index) % capacity * length
        let follower = (oldest + index + environments) % capacity * length
        let final = start + width + actionSize + 2
        let goesOn =
          index + environments < count && old[start + width + actionSize + 1] == 0
          && (0..<width).allSatisfy { old[final + $0].bitPattern == old[follower + $0].bitPattern }
        let row = total % rows.capacity
        rows.grow(toHold: row)
        rows.setObservation(row, to: old, at: start)
        let end: End = old[start + width + actionSize + 1] != 0 ? .terminated : goesOn ? .none : .truncated
        rows.setRest(row, old, at: start + width, reward: old[start + width + actionSize], end: end)
        if end != .none { finals.set(row, to: old, at: final) }
        total += 1
      }
      rows.grow(toHold: (total + environments - 1) % rows.capacity)
    }
  }
}
