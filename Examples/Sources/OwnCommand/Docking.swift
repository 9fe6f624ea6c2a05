import Sinew

/// A sled of 1 kg on ice is brought to a mark: it has a place (m) and a velocity (m/s), and a thruster pushes it (N).
final class Docking: Environment {
  let name = "docking"
  let observationSpace = BoxSpace(low: [-.infinity, -.infinity], high: [.infinity, .infinity])
  let actionSpace = BoxSpace(low: [-1], high: [1])
  let controlPeriod = 0.1
  let maximumSteps = 100

  private var (place, velocity, steps, isRunning) = (0.0, 0.0, 0, false)
  private var generator = RandomGenerator(seed: 0)

  func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    if let seed { generator = RandomGenerator(seed: seed) }
    (place, velocity, steps, isRunning) = (generator.uniform(-2...2), 0, 0, true)
    show(&observation)
  }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    guard isRunning else { throw EnvironmentError("docking: no episode is running; reset before stepping") }
    guard action.count == 1, action[0].isFinite else { throw EnvironmentError("docking: one finite action is taken") }
    velocity += controlPeriod * Double(min(max(action[0], -1), 1))
    place += controlPeriod * velocity
    steps += 1
    show(&observation)
    let reward = -place * place - 0.1 * velocity * velocity
    let (terminated, truncated) = (abs(place) > 5, steps == maximumSteps)
    isRunning = !terminated && !truncated
    return StepOutcome(reward: reward, terminated: terminated, truncated: truncated)
  }

  private func show(_ observation: inout MutableSpan<Float>) {
    observation[0] = Float(place)
    observation[1] = Float(velocity)
  }

  // A run that is resumed goes on within an episode.
  func snapshot() -> StateDictionary {
    var state = StateDictionary()
    state[doubles: "sled"] = [place, velocity]
    state[words: "episode"] = [UInt64(steps), isRunning ? 1 : 0]
    state.set("generator", generator: generator)
    return state
  }

  func restore(_ snapshot: StateDictionary) throws {
    let (sled, episode) = (try snapshot.doubles("sled", count: 2), try snapshot.counts("episode", count: 2))
    generator = try snapshot.generator("generator")
    (place, velocity, steps, isRunning) = (sled[0], sled[1], episode[0], episode[1] != 0)
  }
}
