import Foundation
import SinewTensor

/// Generalised positions in the model's order (m, rad).
///
/// Settings: `only` or `except`, lists of coordinates; `clip`, a bound on the absolute value; `scale`, a factor before
/// that.
struct PositionsObservation: ObservationTerm {
  static let name = "positions"
  private let coordinates: SelectedCoordinates

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    coordinates = try SelectedCoordinates(settings, among: context.coordinates.positions)
  }

  var bounds: [ClosedRange<Float>] { coordinates.bounds }
  var labels: [String] { Self.labels(coordinates.names) }
  var componentCount: Int { coordinates.indices.count }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    coordinates.write(state.positions, into: &observation, at: start)
  }
}

/// Generalised velocities in the model's order (m/s, rad/s).
///
/// Settings: `only` or `except`, lists of coordinates; `clip`, a bound on the absolute value; `scale`, a factor before
/// that.
struct VelocitiesObservation: ObservationTerm {
  static let name = "velocities"
  private let coordinates: SelectedCoordinates

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    coordinates = try SelectedCoordinates(settings, among: context.coordinates.velocities)
  }

  var bounds: [ClosedRange<Float>] { coordinates.bounds }
  var labels: [String] { Self.labels(coordinates.names) }
  var componentCount: Int { coordinates.indices.count }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    coordinates.write(state.velocities, into: &observation, at: start)
  }
}

/// Cosine of an angle.
///
/// Settings: `coordinate`.
struct CosineObservation: ObservationTerm {
  static let name = "cosine"
  private let index: Int
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.positions)
    labels = Self.labels([context.coordinates.positions[index]])
  }

  var bounds: [ClosedRange<Float>] { [-1...1] }
  var componentCount: Int { 1 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    observation[start] = Float(cos(state.positions[index]))
  }
}

/// Sine of an angle.
///
/// Settings: `coordinate`.
struct SineObservation: ObservationTerm {
  static let name = "sine"
  private let index: Int
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.positions)
    labels = Self.labels([context.coordinates.positions[index]])
  }

  var bounds: [ClosedRange<Float>] { [-1...1] }
  var componentCount: Int { 1 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    observation[start] = Float(sin(state.positions[index]))
  }
}

/// Some of the positions or velocities, clipped.
private struct SelectedCoordinates {
  let indices: [Int]
  let names: [String]
  let clip: Double
  let scale: Double

  init(_ settings: TaskSettings, among names: [String]) throws {
    indices = try settings.selection(among: names)
    self.names = indices.map { names[$0].isEmpty ? "\($0)" : names[$0] }
    clip = try settings.number("clip", in: 0 ... .infinity, default: .infinity)
    scale = try settings.number("scale", in: -1e9...1e9, default: 1)
  }

  var bounds: [ClosedRange<Float>] { indices.map { _ in -Float(clip)...Float(clip) } }

  func write(
    _ values: StateNumbers, into observation: inout MutableSpan<Float>, at start: Int
  ) {
    for (offset, index) in indices.enumerated() {
      observation[start + offset] = Float(min(max(scale * values[index], -clip), clip))
    }
  }
}
