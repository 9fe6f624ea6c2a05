import Foundation
import SinewPhysics
import SinewTensor
import Yams

/// A task as data: a robot's model, and what to observe, reward and end on.
///
/// Read from a `task.yaml`:
/// ```yaml
/// description: One line for people.
/// model: hopper.xml            # MJCF, beside this file
/// control_period: 0.008        # seconds per step, a multiple of the model's timestep
/// time_limit: 1000             # steps after which an episode is truncated, 0 for none
/// observation:                 # in this order
///   - positions: {except: [rootx]}
///   - velocities: {clip: 10}
/// reward:                      # the sum of weight × term
///   - alive: {weight: 1}
/// termination:                 # any of them ends the episode
///   - position_outside: {coordinate: rootz, low: 0.7}
/// commands: []                 # what an episode asks for: a velocity, a path
/// success: []                  # all of them met after a step is a success; its terms are those of termination
/// reset:                       # applied in this order to the model's own positions and zero velocities
///   - positions: {uniform: 0.005}
/// maze: {cell: 1, map: …}      # walls to add to the model, see ``Maze``
/// terrain: {geometry: ground, …}   # rough ground in place of a plane, see ``TaskTerrain``
/// speed_limits: {}             # coordinate: bound that its velocity is held to after each step
/// parameters:                  # physical quantities that are fixed, or drawn anew for every episode
///   mass: {uniform: [0.8, 1.2]}
///   friction.foot: 0.5
/// pushes: {force: {uniform: [50, 200]}}   # from time to time, see ``PushTarget``
/// ```
/// Every task has these parameters, whether its file names them or not (default 1, a factor on what the model says):
/// `gravity`, `mass` (with inertia), `friction`, `contact_softness` (the time constant of contacts), `damping`, `armature`,
/// `stiffness`, `limit_softness` (the time constant of joint limits), `motor_strength`; all but gravity also of one part, such
/// as `mass.torso`, `friction.foot`, `damping.knee`, which multiplies the whole's. And with default 0: `action_latency` and
/// `observation_latency` (s; rounded to timesteps and control periods), `action_noise` (standard deviation as a share of half
/// the action's range) and `observation_noise` (in the observation's units). A value is a number, `{uniform: [low, high]}`,
/// `{log_uniform: [low, high]}`, `{normal: [mean, deviation], clip: [low, high]}` or `{choice: [values]}`; callers may set others, see
/// ``Environment/setParameter(_:to:)-(String,ParameterDistribution)``. Documentation/families.md has examples.
///
/// A term without settings is its name alone. A coordinate is a joint's name, or for a part of a free joint `joint.x` (see
/// ``Coordinates``). Unknown keys, terms and coordinates are errors that name the nearest known one. The terms, each a small
/// type in `Environments/Task/Terms`:
/// - observation: `positions`, `velocities` {only, except, clip, scale}; `cosine`, `sine` {coordinate}; `planar_pose`
///   {body, scale}; `point` {body, at, axes}; `point_difference` {body, at, from, from_at, axes}; `contact_forces` {clip};
///   `limit_force` {coordinate, clip}; `motor_forces`; `body_inertias`; `body_velocities`; `linear_velocity`,
///   `angular_velocity` {body, scale}; `projected_gravity` {body}; `velocity_command` {scale}; `previous_action`; `path_error`;
///   `path_points` {count, spacing}
/// - reward, each with a `weight` and if need be a `name`: `forward_velocity` {coordinate}; `alive`; `action_squared`
///   {clamped}; `angle_squared`, `velocity_squared` {coordinate, at}; `upright` {coordinate}; `position_near`,
///   `velocity_near` {coordinate, …}, `action_near` {…} with the settings of ``Tolerance``; `product` {factors};
///   `coverage` {body, target, threshold}; `success`; `centre_of_mass_velocity` {axis}; `contact_forces_squared` {clip,
///   at_most}; `distance` {body, at, from, from_at}; `point_squared` {body, at, axis, target}; `linear_velocity_tracking`,
///   `yaw_rate_tracking` {body, width}; `linear_velocity_squared`, `angular_velocity_squared` {body, axes}; `tilt_squared`
///   {body}; `torque_squared`; `acceleration_squared` {only, except}; `action_rate_squared`; `air_time` {geometries, target};
///   `touching` {geometries, force}; `path_error_squared` {of}
/// - termination and success: `position_outside` {coordinate, low, high}; `state_outside` {low, high, except_positions};
///   `coverage_above` {body, target, threshold}; `distance_below` {coordinates, target, radius}; `point_outside` {body, at,
///   axis, low, high}; `tilt_above` {body, angle}; `touching` {geometries, force}; `path_left` {distance}; termination also
///   `success`
/// - commands: `velocity` {body, x, y, yaw, hold, standing}; `path` {body, kinds, speed, …}, see ``PathCommand``
/// - reset: `positions`, `velocities` {only, except, value, uniform, normal}; `maze_cells` {start, goal, noise};
///   `position_pair` {coordinates, low, high, nearest, farthest}
public struct TaskDefinition: Sendable {
  /// The name: the file's folder for `task.yaml`, else the file's name without its ending.
  public let name: String
  /// One line for people.
  public let description: String
  /// The robot and its surroundings.
  public let model: Model
  /// Seconds per step.
  public let controlPeriod: Double
  /// Simulation steps per control period.
  public let substeps: Int
  /// Steps after which an episode is truncated; 0 for no limit.
  public let timeLimit: Int

  /// The walls that the task adds to its model; nil without.
  let maze: Maze?
  /// Rough ground in place of a plane; nil without.
  let terrain: TaskTerrain?
  let observation: [any ObservationTerm]
  let reward: [WeightedReward]
  let termination: [any TerminationTerm]
  let success: [any TerminationTerm]
  let commands: [any CommandTerm]
  let reset: [any ResetTerm]
  let speedLimits: [SpeedLimit]
  /// Whether a term needs contact forces, and how many numbers the terms remember over a step.
  let needsContactForces: Bool
  let memoryCount: Int
  /// Every parameter of the task, and what the file says that some are drawn from, by index.
  let parameters: ParameterCatalogue
  let parameterDistributions: [Int: ParameterDistribution]
  /// Where pushes go, if there are any.
  let pushes: PushTarget

  /// A reward term with its weight and the name it's reported by.
  struct WeightedReward: Sendable {
    let name: String
    let weight: Double
    let term: any RewardTerm
  }

  /// A bound that a velocity is held to after each step.
  struct SpeedLimit: Sendable {
    let velocity: Int
    let limit: Double
  }

  /// Reads a task file and the model it names.
  ///
  /// - Throws: ``EnvironmentError`` or ``UnknownNameError`` naming file, line and key; ``ModelError`` for the model.
  public init(contentsOf url: URL) throws {
    let file = url.path
    let isStandard = url.deletingPathExtension().lastPathComponent == "task"
    name =
      isStandard
      ? url.absoluteURL.standardizedFileURL.deletingLastPathComponent().lastPathComponent
      : url.deletingPathExtension().lastPathComponent
    let settings = try Settings(try Self.rootNode(of: url), file: file, path: "")
    description = try settings.optionalText("description") ?? ""
    let modelPath = try settings.text("model")
    let period = try settings.number("control_period", in: 1e-6...100)
    timeLimit = try settings.wholeNumber("time_limit", in: 0...1_000_000_000)
    controlPeriod = period

    var model = try Model(mjcf: URL(fileURLWithPath: modelPath, relativeTo: url.deletingLastPathComponent()))
    maze = try settings.mapping("maze").map { try Maze($0) }
    maze?.addWalls(to: &model)
    var terrain = try settings.mapping("terrain").map { try TaskTerrain($0, model: &model) }
    self.model = model
    let ratio = period / model.timestep
    guard ratio.rounded() >= 1, abs(ratio - ratio.rounded()) < 1e-6 * ratio else {
      throw settings.error(
        "control_period", "\(period) s is not a whole multiple of the model's timestep, \(model.timestep) s")
    }
    substeps = Int(ratio.rounded())
    if let actuator = model.actuators.first(where: { $0.controlRange == nil }) {
      throw settings.error("model", "the actuator '\(actuator.name)' needs a ctrlrange: it bounds the action space")
    }

    let context = TermContext(model: model, coordinates: Coordinates(model), maze: maze)
    terrain?.register(context.needs)
    self.terrain = terrain
    // First, since observation and reward look at them.
    commands = try settings.terms("commands", among: TermCatalogue.command, name: { $0.name }) {
      try $0.init($1, context)
    }
    observation = try settings.terms("observation", among: TermCatalogue.observation, name: { $0.name }) {
      try $0.init($1, context)
    }
    guard !observation.isEmpty else {
      throw settings.error("observation", "a task needs at least one observation term")
    }
    reward = try settings.terms("reward", among: TermCatalogue.reward, name: { $0.name }) { kind, settings in
      WeightedReward(
        name: try settings.optionalText("name") ?? kind.name, weight: try settings.number("weight", in: -1e9...1e9),
        term: try kind.init(settings, context))
    }
    guard !reward.isEmpty else { throw settings.error("reward", "a task needs at least one reward term") }
    termination = try settings.terms("termination", among: TermCatalogue.termination, name: { $0.name }) {
      try $0.init($1, context)
    }
    success = try settings.terms("success", among: TermCatalogue.success, name: { $0.name }) {
      try $0.init($1, context)
    }
    reset = try settings.terms("reset", among: TermCatalogue.reset, name: { $0.name }) { try $0.init($1, context) }
    speedLimits = try settings.numbers("speed_limits", in: 0...1e6).map { limit in
      SpeedLimit(
        velocity: try settings.index(of: limit.name, key: "speed_limits", among: context.coordinates.velocities),
        limit: limit.value)
    }
    (needsContactForces, memoryCount) = (context.needs.contactForces, context.needs.memoryCount)
    parameters = ParameterCatalogue(model: model, terms: context.needs.parameters)
    (pushes, parameterDistributions) = try parameters.read(settings, model: model)
    try settings.finish()
  }

  /// No task needs more, and the parser's memory grows with the file.
  private static let maximumFileSize = 1 << 20

  private static func rootNode(of url: URL) throws -> Node {
    let file = url.path
    if let problem = RegularFile.problemOfReading(file) {
      throw EnvironmentError("\(file): \(access(file, F_OK) == 0 ? problem : "no such task file")")
    }
    guard let size = try? url.resolvingSymlinksInPath().resourceValues(forKeys: [.fileSizeKey]).fileSize else {
      throw EnvironmentError("\(file): cannot be read")
    }
    guard size <= maximumFileSize else {
      throw EnvironmentError("\(file): a task file of \(size) bytes; at most \(maximumFileSize) are read")
    }
    guard let data = try? Data(contentsOf: url) else { throw EnvironmentError("\(file): cannot be read") }
    guard let text = String(data: data, encoding: .utf8) else { throw EnvironmentError("\(file): not UTF-8 text") }
    // A few nested aliases can stand for billions of nodes, which the parser would visit one by one.
    guard !hasAnchor(text) else {
      throw EnvironmentError("\(file): anchors (&name) are not read; write the values out")
    }
    do {
      guard let node = try Yams.compose(yaml: text) else { throw EnvironmentError("\(file): empty; it needs a model") }
      return node
    } catch let error as YamlError {
      throw EnvironmentError("\(file)\(error.summary)")
    }
  }
}

/// Whether a word begins with an ampersand, in a comment or in quotes too.
private func hasAnchor(_ text: String) -> Bool {
  var startsWord = true
  var afterAmpersand = false
  for byte in text.utf8 {
    let isSpace = byte <= UInt8(ascii: " ")
    if afterAmpersand && !isSpace { return true }
    afterAmpersand = startsWord && byte == UInt8(ascii: "&")
    startsWord = isSpace || "[]{},:?-!\"'".utf8.contains(byte)
  }
  return false
}

extension YamlError {
  /// `:line: what is wrong`, on one line.
  fileprivate var summary: String {
    switch self {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      ":\(mark.line): \(problem)\(context.map { " (\($0.text))" } ?? "")"
    case .duplicatedKeysInMapping(let duplicates, let context):
      ":\(context.mark.line): the key \(duplicates.map { "'\($0)'" }.joined(separator: ", ")) occurs more than once"
    default: ": not YAML: \("\(self)".split(separator: "\n").joined(separator: " "))"
    }
  }
}
