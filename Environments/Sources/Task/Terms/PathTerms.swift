import Foundation
import SinewPhysics
import SinewTensor

/// A path over the ground to follow at a speed, both drawn when the episode begins. It starts at the origin, towards
/// +x.
///
/// Settings: `body`, whose origin is to be on the path; `kinds`, a list out of straight, sine, circle (default all,
/// each as likely); `speed`, m/s, a range of two numbers (default 1); `amplitude` and `wavelength` of the sine, m, and
/// `radius` of the circle, m, to the left or right, ranges of two numbers (default 0.3 to 1, 6 to 10, 2 to 5).
struct PathCommand: CommandTerm {
  static let name = "path"
  private let body: Int
  private let kinds: [PathCurve.Kind]
  private let speed: ClosedRange<Double>
  private let amplitude: ClosedRange<Double>
  private let wavelength: ClosedRange<Double>
  private let radius: ClosedRange<Double>
  private let memory: PathMemory

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    guard context.needs.path == nil else {
      throw EnvironmentError("\(settings.file): \(settings.path): a task has one path at most")
    }
    func range(_ key: String, least: Double, _ usual: ClosedRange<Double>) throws -> ClosedRange<Double> {
      guard let ends = try settings.numbers(key, count: 2) else { return usual }
      guard least <= ends[0], ends[0] <= ends[1], ends[1] <= 1e3 else {
        throw settings.error(key, "takes two numbers from \(least) to 1000, the smaller one first")
      }
      return ends[0]...ends[1]
    }
    body = try settings.body("body", in: context.model)
    kinds =
      try settings.texts("kinds")?.map { name in
        guard let kind = PathCurve.Kind.allCases.first(where: { "\($0)" == name }) else {
          throw settings.unknown("kind of path", name, key: "kinds", known: PathCurve.Kind.allCases.map { "\($0)" })
        }
        return kind
      } ?? PathCurve.Kind.allCases
    guard !kinds.isEmpty else { throw settings.error("kinds", "takes at least one of straight, sine, circle") }
    speed = try range("speed", least: 0, 1...1)
    amplitude = try range("amplitude", least: 0, 0.3...1)
    wavelength = try range("wavelength", least: 0.1, 6...10)
    radius = try range("radius", least: 0.1, 2...5)
    memory = PathMemory(first: context.needs.memory(PathMemory.count), body: body)
    context.needs.path = memory
  }

  func begin(_ state: TaskState, using generator: inout RandomGenerator) {
    let kind = kinds[min(Int(generator.uniform() * Double(kinds.count)), kinds.count - 1)]
    var curve = PathCurve(kind: kind)
    switch kind {
    case .straight: break
    case .sine: (curve.size, curve.length) = (generator.uniform(amplitude), generator.uniform(wavelength))
    case .circle: curve.size = generator.uniform(radius) * (generator.uniform() < 0.5 ? -1 : 1)
    }
    memory.begin(state, curve, speed: generator.uniform(speed))
  }

  func update(_ state: TaskState) { memory.update(state) }

  func advance(_ state: TaskState, using generator: inout RandomGenerator) {}
}

/// A curve over the ground by a parameter u that begins at 0.
struct PathCurve {
  enum Kind: Int, CaseIterable { case straight, sine, circle }
  var kind: Kind
  /// Amplitude of the sine; radius of the circle, positive to the left.
  var size = 0.0
  /// Wavelength of the sine.
  var length = 1.0

  /// The point at u, and its derivative by u.
  func callAsFunction(_ u: Double) -> (point: SIMD2<Double>, slope: SIMD2<Double>) {
    switch kind {
    case .straight: return (SIMD2(u, 0), SIMD2(1, 0))
    case .sine:
      let rate = 2 * Double.pi / length
      return (SIMD2(u, size * (1 - cos(rate * u))), SIMD2(1, size * rate * sin(rate * u)))
    case .circle:
      let angle = u / size
      return (SIMD2(size * sin(angle), size * (1 - cos(angle))), SIMD2(cos(angle), sin(angle)))
    }
  }

  /// The parameter of the nearest point, looked for from a little before `start` to `reach` beyond it.
  func nearest(to place: SIMD2<Double>, from start: Double, reach: Double) -> Double {
    func squaredDistance(_ u: Double) -> Double {
      let apart = self(u).point - place
      return (apart * apart).sum()
    }
    let steps = 32
    var best = start
    for step in 0...steps {
      let u = start + reach * (1.5 * Double(step) / Double(steps) - 0.5)
      if squaredDistance(u) < squaredDistance(best) { best = u }
    }
    // Gauss and Newton's steps, as long as they help.
    for _ in 0..<4 {
      let (point, slope) = self(best)
      let next = best + ((place - point) * slope).sum() / (slope * slope).sum()
      guard squaredDistance(next) < squaredDistance(best) else { break }
      best = next
    }
    return best
  }

  /// The parameter a distance further along the curve.
  func parameter(_ distance: Double, beyond start: Double) -> Double {
    let steps = max(1, Int((distance / 0.05).rounded(.up)))
    var u = start
    for _ in 0..<steps {
      // The slope in the middle of the step.
      let half = distance / Double(steps) / 2
      let slope = self(u + half / length(self(u).slope)).slope
      u += 2 * half / length(slope)
    }
    return u
  }

  private func length(_ v: SIMD2<Double>) -> Double { (v * v).sum().squareRoot() }
}

/// Where the path is in a task's memory: its curve and speed, the parameter of the nearest point, and the errors there.
struct PathMemory {
  static let count = 8
  let first: Int
  let body: Int

  func begin(_ state: TaskState, _ curve: PathCurve, speed: Double) {
    for (index, value) in [Double(curve.kind.rawValue), curve.size, curve.length, speed, 0].enumerated() {
      state.memory[first + index] = value
    }
    update(state)
  }

  func curve(_ state: TaskState) -> PathCurve {
    PathCurve(
      kind: PathCurve.Kind(rawValue: Int(state.memory[first])) ?? .straight, size: state.memory[first + 1],
      length: state.memory[first + 2])
  }

  func parameter(_ state: TaskState) -> Double { state.memory[first + 4] }

  /// Distance to the left of the path (m), heading against it (rad), and speed along it above the wanted one (m/s).
  func error(_ part: PathPart, _ state: TaskState) -> Double {
    switch part {
    case .lateral: state.memory[first + 5]
    case .heading: state.memory[first + 6]
    case .speed: state.memory[first + 7]
    }
  }

  func update(_ state: TaskState) {
    let pose = state.pose(ofBody: body)
    let place = SIMD2(pose.position.x, pose.position.y)
    let curve = curve(state)
    let u = curve.nearest(to: place, from: parameter(state), reach: 0.5)
    let (point, slope) = curve(u)
    let tangent = slope / (slope * slope).sum().squareRoot()
    let apart = place - point
    let forward = pose.rotation.rotate(SIMD3(1, 0, 0))
    let velocity = state.simulation.linearVelocity(ofBody: body)
    state.memory[first + 4] = u
    state.memory[first + 5] = tangent.x * apart.y - tangent.y * apart.x
    state.memory[first + 6] = atan2(
      tangent.x * forward.y - tangent.y * forward.x, tangent.x * forward.x + tangent.y * forward.y)
    state.memory[first + 7] = tangent.x * velocity.x + tangent.y * velocity.y - state.memory[first + 3]
  }
}

/// What a robot can do wrong on a path.
enum PathPart: String, CaseIterable { case lateral, heading, speed }

extension TermContext {
  func path(_ settings: TaskSettings) throws -> PathMemory {
    guard let path = needs.path else {
      throw EnvironmentError("\(settings.file): \(settings.path) needs a path under commands")
    }
    return path
  }
}

/// Distance to the left of the nearest point of the path (m), heading against the path there (rad, −π … π), and speed
/// along it above the wanted one (m/s).
struct PathErrorObservation: ObservationTerm {
  static let name = "path_error"
  private let path: PathMemory

  init(_ settings: TaskSettings, _ context: TermContext) throws { path = try context.path(settings) }

  var bounds: [ClosedRange<Float>] { Array(repeating: -.infinity ... .infinity, count: 3) }
  var labels: [String] { Self.labels(PathPart.allCases.map(\.rawValue)) }
  var componentCount: Int { 3 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    for (index, part) in PathPart.allCases.enumerated() {
      observation[start + index] = Float(path.error(part, state))
    }
  }
}

/// Points of the path ahead of the nearest one, x and y as seen from the robot (m, x forward, y to the left).
///
/// Settings: `count`; `spacing` along the path, m.
struct PathPointsObservation: ObservationTerm {
  static let name = "path_points"
  private let path: PathMemory
  private let count: Int
  private let spacing: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    path = try context.path(settings)
    count = try settings.wholeNumber("count", in: 1...100)
    spacing = try settings.number("spacing", in: 1e-3...10)
  }

  var bounds: [ClosedRange<Float>] { Array(repeating: -.infinity ... .infinity, count: componentCount) }
  var labels: [String] { Self.labels((1...count).flatMap { ["\($0).x", "\($0).y"] }) }
  var componentCount: Int { 2 * count }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    let curve = path.curve(state)
    let inverse = state.pose(ofBody: path.body).inverse
    var u = path.parameter(state)
    for index in 0..<count {
      u = curve.parameter(spacing, beyond: u)
      let point = curve(u).point
      let seen = inverse.apply(SIMD3(point.x, point.y, 0))
      observation[start + 2 * index] = Float(seen.x)
      observation[start + 2 * index + 1] = Float(seen.y)
    }
  }
}

/// A squared error against the path after the step; give it a negative weight.
///
/// Settings: `of`, lateral (m), heading (rad) or speed (m/s).
struct PathErrorSquaredReward: RewardTerm {
  static let name = "path_error_squared"
  private let path: PathMemory
  private let part: PathPart

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    path = try context.path(settings)
    part = try settings.choice("of", default: .lateral)
  }

  func value(_ state: TaskState) -> Double {
    let error = path.error(part, state)
    return error * error
  }
}

/// Ends the episode when the robot is farther than `distance` (m) from the path.
///
/// Settings: `distance`.
struct PathLeftTermination: TerminationTerm {
  static let name = "path_left"
  private let path: PathMemory
  private let distance: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    path = try context.path(settings)
    distance = try settings.number("distance", in: 1e-3...1e6)
  }

  func isMet(_ state: TaskState) -> Bool { abs(path.error(.lateral, state)) > distance }
}
