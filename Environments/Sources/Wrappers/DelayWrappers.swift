import SinewTensor

/// Hands over every action a few steps late; before the first arrives, zero, or what is nearest to it in the action
/// space.
///
/// A task has this by itself as the parameter `action_latency`, in seconds; the wrapper is for any environment.
public final class ActionDelay: EnvironmentWrapper {
  public let base: any Environment
  /// Steps from an action to its effect.
  public let steps: Int
  private var line: DelayLine<Float>
  private var late: [Float]

  /// `base` with actions that come `steps` steps late, 0 or more.
  public init(_ base: any Environment, steps: Int) {
    precondition(steps >= 0, "a delay is not negative")
    self.base = base
    self.steps = steps
    late = zip(base.actionSpace.low, base.actionSpace.high).map { min(max(0, $0), $1) }
    line = DelayLine(delay: steps, filledWith: late)
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
    let space = actionSpace
    line = DelayLine(delay: steps, filledWith: zip(space.low, space.high).map { min(max(0, $0), $1) })
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    try check(action)
    line.push { action[$0] }
    for index in late.indices { late[index] = line.number(index, age: steps) }
    let late = late
    return try base.step(action: late.span, observation: &observation)
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    snapshot[floats: "actions"] = line.contents
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    let contents = try snapshot.floats("actions", count: line.contents.count)
    try restoreBase(from: snapshot)
    line.load(contents)
  }
}

/// Shows every observation a few steps late; before the first arrives, the episode's first.
///
/// A task has this by itself as the parameter `observation_latency`, in seconds; the wrapper is for any environment.
public final class ObservationDelay: EnvironmentWrapper {
  public let base: any Environment
  /// Steps from a state to when it is seen.
  public let steps: Int
  private var line: DelayLine<Float>

  /// `base` with observations that come `steps` steps late, 0 or more.
  public init(_ base: any Environment, steps: Int) {
    precondition(steps >= 0, "a delay is not negative")
    self.base = base
    self.steps = steps
    line = DelayLine(delay: steps, filledWith: [Float](repeating: 0, count: base.observationSpace.count))
  }

  public var anticipates: Bool { base.anticipates }
  public func anticipate(action: Span<Float>) throws { try base.anticipate(action: action) }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
    for _ in 0...steps { line.push { observation[$0] } }
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    let outcome = try base.step(action: action, observation: &observation)
    line.push { observation[$0] }
    for index in 0..<observation.count { observation[index] = line.number(index, age: steps) }
    return outcome
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    snapshot[floats: "observations"] = line.contents
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    let contents = try snapshot.floats("observations", count: line.contents.count)
    try restoreBase(from: snapshot)
    line.load(contents)
  }
}

/// Shows the last few observations at once, the oldest first; at the beginning of an episode the first stands for those
/// before it.
///
/// An observation of several parts keeps them: a vector becomes its frames one after the other, a picture [height,
/// width, channels] one of [height, width, frames · channels].
public final class FrameStack: EnvironmentWrapper {
  public let base: any Environment
  /// Observations that are shown.
  public let count: Int
  public let observationSpace: BoxSpace
  private var line: DelayLine<Float>
  private var newest: [Float]
  /// Where a number of a frame is shown, frame after frame.
  private let places: [Int]

  /// `base` showing its last `count` observations, 1 or more.
  public init(_ base: any Environment, count: Int) {
    precondition(count > 0, "a stack has at least one frame")
    self.base = base
    self.count = count
    let space = base.observationSpace
    let columns = space.columns.isPlainVector ? Columns(vector: space.count) : space.columns
    let places = Self.places(of: columns, frames: count)
    var (low, high) = (places.map(Float.init), places.map(Float.init))
    for (index, place) in places.enumerated() {
      (low[place], high[place]) = (space.low[index % space.count], space.high[index % space.count])
    }
    observationSpace = BoxSpace(low: low, high: high, columns: Self.stack(columns, frames: count))
    self.places = places
    newest = [Float](repeating: 0, count: space.count)
    line = DelayLine(delay: count - 1, filledWith: newest)
  }

  private static func stack(_ columns: Columns, frames: Int) -> Columns {
    Columns(
      columns.parts.map { part in
        var part = part
        if part.isImage { part.shape[2] *= frames } else { part.shape = [frames * part.count] }
        return part
      })
  }

  private static func places(of columns: Columns, frames: Int) -> [Int] {
    (0..<frames).flatMap { frame in
      zip(columns.parts, columns.ranges).flatMap { part, range in
        let channels = part.isImage ? part.shape[2] : part.count
        return (0..<part.count).map { index in
          frames * range.lowerBound + (index / channels * frames + frame) * channels + index % channels
        }
      }
    }
  }

  public var anticipates: Bool { base.anticipates }
  public func anticipate(action: Span<Float>) throws { try base.anticipate(action: action) }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try check(observation: observation)
    try newest.withUnsafeMutableBufferPointer { newest in
      var span = newest.mutableSpan
      try base.reset(seed: seed, observation: &span)
    }
    for _ in 0..<count { line.push { newest[$0] } }
    show(&observation)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    try check(observation: observation)
    let outcome = try newest.withUnsafeMutableBufferPointer { newest in
      var span = newest.mutableSpan
      return try base.step(action: action, observation: &span)
    }
    line.push { newest[$0] }
    show(&observation)
    return outcome
  }

  private func show(_ observation: inout MutableSpan<Float>) {
    let width = newest.count
    for frame in 0..<count {
      for index in 0..<width { observation[places[frame * width + index]] = line.number(index, age: count - 1 - frame) }
    }
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    snapshot[floats: "frames"] = line.contents
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    let contents = try snapshot.floats("frames", count: line.contents.count)
    try restoreBase(from: snapshot)
    line.load(contents)
  }
}
