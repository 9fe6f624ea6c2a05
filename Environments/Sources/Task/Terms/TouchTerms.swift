import SinewPhysics

extension TaskSettings {
  /// The indices of the geometries that the list `key` names.
  func geometries(_ key: String, in model: Model) throws -> [Int] {
    guard let names = try texts(key), !names.isEmpty else { throw error(key, "takes a list of geometries in brackets") }
    return try names.map { name in
      guard let index = model.geometry(named: name) else {
        throw unknown("geometry", name, key: key, known: model.geometries.map(\.name).filter { !$0.isEmpty })
      }
      return index
    }
  }
}

/// Geometries that touch something, or don't.
private struct Touch {
  let geometries: [Int]
  private let force: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    geometries = try settings.geometries("geometries", in: context.model)
    force = try settings.number("force", in: 0...1e9, default: 1)
  }

  func callAsFunction(_ geometry: Int, _ state: TaskState) -> Bool {
    state.simulation.contactForce(ofGeometry: geometry) > force
  }

  func count(_ state: TaskState) -> Int {
    var count = 0
    for geometry in geometries where self(geometry, state) { count += 1 }
    return count
  }
}

/// How many of some geometries touch anything at the end of the step.
///
/// Settings: `geometries`; `force`, N, that a touch exceeds (default 1).
struct TouchingReward: RewardTerm {
  static let name = "touching"
  private let touch: Touch

  init(_ settings: TaskSettings, _ context: TermContext) throws { touch = try Touch(settings, context) }

  func value(_ state: TaskState) -> Double { Double(touch.count(state)) }
}

/// Ends the episode when any of some geometries touches anything at the end of a step.
///
/// Settings: `geometries`; `force`, N, that a touch exceeds (default 1).
struct TouchingTermination: TerminationTerm {
  static let name = "touching"
  private let touch: Touch

  init(_ settings: TaskSettings, _ context: TermContext) throws { touch = try Touch(settings, context) }

  func isMet(_ state: TaskState) -> Bool { touch.count(state) > 0 }
}

/// For every foot that touches down, the seconds it was in the air less `target`; zero while the commanded velocity is.
///
/// Settings: `geometries`, the feet; `force`, N, that a touch exceeds (default 1); `target`, s (default 0.5).
struct AirTimeReward: RewardTerm {
  static let name = "air_time"
  private let touch: Touch
  private let target: Double
  private let command: Int?
  /// Seconds that each foot has been in the air.
  private let memory: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    touch = try Touch(settings, context)
    target = try settings.number("target", in: 0...100, default: 0.5)
    command = context.needs.velocityCommand
    memory = context.needs.memory(touch.geometries.count)
  }

  func value(_ state: TaskState) -> Double {
    var sum = 0.0
    for (index, geometry) in touch.geometries.enumerated() {
      let time = state.memory[memory + index]
      if touch(geometry, state) {
        if time > 0 { sum += time - target }
        state.memory[memory + index] = 0
      } else {
        state.memory[memory + index] = time + state.controlPeriod
      }
    }
    guard let command else { return sum }
    let isAsked = (0..<3).contains { abs(state.memory[command + $0]) > 0.1 }
    return isAsked ? sum : 0
  }
}
