import Foundation
import SinewTensor

/// Where a body's frame is in the horizontal plane: x, y, and its heading in 0 ..< 2π.
///
/// Settings: `body`; `scale`, a factor on x and y (default 1).
struct PlanarPoseObservation: ObservationTerm {
  static let name = "planar_pose"
  private let body: Int
  private let scale: Double
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    labels = Self.labels(["x", "y", "heading"].map { [name = context.model.bodies[body].name] in "\(name).\($0)" })
    scale = try settings.number("scale", in: -1e9...1e9, default: 1)
  }

  var bounds: [ClosedRange<Float>] { [-.infinity ... .infinity, -.infinity ... .infinity, 0...Float(2 * Double.pi)] }
  var componentCount: Int { 3 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    let pose = PlanarPose(state.pose(ofBody: body))
    let turn = pose.angle.truncatingRemainder(dividingBy: 2 * .pi)
    observation[start] = Float(scale * pose.position.x)
    observation[start + 1] = Float(scale * pose.position.y)
    observation[start + 2] = Float(turn < 0 ? turn + 2 * .pi : turn)
  }
}

/// The share of one body's footprint that another one's covers, exactly.
///
/// A footprint is made of the body's boxes, which must lie flat and not overlap. Settings: `body`, `target`.
struct Coverage {
  let body: Int
  let target: Int
  let footprint: Footprint
  let targetFootprint: Footprint

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    target = try settings.body("target", in: context.model)
    do {
      footprint = try Footprint(ofBody: body, in: context.model)
      targetFootprint = try Footprint(ofBody: target, in: context.model)
    } catch let error as EnvironmentError {
      throw settings.error("body", error.description)
    }
  }

  func callAsFunction(_ state: TaskState) -> Double {
    let (pose, targetPose) = (PlanarPose(state.pose(ofBody: body)), PlanarPose(state.pose(ofBody: target)))
    return footprint.sharedArea(at: pose, with: targetFootprint, at: targetPose) / targetFootprint.area
  }
}

/// ``Coverage`` after the step over `threshold`, at most 1.
///
/// Settings: `body`, `target`; `threshold` in 0 … 1 (default 1).
struct CoverageReward: RewardTerm {
  static let name = "coverage"
  private let coverage: Coverage
  private let threshold: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    coverage = try Coverage(settings, context)
    threshold = try settings.number("threshold", in: 1e-6...1, default: 1)
  }

  func value(_ state: TaskState) -> Double { min(coverage(state) / threshold, 1) }
}

/// Whether ``Coverage`` exceeds `threshold` after the step.
///
/// Settings: `body`, `target`; `threshold` in 0 … 1.
struct CoverageAboveTermination: TerminationTerm {
  static let name = "coverage_above"
  let coverage: Coverage
  let threshold: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    coverage = try Coverage(settings, context)
    threshold = try settings.number("threshold", in: 0...1)
  }

  func isMet(_ state: TaskState) -> Bool { coverage(state) > threshold }
}

/// Whether positions are within `radius` of as many others after the step, by the Euclidean distance.
///
/// Settings: `coordinates`, `target`, lists of equally many coordinates; `radius`.
struct DistanceBelowTermination: TerminationTerm {
  static let name = "distance_below"
  private let pairs: [(first: Int, second: Int)]
  private let radius: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    let first = try settings.coordinates("coordinates", among: context.coordinates.positions)
    let second = try settings.coordinates("target", among: context.coordinates.positions)
    guard first.count == second.count else {
      throw settings.error("target", "names \(second.count) coordinates, but coordinates names \(first.count)")
    }
    pairs = zip(first, second).map { ($0, $1) }
    radius = try settings.number("radius", in: 0...1e9)
  }

  func isMet(_ state: TaskState) -> Bool {
    var sum = 0.0
    for pair in pairs {
      let difference = state.positions[pair.first] - state.positions[pair.second]
      sum += difference * difference
    }
    return sum <= radius * radius
  }
}
