extension TaskReference {
  private static let only = Key("only", "list of coordinates", "all", "Those that count; not together with `except`.")
  private static let except = Key("except", "list of coordinates", "none", "Those that do not count.")
  private static let coordinate = Key("coordinate", "coordinate", nil, "Which one.")
  private static let body = Key("body", "body", nil, "Which one.")
  private static let at = Key("at", "[x, y, z], m", "its origin", "The point, in the body's frame.")
  private static let from = Key("from", "body", nil, "The body that it is seen from.")
  private static let fromAt = Key("from_at", "[x, y, z], m", "its origin", "The point of that body.")
  private static let axes = Key("axes", "list out of x, y, z", "all", "Which components.")
  private static let axis = Key("axis", "x, y or z", "x", "Of the world.")
  private static let scale = Key("scale", "number", "1", "A factor.")
  private static let clip = Key("clip", "number", "none", "A bound on the absolute value.")
  private static let moment = Key("at", "`start` or `end`", "end", "Of the step.")
  private static let geometries = Key("geometries", "list of geometries", nil, "Which ones.")
  private static let force = Key("force", "N", "1", "What a touch must exceed.")
  private static let low = Key("low", "number", "none", "The bound below; one of the two is needed.")
  private static let high = Key("high", "number", "none", "The bound above.")
  private static let target = Key("target", "body", nil, "The body that is to be covered.")
  private static let width = Key("width", "m²/s² or rad²/s²", "0.25", "How fast it falls with the squared error.")
  private static let tolerance = [
    Key("margin", "the quantity's unit", nil, "How far beyond `within` the value has fallen to `value_at_margin`."),
    Key("target", "the quantity's unit", "0", "The best value."),
    Key("within", "the quantity's unit", "0", "As far from the target it is worth 1."),
    Key("value_at_margin", "0 to 1", "0.1", "What it is worth there."),
    Key("shape", "`gaussian`, `quadratic` or `linear`", "gaussian", "How it falls."),
    Key("floor", "0 to 1", "0", "What it is worth far away."),
  ]

  static let observations: [Term] = [
    Term(
      .observation, "positions", "Generalised positions in the model's order (m, rad).",
      [only, except, clip, scale], "except: [root.x]"),
    Term(
      .observation, "velocities", "Generalised velocities in the model's order (m/s, rad/s).",
      [only, except, clip, scale], "clip: 10"),
    Term(.observation, "cosine", "Cosine of an angle.", [coordinate], "coordinate: knee"),
    Term(.observation, "sine", "Sine of an angle.", [coordinate], "coordinate: knee"),
    Term(
      .observation, "planar_pose", "Where a body is in the horizontal plane: x, y (m), heading (rad, 0 to 2π).",
      [body, Key("scale", "number", "1", "A factor on x and y.")], "body: torso"),
    Term(
      .observation, "point", "Where a point of a body is in the world (m).", [body, at, axes], "body: torso, axes: [z]"),
    Term(
      .observation, "point_difference", "A point of one body as seen from a point of another, in world axes (m).",
      [body, at, from, fromAt, axes], "body: foot, from: torso"),
    Term(
      .observation, "contact_forces",
      "Torque about the common centre of mass (N·m) and force (N) of contacts on every body but the world (MuJoCo's `cfrc_ext`).",
      [clip], "clip: 1"),
    Term(
      .observation, "limit_force", "The force with which a joint's limit pushes (N, N·m).",
      [Key("coordinate", "coordinate", nil, "A hinge or slide."), clip], "coordinate: knee"),
    Term(.observation, "motor_forces", "The forces of the motors at every hinge and slide (N, N·m); not for servos."),
    Term(
      .observation, "body_inertias",
      "Inertia (kg·m²), mass × offset (kg·m) and mass (kg) of every body about the common centre of mass (MuJoCo's `cinert`)."
    ),
    Term(
      .observation, "body_velocities",
      "Angular (rad/s) and linear velocity (m/s) of every body, at the common centre of mass (MuJoCo's `cvel`)."),
    Term(
      .observation, "linear_velocity", "Velocity of a body's origin in the body's own axes (m/s).",
      [body, scale], "body: torso"),
    Term(
      .observation, "angular_velocity", "Angular velocity of a body in its own axes (rad/s).",
      [body, scale], "body: torso, scale: 0.25"),
    Term(
      .observation, "projected_gravity",
      "The direction in which things fall, in a body's axes; (0, 0, −1) while level.",
      [body], "body: torso"),
    Term(
      .observation, "velocity_command", "The commanded velocity: forward, left (m/s), turning (rad/s).",
      [scale], "scale: 1"),
    Term(.observation, "previous_action", "The action of the step before, within its range; 0 when an episode begins."),
    Term(
      .observation, "path_error",
      "Distance to the left of the path (m), heading against it (rad), speed above the wanted one (m/s)."),
    Term(
      .observation, "path_points", "Points of the path ahead, x and y as seen from the robot (m).",
      [Key("count", "1 to 100", nil, "How many."), Key("spacing", "m", nil, "Along the path.")],
      "count: 3, spacing: 0.5"),
  ]

  static let rewards: [Term] = [
    Term(
      .reward, "forward_velocity", "Mean velocity over the step along a coordinate (m/s).",
      [coordinate], "coordinate: root.x, weight: 1"),
    Term(.reward, "alive", "1 for every step that does not terminate the episode.", [], "weight: 1"),
    Term(
      .reward, "action_squared", "Sum of the squared actions.",
      [Key("clamped", "true or false", "false", "Whether actions are brought into their ranges first.")],
      "weight: -0.001"),
    Term(
      .reward, "angle_squared", "The squared angle, brought into −π to π first (rad²).",
      [coordinate, moment], "coordinate: knee, weight: -1"),
    Term(
      .reward, "velocity_squared", "The squared velocity of a coordinate.",
      [coordinate, moment], "coordinate: knee, weight: -0.1"),
    Term(
      .reward, "upright", "(1 + cos angle) / 2: 1 at angle 0, 0 upside down.", [coordinate],
      "coordinate: knee, weight: 1"),
    Term(
      .reward, "position_near", "How near a position is to a target: 1 there, falling beyond.",
      [coordinate] + tolerance, "coordinate: root.z, target: 1, margin: 0.5, weight: 1"),
    Term(
      .reward, "velocity_near", "How near a velocity is to a target: 1 there, falling beyond.",
      [coordinate] + tolerance, "coordinate: root.x, target: 2, margin: 1, weight: 1"),
    Term(
      .reward, "action_near", "How near the actions are to a target, the mean over them.",
      tolerance, "margin: 1, weight: 0.1"),
    Term(
      .reward, "product", "The product of other terms, for tasks that ask for all of them at once.",
      [Key("factors", "list of terms", nil, "Reward terms without weights; not a product.")],
      "factors: [alive, {upright: {coordinate: knee}}], weight: 1"),
    Term(
      .reward, "coverage", "The share of a body's footprint that another's covers, over a threshold, at most 1.",
      [body, target, Key("threshold", "0 to 1", "1", "The share that is worth 1.")],
      "body: block, target: goal, weight: 1"),
    Term(.reward, "success", "1 for every step after which the task's success is met.", [], "weight: 10"),
    Term(
      .reward, "centre_of_mass_velocity", "Mean velocity over the step of everything that moves (m/s).",
      [axis], "weight: 1.25"),
    Term(
      .reward, "contact_forces_squared", "Sum of the squared numbers of the observation `contact_forces`.",
      [clip, Key("at_most", "number", "none", "A bound on the sum.")], "clip: 1, weight: -0.0005"),
    Term(
      .reward, "distance", "The distance between two points of bodies (m).",
      [body, at, from, fromAt], "body: foot, from: torso, weight: -1"),
    Term(
      .reward, "point_squared", "The squared distance of a point from a target along an axis (m²).",
      [body, at, axis, Key("target", "m", "0", "Where it should be.")], "body: torso, axis: z, target: 1, weight: -1"),
    Term(
      .reward, "linear_velocity_tracking", "exp(−‖error‖² / width) of the commanded velocity, forward and left.",
      [body, width], "body: torso, weight: 1"),
    Term(
      .reward, "yaw_rate_tracking", "exp(−error² / width) of the commanded rate of turning.",
      [body, width], "body: torso, weight: 0.5"),
    Term(
      .reward, "linear_velocity_squared", "The squared velocity of a body along some of its own axes (m²/s²).",
      [body, axes], "body: torso, axes: [z], weight: -2"),
    Term(
      .reward, "angular_velocity_squared",
      "The squared angular velocity of a body about some of its own axes (rad²/s²).",
      [body, axes], "body: torso, axes: [x, y], weight: -0.05"),
    Term(
      .reward, "tilt_squared", "The squared sine of the angle between a body's vertical axis and the world's.",
      [body], "body: torso, weight: -0.5"),
    Term(
      .reward, "torque_squared", "Sum over the joints of the squared force of their actuators (N², N²·m²).",
      [], "weight: -0.0002"),
    Term(
      .reward, "acceleration_squared", "Sum of the squared mean accelerations over the step (m²/s⁴, rad²/s⁴).",
      [only, except], "only: [knee], weight: -2.5e-7"),
    Term(
      .reward, "action_rate_squared", "Sum of the squared differences between this action and the last one.",
      [], "weight: -0.1"),
    Term(
      .reward, "air_time", "For every foot that touches down, the seconds it was in the air less a target.",
      [geometries, force, Key("target", "s", "0.5", "What is worth nothing.")],
      "geometries: [sole], target: 0.25, weight: 1"),
    Term(
      .reward, "touching", "How many of some geometries touch anything.",
      [geometries, force], "geometries: [shell], weight: -1"),
    Term(
      .reward, "path_error_squared", "A squared error against the path.",
      [Key("of", "`lateral` (m), `heading` (rad) or `speed` (m/s)", "lateral", "Which one.")], "of: lateral, weight: -1"
    ),
  ]

  static let terminations: [Term] = [
    Term(
      .termination, "position_outside", "Unless low < position < high.", [coordinate, low, high],
      "coordinate: root.z, low: 0.7"),
    Term(
      .termination, "state_outside", "Unless low < value < high for every velocity and position.",
      [low, high, Key("except_positions", "list of coordinates", "none", "Positions that may have any value.")],
      "low: -100, high: 100, except_positions: [root.x]"),
    Term(
      .termination, "coverage_above", "When a body covers more of another's footprint than a threshold.",
      [body, target, Key("threshold", "0 to 1", nil, "The share.")], "body: block, target: goal, threshold: 0.95"),
    Term(
      .termination, "distance_below", "When positions are near as many others.",
      [
        Key("coordinates", "list of coordinates", nil, "Which ones."),
        Key("target", "list of coordinates", nil, "As many others."),
        Key("radius", "m", nil, "How near."),
      ],
      "coordinates: [root.x, root.y], target: [goal_x, goal_y], radius: 0.45"),
    Term(.termination, "success", "When the task's success is met."),
    Term(
      .termination, "point_outside", "Unless low < coordinate of a point < high.",
      [body, at, axis, low, high], "body: torso, axis: z, low: 0.3"),
    Term(
      .termination, "tilt_above", "When a body leans by more than an angle.",
      [body, Key("angle", "rad", nil, "Between its vertical axis and the world's.")], "body: torso, angle: 1"),
    Term(
      .termination, "touching", "When any of some geometries touches anything.", [geometries, force],
      "geometries: [shell]"),
    Term(
      .termination, "path_left", "When the robot is farther than a distance from the path.",
      [Key("distance", "m", nil, "How far.")], "distance: 1"),
  ]

  static let commands: [Term] = [
    Term(
      .commands, "velocity", "A velocity to walk at, drawn uniformly.",
      [
        Key("x", "[low, high], m/s", "[0, 0]", "Forward, in the body's frame."),
        Key("y", "[low, high], m/s", "[0, 0]", "To the left."),
        Key("yaw", "[low, high], rad/s", "[0, 0]", "Turning about the vertical axis."),
        Key("hold", "s", "the whole episode", "Until the next is drawn."),
        Key("standing", "0 to 1", "0", "The probability that all three are zero."),
      ],
      "x: [0, 1], yaw: [-0.6, 0.6], hold: 5"),
    Term(
      .commands, "path", "A path over the ground at a speed, from the origin towards +x.",
      [
        Key("body", "body", nil, "Whose origin is to be on the path."),
        Key("kinds", "list out of straight, sine, circle", "all", "Each as likely."),
        Key("speed", "[low, high], m/s", "[1, 1]", "Along the path."),
        Key("amplitude", "[low, high], m", "[0.3, 1]", "Of the sine."),
        Key("wavelength", "[low, high], m", "[6, 10]", "Of the sine."),
        Key("radius", "[low, high], m", "[2, 5]", "Of the circle, to the left or right."),
      ],
      "body: torso, kinds: [sine, circle]"),
  ]

  private static let start = [
    only, except, Key("value", "m or rad (a second)", "the model's, or 0", "Where it begins."),
    Key(
      "uniform", "m or rad (a second)", "0", "Half the width of noise on each coordinate; not together with `normal`."),
    Key("normal", "m or rad (a second)", "0", "The standard deviation of noise on each."),
  ]

  static let resets: [Term] = [
    Term(.reset, "positions", "Where positions begin.", start, "only: [knee], uniform: 0.1"),
    Term(.reset, "velocities", "Where velocities begin.", start, "uniform: 0.1"),
    Term(
      .reset, "maze_cells", "Puts a point into a start cell of the maze and its goal into another.",
      [
        Key("start", "two coordinates", nil, "x and y of the point."),
        Key("goal", "two coordinates", nil, "x and y of the goal."),
        Key("noise", "cells, 0 to 0.5", "0", "Half the width of noise on each."),
      ],
      "start: [root.x, root.y], goal: [goal_x, goal_y], noise: 0.25"),
    Term(
      .reset, "position_pair", "Draws two positions together in a rectangle until their distance from (0, 0) is right.",
      [
        Key("coordinates", "two coordinates", nil, "Which ones."), Key("low", "two numbers", "[-1, -1]", "A corner."),
        Key("high", "two numbers", "[1, 1]", "The other corner."),
        Key("nearest", "number", "none", "The least distance."),
        Key("farthest", "number", "none", "The greatest distance."),
      ],
      "coordinates: [goal_x, goal_y], low: [-0.2, -0.2], high: [0.2, 0.2], farthest: 0.2"),
  ]
}
