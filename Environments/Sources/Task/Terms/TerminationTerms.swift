/// Ends the episode unless low < position < high, strictly, after the step.
///
/// Settings: `coordinate`; `low` and `high` (default: no bound; one is needed).
struct PositionOutsideTermination: TerminationTerm {
  static let name = "position_outside"
  private let index: Int
  private let bounds: OpenBounds

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.positions)
    bounds = try OpenBounds(settings)
  }

  func isMet(_ state: TaskState) -> Bool { !bounds.contain(state.positions[index]) }
}

/// Ends the episode unless low < value < high, strictly, for every velocity and every position after the step.
///
/// Settings: `low` and `high` (default: no bound; one is needed); `except_positions`, positions that may have any
/// value.
struct StateOutsideTermination: TerminationTerm {
  static let name = "state_outside"
  private let positions: [Int]
  private let bounds: OpenBounds

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    let names = context.coordinates.positions
    let except =
      try settings.texts("except_positions")?.map {
        try settings.index(of: $0, key: "except_positions", among: names)
      } ?? []
    positions = names.indices.filter { !except.contains($0) }
    bounds = try OpenBounds(settings)
  }

  func isMet(_ state: TaskState) -> Bool {
    for index in positions where !bounds.contain(state.positions[index]) { return true }
    for velocity in state.velocities where !bounds.contain(velocity) { return true }
    return false
  }
}

/// Two bounds that a value must lie strictly between.
struct OpenBounds {
  let low: Double
  let high: Double

  init(_ settings: TaskSettings) throws {
    low = try settings.number("low", default: -.infinity)
    high = try settings.number("high", default: .infinity)
    guard low < high else { throw settings.error("low", "\(low) is not below high, which is \(high)") }
    guard low.isFinite || high.isFinite else { throw settings.error("low", "give low, high or both") }
  }

  func contain(_ value: Double) -> Bool { low < value && value < high }
}
