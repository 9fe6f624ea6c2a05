import Foundation

/// Mean velocity over the step along a coordinate, (q′ − q) / control period, in m/s.
///
/// Settings: `coordinate`, for example the root's slide along x.
struct ForwardVelocityReward: RewardTerm {
  static let name = "forward_velocity"
  private let index: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.positions)
  }

  func value(_ state: TaskState) -> Double {
    (state.positions[index] - state.startPositions[index]) / state.controlPeriod
  }
}

/// 1 for every step that doesn't terminate the episode, else 0.
struct AliveReward: RewardTerm {
  static let name = "alive"

  init(_ settings: TaskSettings, _ context: TermContext) throws {}

  func value(_ state: TaskState) -> Double { state.terminated ? 0 : 1 }
}

/// Sum of the squared actions; give it a negative weight.
///
/// Settings: `clamped`, whether actions are clamped to the action space first (default false).
struct ActionSquaredReward: RewardTerm {
  static let name = "action_squared"
  private let clamped: Bool

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    clamped = try settings.flag("clamped", default: false)
  }

  func value(_ state: TaskState) -> Double {
    var sum = 0.0
    for value in clamped ? state.control : state.action { sum += value * value }
    return sum
  }
}

/// The squared angle, brought into −π … π first; give it a negative weight.
///
/// Settings: `coordinate`; `at`, `start` or `end` of the step (default end).
struct AngleSquaredReward: RewardTerm {
  static let name = "angle_squared"
  private let index: Int
  private let moment: TaskState.Moment

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.positions)
    moment = try settings.choice("at", default: .end)
  }

  func value(_ state: TaskState) -> Double {
    let angle = state.position(index, at: moment).remainder(dividingBy: 2 * .pi)
    return angle * angle
  }
}

/// The squared velocity of a coordinate; give it a negative weight.
///
/// Settings: `coordinate`; `at`, `start` or `end` of the step (default end).
struct VelocitySquaredReward: RewardTerm {
  static let name = "velocity_squared"
  private let index: Int
  private let moment: TaskState.Moment

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.velocities)
    moment = try settings.choice("at", default: .end)
  }

  func value(_ state: TaskState) -> Double {
    let velocity = state.velocity(index, at: moment)
    return velocity * velocity
  }
}

/// (1 + cos angle) / 2 after the step: 1 at angle 0, 0 upside down.
///
/// Settings: `coordinate`.
struct UprightReward: RewardTerm {
  static let name = "upright"
  private let index: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.positions)
  }

  func value(_ state: TaskState) -> Double { (1 + cos(state.positions[index])) / 2 }
}

/// The product of other terms' values, for tasks that ask for all of them at once.
///
/// Settings: `factors`, a list of reward terms. A factor has no weight of its own.
struct ProductReward: RewardTerm {
  static let name = "product"
  private let factors: [any RewardTerm]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    let terms = context.terms
    let known = terms.reward.filter { $0 != ProductReward.self }
    factors = try settings.terms("factors", among: known, of: terms, name: { $0.name }) { try $0.init($1, context) }
    guard !factors.isEmpty else { throw settings.error("factors", "a product needs at least one factor") }
  }

  func value(_ state: TaskState) -> Double {
    var product = 1.0
    for factor in factors { product *= factor.value(state) }
    return product
  }
}
