import Foundation
import SinewPhysics
import SinewTensor

/// Pushes a block onto its target: plans strokes, walks round the block to where the next one begins, pushes, looks
/// again.
///
/// Of plans about as good, and of ways round the block about as long, any may be drawn, so that from the same situation
/// it pushes other sides and turns the block either way.
public final class PushDemonstrator: Demonstrator {
  private var controller: PushController
  private let name: String
  private let block: Int
  private let pusher: Int
  /// The block's centre of mass in its frame.
  private let centre: SIMD2<Double>
  /// Action per metre, and where the action space begins and how wide it is.
  private let axes: [(gear: Double, low: Double, width: Double)]

  /// A demonstrator for tasks whose success is coverage, with two position servos on a round pusher; nil for others.
  init?(_ task: TaskDefinition) throws {
    let goals = task.success.compactMap { $0 as? CoverageAboveTermination }
    let model = task.model
    guard let goal = goals.first?.coverage, model.actuators.count == 2 else { return nil }
    let pusher = model.joints[model.actuators[0].joint].body
    let radius = model.geometries.lazy.compactMap { geometry -> Double? in
      guard case .sphere(let radius) = geometry.shape, geometry.body == pusher else { return nil }
      return radius
    }.first
    let ranges = model.actuators.compactMap(\.controlRange)
    guard let radius, ranges.count == 2, model.actuators.allSatisfy({ $0.positionGain > 0 && $0.gear > 0 }) else {
      return nil
    }
    name = task.name
    block = goal.body
    self.pusher = pusher
    let properties = model.bodies[block].massProperties
    centre = SIMD2(properties.centre.x, properties.centre.y)
    axes = zip(model.actuators, ranges).map { ($0.gear, $1.lowerBound, $1.upperBound - $1.lowerBound) }
    let place = model.bodies[goal.target].pose
    var target = PlanarPose(place)
    target.position = target.apply(centre)
    let margin = SIMD2(repeating: 0.008)
    let planner = PushPlanner(
      block: QuasiStaticBlock(
        goal.footprint, centre: centre, inertiaRatio: properties.inertia.diagonal.z / properties.mass,
        pusherRadius: radius),
      target: target,
      low: SIMD2(axes[0].low / axes[0].gear, axes[1].low / axes[1].gear) + margin,
      high: SIMD2((axes[0].low + axes[0].width) / axes[0].gear, (axes[1].low + axes[1].width) / axes[1].gear) - margin,
      walkingSpeed: 0.014, pushingSpeed: 0.009)
    controller = PushController(planner: planner)
  }

  public func beginEpisode(_ generator: RandomGenerator) {
    controller.begin(generator)
  }

  public func act(in environment: any Environment, action: inout MutableSpan<Float>) throws {
    guard let state = (environment as? TaskEnvironment)?.state, environment.name == name, action.count == 2 else {
      throw EnvironmentError("this demonstrator knows \(name), not \(environment.name)")
    }
    var pose = PlanarPose(state.pose(ofBody: block))
    pose.position = pose.apply(centre)
    let place = PlanarPose(state.pose(ofBody: pusher)).position
    let command = controller.advance(pose, place)
    for (axis, space) in axes.enumerated() {
      let value = 2 * (command[axis] * space.gear - space.low) / space.width - 1
      action[axis] = Float(min(max(value, -1), 1))
    }
  }
}
