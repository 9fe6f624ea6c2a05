import Foundation
import SinewPhysics
import SinewTensor

/// A velocity to walk at: forward and to the left in the body's frame (m/s), and a rate of turning about its vertical
/// axis (rad/s). Each is drawn uniformly from its range, when the episode begins and again after every `hold` seconds.
///
/// Settings: `body`; `x`, `y`, `yaw`, ranges of two numbers (default 0); `hold`, seconds (default: the whole episode);
/// `standing`, the probability that all three are zero (default 0).
struct VelocityCommand: CommandTerm {
  static let name = "velocity"
  private let ranges: [ClosedRange<Double>]
  private let hold: Double
  private let standing: Double
  /// Three numbers of the command, then the steps that it has lasted.
  private let memory: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    guard context.needs.velocityCommand == nil else {
      throw EnvironmentError("\(settings.file): \(settings.path): a task has one velocity command at most")
    }
    ranges = try ["x", "y", "yaw"].map { key in
      let ends = try settings.numbers(key, count: 2) ?? [0, 0]
      guard ends[0] <= ends[1] else { throw settings.error(key, "the first number is above the second") }
      return ends[0]...ends[1]
    }
    hold = try settings.number("hold", in: 1e-3 ... .infinity, default: .infinity)
    standing = try settings.number("standing", in: 0...1, default: 0)
    memory = context.needs.memory(4)
    context.needs.velocityCommand = memory
  }

  func begin(_ state: TaskState, using generator: inout RandomGenerator) {
    let isStanding = generator.uniform() < standing
    for (index, range) in ranges.enumerated() {
      let value = generator.uniform(range)
      state.memory[memory + index] = isStanding ? 0 : value
    }
    state.memory[memory + 3] = 0
  }

  func update(_ state: TaskState) {}

  func advance(_ state: TaskState, using generator: inout RandomGenerator) {
    state.memory[memory + 3] += 1
    if (state.memory[memory + 3] + 0.5) * state.controlPeriod > hold { begin(state, using: &generator) }
  }
}

extension TermContext {
  /// Where the commanded velocity is in ``TaskState/memory``: forward, left (m/s), turning (rad/s).
  ///
  /// - Throws: ``EnvironmentError`` where the task commands none.
  public func velocityCommand(_ settings: TaskSettings) throws -> Int {
    guard let command = needs.velocityCommand else {
      throw EnvironmentError("\(settings.file): \(settings.path) needs a velocity under commands")
    }
    return command
  }
}

/// The commanded velocity: forward, left (m/s), turning (rad/s).
///
/// Settings: `scale`, a factor (default 1).
struct VelocityCommandObservation: ObservationTerm {
  static let name = "velocity_command"
  private let command: Int
  private let scale: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    command = try context.velocityCommand(settings)
    scale = try settings.number("scale", in: -1e9...1e9, default: 1)
  }

  var bounds: [ClosedRange<Float>] { Array(repeating: -.infinity ... .infinity, count: 3) }
  var labels: [String] { Self.labels(["forward", "left", "turning"]) }
  var componentCount: Int { 3 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    for index in 0..<3 { observation[start + index] = Float(scale * state.memory[command + index]) }
  }
}

/// exp(−‖v* − v‖² / width) with v the body's velocity forward and to the left, in its own frame, and v* the commanded
/// one.
///
/// Settings: `body`; `width`, m²/s² (default 0.25).
struct LinearVelocityTrackingReward: RewardTerm {
  static let name = "linear_velocity_tracking"
  private let body: Int
  private let width: Double
  private let command: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    width = try settings.number("width", in: 1e-9...1e9, default: 0.25)
    command = try context.velocityCommand(settings)
  }

  func value(_ state: TaskState) -> Double {
    let velocity = state.linearVelocity(ofBody: body)
    let (x, y) = (velocity.x - state.memory[command], velocity.y - state.memory[command + 1])
    return exp(-(x * x + y * y) / width)
  }
}

/// exp(−(ω* − ω)² / width) with ω the body's rate of turning about its own vertical axis and ω* the commanded one.
///
/// Settings: `body`; `width`, rad²/s² (default 0.25).
struct YawRateTrackingReward: RewardTerm {
  static let name = "yaw_rate_tracking"
  private let body: Int
  private let width: Double
  private let command: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    width = try settings.number("width", in: 1e-9...1e9, default: 0.25)
    command = try context.velocityCommand(settings)
  }

  func value(_ state: TaskState) -> Double {
    let error = state.angularVelocity(ofBody: body).z - state.memory[command + 2]
    return exp(-error * error / width)
  }
}
