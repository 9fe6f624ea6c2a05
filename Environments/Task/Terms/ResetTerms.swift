import SinewTensor

/// Where positions begin: the model's own, or `value`, plus noise drawn for each coordinate by itself.
///
/// Settings: `only` or `except`, lists of coordinates; `value`; `uniform`, half the width of the noise, or `normal`, its
/// standard deviation.
struct PositionsReset: ResetTerm {
  static let name = "positions"
  private let start: Start

  init(_ settings: Settings, _ context: TermContext) throws {
    start = try Start(settings, among: context.coordinates.positions)
  }

  func apply(to state: TaskState, using generator: inout RandomGenerator) {
    start.apply(to: state.positions, using: &generator)
  }
}

/// Where velocities begin: zero, or `value`, plus noise drawn for each coordinate by itself.
///
/// Settings: `only` or `except`, lists of coordinates; `value`; `uniform`, half the width of the noise, or `normal`, its
/// standard deviation.
struct VelocitiesReset: ResetTerm {
  static let name = "velocities"
  private let start: Start

  init(_ settings: Settings, _ context: TermContext) throws {
    start = try Start(settings, among: context.coordinates.velocities)
  }

  func apply(to state: TaskState, using generator: inout RandomGenerator) {
    start.apply(to: state.velocities, using: &generator)
  }
}

private struct Start {
  let indices: [Int]
  let value: Double?
  let uniform: Double
  let normal: Double

  init(_ settings: Settings, among names: [String]) throws {
    indices = try settings.selection(among: names)
    value = try settings.optionalNumber("value", in: -1e6...1e6)
    uniform = try settings.number("uniform", in: 0...1e6, default: 0)
    normal = try settings.number("normal", in: 0...1e6, default: 0)
    guard uniform == 0 || normal == 0 else { throw settings.error("normal", "give uniform or normal noise, not both") }
  }

  func apply(to values: UnsafeMutableBufferPointer<Double>, using generator: inout RandomGenerator) {
    for index in indices {
      if let value { values[index] = value }
      if uniform > 0 { values[index] += generator.uniform(-uniform...uniform) }
      if normal > 0 { values[index] += normal * generator.normal() }
    }
  }
}
