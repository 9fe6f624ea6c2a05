import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTensor

/// An environment of Gymnasium's, hosted by a worker process.
///
/// Observations are the Box of its space, or the Boxes of a Dict or Tuple in Gymnasium's order, as 32-bit floats; bytes
/// are observed as 0…1. Actions beyond the bounds of its space are clamped. Time limits are Gymnasium's own. A seed is
/// handed on as its lowest 31 bits, because that is what all of Gymnasium's environments take.
///
/// There is no exact state: after ``restore(_:)`` the next reset begins an episode that only the snapshot decides.
public final class GymnasiumEnvironment: PlaceableEnvironment {
  public let name: String
  public let observationSpace: BoxSpace
  public let actionSpace: BoxSpace
  public let controlPeriod: Double
  public let maximumSteps: Int
  /// Gymnasium's specification as JSON, from which Python makes the environment again; nil where it cannot be written.
  public let specification: String?
  /// Gymnasium's version.
  public let gymnasiumVersion: String
  /// The path of the Python that hosts it.
  public var python: String { worker.python }
  /// The worker that hosts it.
  var process: pid_t { worker.identifier }
  public private(set) var isSuccess: Bool?

  private let worker: WorkerProcess
  private let slot: Int
  private let memory: WorkerMemory.Slot
  private let parts: [SpacePart]
  private let offsets: [Int]
  private var looking = WorkerProcess.Looking()
  private var isRunning = false
  /// A step that was asked for and not yet waited for.
  private var anticipated: UInt32?
  /// Whether the worker has begun the next episode by itself.
  private var hasNextEpisode = false
  private var reward = 0.0
  /// Whether anything was ever said about success.
  private var knowsSuccess = false
  /// The last seed, and episodes since: what the seed after a restored state is made from.
  private var seed: UInt64?
  private var episodes = 0
  private var isRestored = false

  /// Takes a free slot of a worker; nil where it has none.
  ///
  /// - Throws: ``GymnasiumError`` for an action without bounds, and for what Python raises.
  init?(_ worker: WorkerProcess, named name: String) throws {
    guard let slot = worker.takeSlot() else { return nil }
    let introduction = worker.introduction
    (self.worker, self.slot, self.name) = (worker, slot, name)
    memory = worker.slot(slot)
    parts = introduction.observation
    offsets = memory.memory.layout.parts
    observationSpace = SpacePart.space(introduction.observation)
    actionSpace = SpacePart.space(introduction.action)
    // What is not said plays as fast as most films.
    controlPeriod = introduction.period.flatMap { $0 > 0 && $0.isFinite ? $0 : nil } ?? 1.0 / 30
    maximumSteps = max(0, introduction.limit ?? 0)
    (specification, gymnasiumVersion) = (introduction.specification, introduction.gymnasium)
    for index in 0..<actionSpace.count {
      let (low, high) = (actionSpace.low[index], actionSpace.high[index])
      guard low.isFinite, high.isFinite, low < high else {
        throw GymnasiumError(
          "\(name): action \(index) goes from \(low) to \(high): a policy's actions, −1 to 1, stand for finite ranges; "
            + "give the environment some in Python, for example with gymnasium.wrappers.TransformAction")
      }
    }
    try request(.make)
  }

  deinit {
    if let anticipated { try? worker.awaitAnswer(slot, .step, anticipated, &looking) }
    worker.giveBack(slot)
  }

  private func request(_ command: WorkerCommand, seed: Int64 = -1) throws {
    let number = worker.ask(slot, command, seed: seed)
    try worker.awaitAnswer(slot, command, number, &looking)
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    guard observation.count == observationSpace.count else {
      throw EnvironmentError(
        "\(name): the observation has \(observationSpace.count) components, not \(observation.count)")
    }
    if let anticipated {
      self.anticipated = nil
      try worker.awaitAnswer(slot, .step, anticipated, &looking)
      hasNextEpisode = memory.hasReset
    }
    isRunning = false
    defer { hasNextEpisode = false }
    // Never seeded is seeded with 0, so that nothing is left to chance.
    let chosen = seed ?? (self.seed == nil ? 0 : isRestored ? continuation() : nil)
    if let chosen {
      if !isRestored || seed != nil { (self.seed, episodes) = (chosen, 0) }
      try request(.reset, seed: Int64(chosen & 0x7FFF_FFFF))
    } else if !hasNextEpisode {
      try request(.reset)
    }
    isRestored = false
    episodes += 1
    reward = 0
    isSuccess = knowsSuccess ? false : nil
    if chosen != nil || !hasNextEpisode { noteSuccess() }
    try read(&observation, isFirst: true)
    isRunning = true
  }

  /// A seed that differs after every episode.
  private func continuation() -> UInt64 {
    var generator = RandomGenerator(seed: seed ?? 0).split("continued").split(UInt64(episodes))
    return generator.next()
  }

  public var anticipates: Bool { true }

  public func anticipate(action: Span<Float>) throws {
    guard anticipated == nil else { throw EnvironmentError("\(name): a step was anticipated already") }
    try put(action)
    anticipated = worker.ask(slot, .step, isEager: true)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    let number: UInt32
    if let anticipated {
      number = anticipated
    } else {
      guard observation.count == observationSpace.count else {
        throw EnvironmentError(
          "\(name): the observation has \(observationSpace.count) components, not \(observation.count)")
      }
      try put(action)
      number = worker.ask(slot, .step)
    }
    anticipated = nil
    // An episode in which something failed is over.
    isRunning = false
    try worker.awaitAnswer(slot, .step, number, &looking)
    let outcome = StepOutcome(reward: memory.reward, terminated: memory.terminated, truncated: memory.truncated)
    hasNextEpisode = memory.hasReset
    reward = outcome.reward
    noteSuccess()
    guard reward.isFinite else { throw GymnasiumError("\(name): the reward is \(reward)") }
    try read(&observation, isFirst: false)
    isRunning = !outcome.ended
    return outcome
  }

  private func put(_ action: Span<Float>) throws {
    guard isRunning else { throw EnvironmentError("\(name): no episode is running; reset before stepping") }
    guard action.count == actionSpace.count else {
      throw EnvironmentError("\(name): the action has \(actionSpace.count) components, not \(action.count)")
    }
    for index in action.indices where !action[index].isFinite {
      throw EnvironmentError("\(name): action \(index) is \(action[index]); it must be finite")
    }
    let place = memory.action
    actionSpace.low.withUnsafeBufferPointer { low in
      actionSpace.high.withUnsafeBufferPointer { high in
        for index in action.indices { place[index] = min(max(action[index], low[index]), high[index]) }
      }
    }
  }

  private func noteSuccess() {
    guard let success = memory.success else { return }
    knowsSuccess = true
    isSuccess = isSuccess == true || success
  }

  /// Bytes become 0…1.
  private func read(_ observation: inout MutableSpan<Float>, isFirst: Bool) throws {
    let source = memory.observation(isFirst: isFirst)
    var first = 0
    for (part, offset) in zip(parts, offsets) {
      let count = part.count
      if part.bytes {
        let bytes = (source + offset).assumingMemoryBound(to: UInt8.self)
        for index in 0..<count { observation[first + index] = Float(bytes[index]) / 255 }
      } else {
        let floats = (source + offset).assumingMemoryBound(to: Float.self)
        for index in 0..<count {
          let value = floats[index]
          guard value.isFinite else {
            let place = part.name.isEmpty ? "" : " of '\(part.name)'"
            throw GymnasiumError("\(name): number \(index)\(place) of the observation is \(value)")
          }
          observation[first + index] = value
        }
      }
      first += count
    }
  }

  public var restoresExactly: Bool { false }

  /// The seeds alone: Gymnasium has no way to write an environment's state.
  public func snapshot() -> StateDictionary {
    var snapshot = StateDictionary()
    snapshot[words: "gymnasium"] = [seed == nil ? 0 : 1, seed ?? 0, UInt64(episodes)]
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    let numbers = try snapshot.words("gymnasium", count: 3)
    guard let episodes = Int(exactly: numbers[2]) else {
      throw StateError("the array 'gymnasium' holds an impossible number")
    }
    (seed, self.episodes, isRestored) = (numbers[0] == 0 ? nil : numbers[1], episodes, true)
    isRunning = false
  }

  /// There is none: the physics is in the worker.
  public var simulation: Simulation? { nil }
  public var rewardTerms: [(name: String, value: Double)] { [("reward", reward)] }

  public func picture() throws -> EnvironmentPicture? {
    try request(.render)
    let (width, height, pixels) = try worker.picture(slot)
    return EnvironmentPicture(width: width, height: height, pixels: pixels)
  }

  /// The state of a robot in MuJoCo (`data.qpos`, `data.qvel`, `data.contact`); nil where the environment has none.
  public func robotState() throws -> RobotState? {
    try request(.look)
    let state = memory.robot
    return state.positions.isEmpty ? nil : state
  }

  /// Calls `set_state` of Gymnasium's MuJoCo environments.
  public func begin(at state: RobotState, observation: inout MutableSpan<Float>) throws {
    guard let now = try robotState(), now.positions.count == state.positions.count,
      now.velocities.count == state.velocities.count
    else {
      throw GymnasiumError(
        "\(name): no robot of \(state.positions.count) positions and \(state.velocities.count) velocities to place")
    }
    guard isRunning else { throw EnvironmentError("\(name): no episode is running; reset before placing the robot") }
    memory.robot = state
    try request(.place)
    try read(&observation, isFirst: true)
  }

  /// Seconds that the loop of a Python program takes for `steps` steps of this environment under random actions, in the
  /// same process: what stepping from here is compared with. Afterwards no episode is running.
  public func timeBareLoop(steps: Int) throws -> Double {
    isRunning = false
    try request(.loop, seed: Int64(steps))
    return memory.reward
  }
}
