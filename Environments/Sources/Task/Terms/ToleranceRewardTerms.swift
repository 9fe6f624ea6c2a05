import Foundation

/// How near a value is to a target: 1 inside `within` of it, falling to `value_at_margin` at `margin` further out.
///
/// The DeepMind Control Suite's tolerance function (Tassa et al., 2018, section 2.3), raised to a floor:
/// floor + (1 − floor) · s(distance beyond `within` / margin), with s one of
/// - `gaussian`: exp(−½ (d·w)²), w = √(−2 ln value_at_margin)
/// - `quadratic`: 1 − (d·w)² while positive, w = √(1 − value_at_margin)
/// - `linear`: 1 − d·w while positive, w = 1 − value_at_margin
///
/// Settings: `margin` > 0; `target` (default 0); `within` ≥ 0 (default 0); `value_at_margin` in 0 … 1 (default 0.1; not
/// 0 for gaussian); `shape` (default gaussian); `floor` in 0 … 1 (default 0).
struct Tolerance {
  enum Shape: String, CaseIterable {
    case gaussian, quadratic, linear
  }

  private let target: Double
  private let within: Double
  private let margin: Double
  private let scale: Double
  private let shape: Shape
  private let floor: Double

  init(_ settings: TaskSettings) throws {
    target = try settings.number("target", default: 0)
    within = try settings.number("within", in: 0 ... .infinity, default: 0)
    margin = try settings.number("margin", in: .leastNormalMagnitude ... .infinity)
    let atMargin = try settings.number("value_at_margin", in: 0...1, default: 0.1)
    shape = try settings.choice("shape", default: .gaussian)
    floor = try settings.number("floor", in: 0...1, default: 0)
    switch shape {
    case .gaussian:
      guard atMargin > 0 else {
        throw settings.error("value_at_margin", "a gaussian never reaches 0; give more than 0")
      }
      scale = (-2 * log(atMargin)).squareRoot()
    case .quadratic: scale = (1 - atMargin).squareRoot()
    case .linear: scale = 1 - atMargin
    }
  }

  func callAsFunction(_ value: Double) -> Double {
    let distance = max(0, abs(value - target) - within) / margin * scale
    let near: Double =
      switch shape {
      case .gaussian: exp(-0.5 * distance * distance)
      case .quadratic: max(0, 1 - distance * distance)
      case .linear: max(0, 1 - distance)
      }
    return floor + (1 - floor) * near
  }
}

/// How near a position is to a target after the step.
///
/// Settings: `coordinate`, and those of ``Tolerance``.
struct PositionNearReward: RewardTerm {
  static let name = "position_near"
  private let index: Int
  private let tolerance: Tolerance

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.positions)
    tolerance = try Tolerance(settings)
  }

  func value(_ state: TaskState) -> Double { tolerance(state.positions[index]) }
}

/// How near a velocity is to a target after the step.
///
/// Settings: `coordinate`, and those of ``Tolerance``.
struct VelocityNearReward: RewardTerm {
  static let name = "velocity_near"
  private let index: Int
  private let tolerance: Tolerance

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.velocities)
    tolerance = try Tolerance(settings)
  }

  func value(_ state: TaskState) -> Double { tolerance(state.velocities[index]) }
}

/// How near the clamped actions are to a target: the mean over the actions.
///
/// Settings: those of ``Tolerance``.
struct ActionNearReward: RewardTerm {
  static let name = "action_near"
  private let tolerance: Tolerance

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    tolerance = try Tolerance(settings)
  }

  func value(_ state: TaskState) -> Double {
    var sum = 0.0
    for value in state.control { sum += tolerance(value) }
    return sum / Double(max(1, state.control.count))
  }
}
