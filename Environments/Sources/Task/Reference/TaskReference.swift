/// What a task file can say, for people: the keys, and the terms with their settings. Documentation/tasks.md and `sinew
/// env terms` are made of it, and the tests hold it against what the terms ask for.
public enum TaskReference {
  /// A key and what it takes.
  public struct Key: Sendable, Encodable {
    /// The name in the file.
    public let key: String
    /// What it takes, with its unit.
    public let value: String
    /// What holds without it; nil where it is required.
    public let usual: String?
    /// What it is for.
    public let meaning: String

    /// A key; see the properties.
    public init(_ key: String, _ value: String, _ usual: String?, _ meaning: String) {
      (self.key, self.value, self.usual, self.meaning) = (key, value, usual, meaning)
    }
  }

  /// A list of a task file whose elements are terms.
  public enum Section: String, Sendable, Encodable, CaseIterable {
    case observation, reward, termination, success, commands, reset
  }

  /// A term that such a list can name.
  public struct Term: Sendable, Encodable {
    /// The list it stands in.
    public let section: Section
    /// The name in the file.
    public let name: String
    /// What it is, with its unit.
    public let summary: String
    /// What can be set of it.
    public let settings: [Key]
    /// A line of a task file.
    public let example: String

    init(_ section: Section, _ name: String, _ summary: String, _ settings: [Key] = [], _ example: String? = nil) {
      (self.section, self.name, self.summary, self.settings) = (section, name, summary, settings)
      self.example = "- " + (example.map { "\(name): {\($0)}" } ?? name)
    }
  }

  /// The keys of a task file.
  public static let keys: [Key] = [
    Key("description", "text", "none", "One line for people."),
    Key(
      "gymnasium", "text", "none",
      "The id of Gymnasium's environment of the same task, such as Hopper-v5: where `sinew transfer` tries policies."),
    Key("model", "text, or keys", nil, "The robot's MJCF or URDF file, beside the task's; or the keys below."),
    Key("control_period", "s", nil, "How long an action is held: a whole multiple of the model's timestep."),
    Key("time_limit", "steps", nil, "Control periods after which an episode is truncated; 0 for none."),
    Key("observation", "list of terms", nil, "What the policy sees, in this order; at least one."),
    Key(
      "reward", "list of terms", nil,
      "Its weighted sum is the reward; at least one. Each takes a `weight` and, to be told apart, a `name`."),
    Key("termination", "list of terms", "none", "Any of them ends the episode."),
    Key(
      "success", "list of terms", "none",
      "All of them met after a step is a success; the terms are those of termination."),
    Key("commands", "list of terms", "none", "What an episode asks for: a velocity, a path."),
    Key(
      "reset", "list of terms", "none",
      "How an episode begins: applied in this order to the model's own positions and zero velocities."),
    Key("speed_limits", "coordinate: m/s or rad/s", "none", "Bounds that velocities are held to after each step."),
    Key("maze", "keys", "none", "Walls drawn in text, added to the model."),
    Key("terrain", "keys", "none", "Rough ground in place of one of the model's planes, made anew for every episode."),
    Key(
      "parameters", "name: distribution", "none",
      "Physical quantities that are fixed, or drawn anew for every episode: families.md."),
    Key("pushes", "keys", "none", "Forces on a body from time to time: families.md."),
  ]

  /// The keys of `model`, where it is more than a file's name.
  public static let model: [Key] = [
    Key("file", "text", nil, "The MJCF or URDF file, beside the task's."),
    Key(
      "base", "`fixed` or `free`", "fixed",
      "Of a URDF, which cannot say it: whether its root is fixed to the world or floats."),
    Key("ground", "`none` or `plane`", "none", "Level ground at height 0, a geometry called `ground`."),
    Key(
      "height", "m", "the lowest point touches the ground", "Of the frame of a floating root, when an episode begins."),
    Key("effort", "N or N·m", "none", "The bound of motors that the file gives none."),
    Key("timestep", "s", "the model's", "Of the simulation; of a URDF 0.002."),
  ]

  /// The keys of `maze`.
  public static let maze: [Key] = [
    Key("cell", "m", nil, "The side of a cell."),
    Key("height", "m", "0.4 cells", "Of the walls."),
    Key(
      "map", "text", nil,
      "A row of characters a line: `#` wall, `.` free, `S` a start, `G` a goal, `*` either. Without any of these every free cell is either."
    ),
  ]

  /// The keys of `terrain`. All but the first three are parameters of the task as well, such as `terrain.roughness`.
  public static let terrain: [Key] = [
    Key("geometry", "geometry", nil, "A level plane of the model, fixed to the world."),
    Key(
      "half_size", "m", nil,
      "Half the side of the square about its origin; beyond it the ground goes on as at the edge."),
    Key("spacing", "m", "0.1", "Between the points of the ground."),
    Key("slope", "m/m", "0", "Rise along x."),
    Key("roughness", "m", "0", "Greatest height or depth of random bumps."),
    Key("roughness_spacing", "m", "0.2", "Between the random points."),
    Key("step_height", "m", "0", "Of square stairs that rise outwards; negative for stairs that go down."),
    Key("step_width", "m", "0.4", "Depth of a step."),
    Key("wave_height", "m", "0", "Amplitude of waves along x and y."),
    Key("wave_length", "m", "2", "Their length."),
    Key("platform", "m", "0.5", "Half the side of a flat square in the middle, where robots begin."),
  ]

  /// The keys of `pushes`.
  public static let pushes: [Key] = [
    Key("body", "body", "the first that moves", "Which one is pushed."),
    Key(
      "direction", "`horizontal`, or [x, y, z]", "horizontal",
      "Each push in another horizontal direction, or along an axis of the world."),
    Key("force", "N, or a distribution", "0", "At the body's centre of mass."),
    Key(
      "interval", "s, or a distribution", "2", "From the beginning of the episode, or the end of a push, to the next."),
    Key("duration", "s, or a distribution", "0.2", "Of a push: a control period at least."),
  ]

  /// The keys that a distribution is made of.
  public static let distributions: [Key] = [
    Key("uniform", "[low, high]", nil, "Each value as likely."),
    Key("log_uniform", "[low, high]", nil, "Each factor as likely; both above 0."),
    Key("normal", "[mean, deviation]", nil, "With `clip: [low, high]` where the quantity has bounds."),
    Key("choice", "[values]", nil, "Each as likely."),
  ]

  /// Every term that comes with the package; see ``TermCatalogue/references`` for those of a program.
  public static let terms: [Term] = observations + rewards + terminations + successes + commands + resets

  /// What success can be: the terms of termination, but for success itself.
  static var successes: [Term] { terminations.filter { $0.name != "success" }.map { $0.standing(in: .success) } }
}

extension TaskReference.Term {
  /// The same in another list.
  func standing(in section: TaskReference.Section) -> Self { Self(section, name, summary, settings, exampleSettings) }

  /// What stands in the braces of the example; nil without any.
  var exampleSettings: String? {
    guard let open = example.firstIndex(of: "{"), example.hasSuffix("}") else { return nil }
    return String(example[example.index(after: open)...].dropLast())
  }
}
