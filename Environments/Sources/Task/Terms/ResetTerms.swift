import SinewTensor

/// Where positions begin: the model's own, or `value`, plus noise drawn for each coordinate by itself.
///
/// Settings: `only` or `except`, lists of coordinates; `value`; `uniform`, half the width of the noise, or `normal`,
/// its standard deviation.
struct PositionsReset: ResetTerm {
  static let name = "positions"
  private let start: Start

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    start = try Start(settings, among: context.coordinates.positions)
  }

  func apply(to state: TaskState, using generator: inout RandomGenerator) {
    start.apply(to: state.positions, using: &generator)
  }
}

/// Where velocities begin: zero, or `value`, plus noise drawn for each coordinate by itself.
///
/// Settings: `only` or `except`, lists of coordinates; `value`; `uniform`, half the width of the noise, or `normal`,
/// its standard deviation.
struct VelocitiesReset: ResetTerm {
  static let name = "velocities"
  private let start: Start

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    start = try Start(settings, among: context.coordinates.velocities)
  }

  func apply(to state: TaskState, using generator: inout RandomGenerator) {
    start.apply(to: state.velocities, using: &generator)
  }
}

/// Draws two positions together, uniformly in a rectangle, again and again until their distance from (0, 0) is right.
///
/// Settings: `coordinates`, two of them; `low` and `high`, two numbers each; `nearest` and `farthest`, bounds of the
/// distance, strict (default: none). At least a thousandth of the rectangle should qualify.
struct PositionPairReset: ResetTerm {
  static let name = "position_pair"
  private let indices: [Int]
  private let low: [Double]
  private let high: [Double]
  private let nearest: Double
  private let farthest: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    let names = context.coordinates.positions
    indices = try (settings.texts("coordinates") ?? []).map {
      try settings.index(of: $0, key: "coordinates", among: names)
    }
    guard indices.count == 2 else { throw settings.error("coordinates", "takes two coordinates") }
    low = try settings.numbers("low", count: 2) ?? [-1, -1]
    high = try settings.numbers("high", count: 2) ?? [1, 1]
    nearest = try settings.number("nearest", in: 0 ... .infinity, default: -.infinity)
    farthest = try settings.number("farthest", in: 0 ... .infinity, default: .infinity)
    guard low[0] <= high[0], low[1] <= high[1] else { throw settings.error("low", "lies above high") }
    guard nearest < farthest else { throw settings.error("nearest", "is not below farthest") }
  }

  func apply(to state: TaskState, using generator: inout RandomGenerator) {
    // Bounded, so that settings that nothing meets are no endless loop.
    for _ in 0..<100_000 {
      let (x, y) = (generator.uniform(low[0]...high[0]), generator.uniform(low[1]...high[1]))
      (state.positions[indices[0]], state.positions[indices[1]]) = (x, y)
      let distance = (x * x + y * y).squareRoot()
      if nearest < distance && distance < farthest { return }
    }
  }
}

private struct Start {
  let indices: [Int]
  let value: Double?
  let uniform: Double
  let normal: Double

  init(_ settings: TaskSettings, among names: [String]) throws {
    indices = try settings.selection(among: names)
    value = try settings.optionalNumber("value", in: -1e6...1e6)
    uniform = try settings.number("uniform", in: 0...1e6, default: 0)
    normal = try settings.number("normal", in: 0...1e6, default: 0)
    guard uniform == 0 || normal == 0 else { throw settings.error("normal", "give uniform or normal noise, not both") }
  }

  func apply(to values: StateNumbers, using generator: inout RandomGenerator) {
    for index in indices {
      if let value { values[index] = value }
      if uniform > 0 { values[index] += generator.uniform(-uniform...uniform) }
      if normal > 0 { values[index] += normal * generator.normal() }
    }
  }
}
