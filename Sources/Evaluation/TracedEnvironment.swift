import SinewEnvironments
import SinewTensor

/// An environment that keeps what was seen and done in it, and whose episodes begin where another one's do, if that can
/// be.
final class TracedEnvironment: EnvironmentWrapper {
  let base: any Environment
  /// Whose starts are taken; nil for the environment's own.
  private let starts: (any Environment)?
  private(set) var episodes: [EpisodeTrace] = []

  init(_ base: any Environment, startingAs starts: (any Environment)? = nil) {
    (self.base, self.starts) = (base, starts)
  }

  func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
    var trace = EpisodeTrace(observationSize: observationSpace.count, actionSize: actionSpace.count)
    if let starts, let place = base as? any PlaceableEnvironment {
      _ = try starts.reset(seed: seed)
      if let state = try starts.currentRobotState(), let now = try place.robotState(),
        now.positions.count == state.positions.count, now.velocities.count == state.velocities.count
      {
        try place.begin(at: state, observation: &observation)
        trace.isPlaced = true
      }
    }
    trace.append(observation: observation)
    episodes.append(trace)
  }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    let outcome = try base.step(action: action, observation: &observation)
    let last = episodes.count - 1
    episodes[last].append(observation: observation)
    episodes[last].append(action: action)
    if let state = try base.currentRobotState() { episodes[last].append(state) }
    return outcome
  }
}

/// What was seen and done in an episode.
struct EpisodeTrace {
  let observationSize: Int
  let actionSize: Int
  /// Whether it began where another environment's robot stood.
  var isPlaced = false
  /// Steps.
  private(set) var length = 0
  /// length + 1 observations, one after the other.
  private(set) var observations: [Float] = []
  /// Sums over the steps of the magnitudes of each action.
  private(set) var actionSums: [Double]
  /// The same of each generalised velocity; empty where no robot was seen.
  private(set) var speedSums: [Double] = []
  /// Steps after which something touched.
  private(set) var touches = 0

  init(observationSize: Int, actionSize: Int) {
    (self.observationSize, self.actionSize) = (observationSize, actionSize)
    actionSums = Array(repeating: 0, count: actionSize)
  }

  func observation(_ component: Int, at step: Int) -> Double {
    Double(observations[step * observationSize + component])
  }

  mutating func append(observation: borrowing MutableSpan<Float>) {
    for index in observation.indices { observations.append(observation[index]) }
  }

  mutating func append(action: Span<Float>) {
    length += 1
    for index in action.indices { actionSums[index] += Double(abs(action[index])) }
  }

  mutating func append(_ state: RobotState) {
    if speedSums.isEmpty { speedSums = Array(repeating: 0, count: state.velocities.count) }
    for (index, velocity) in state.velocities.enumerated() where index < speedSums.count {
      speedSums[index] += abs(velocity)
    }
    if state.isTouching { touches += 1 }
  }
}
