import Foundation
import SinewPhysics

/// What the parts of a task are called.
extension TaskDefinition {
  /// A reward term of a task.
  public struct RewardName: Sendable, Encodable {
    /// What it is reported by.
    public let name: String
    /// What it is multiplied by.
    public let weight: Double
  }

  /// What each component of the observation is, in order: `positions.knee`.
  public var observationNames: [String] { observation.flatMap(\.labels) }

  /// What each generalised velocity is of, in order: `knee`, `root.wx`.
  public var velocityNames: [String] { Coordinates(model).velocities }

  /// What each component of the action drives: an actuator's name, or its joint's.
  public var actionNames: [String] {
    model.actuators.map { actuator in
      if !actuator.name.isEmpty { return actuator.name }
      let joint = model.joints.indices.contains(actuator.joint) ? model.joints[actuator.joint].name : ""
      return joint.isEmpty ? "\(actuator.joint)" : joint
    }
  }

  /// The terms of the reward, in order.
  public var rewardNames: [RewardName] { reward.map { RewardName(name: $0.name, weight: $0.weight) } }

  /// The reasons to end an episode.
  public var terminationNames: [String] { termination.map { type(of: $0).name } }

  /// What must be met for a success; empty where there is no notion of it.
  public var successNames: [String] { success.map { type(of: $0).name } }

  /// Whether nothing of the robot can move.
  public var isRigid: Bool { model.isRigid }
}
