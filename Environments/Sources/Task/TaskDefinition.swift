import Foundation
import SinewFiles
import SinewPhysics
import SinewTensor
import Yams

/// A task as data: a robot's model, and what to observe, reward and end on.
///
/// Read from a `task.yaml`: Documentation/tasks.md has every key and term with its settings, ``TaskReference`` is where
/// it comes from. Unknown keys, terms and coordinates are errors that name the nearest known one.
public struct TaskDefinition: Sendable {
  /// The name: the file's folder for `task.yaml`, else the file's name without its ending.
  public let name: String
  /// One line for people.
  public let description: String
  /// The id of Gymnasium's environment of the same task; nil where there is none.
  public let gymnasium: String?
  /// The robot and its surroundings.
  public let model: Model
  /// Seconds per step.
  public let controlPeriod: Double
  /// Where the model begins, before reset terms.
  let initialPositions: [Double]
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
  /// - Parameters:
  ///   - url: the file.
  ///   - terms: the terms that it can name; by default those of the program, see ``EnvironmentAdditions/current``.
  /// - Throws: ``EnvironmentError`` or ``UnknownNameError`` naming file, line and key; ``ModelError`` for the model.
  public init(contentsOf url: URL, terms: TermCatalogue = EnvironmentAdditions.current.terms) throws {
    let isStandard = url.deletingPathExtension().lastPathComponent == "task"
    let name =
      isStandard
      ? url.absoluteURL.standardizedFileURL.deletingLastPathComponent().lastPathComponent
      : url.deletingPathExtension().lastPathComponent
    let settings = try TaskSettings(try Self.rootNode(of: url), file: url.path, path: "")
    try self.init(settings, name: name, terms: terms) {
      try TaskModel.read($0, beside: url.deletingLastPathComponent())
    }
  }

  init(
    _ settings: TaskSettings, name: String, terms: TermCatalogue = .shipped,
    readModel: (TaskSettings) throws -> Model
  ) throws {
    self.name = name
    try settings.requireKnown(TaskReference.keys.map(\.key))
    description = try settings.optionalText("description") ?? ""
    gymnasium = try settings.optionalText(Self.gymnasiumKey)
    var model = try readModel(settings)
    let period = try settings.number("control_period", in: 1e-6...100)
    timeLimit = try settings.wholeNumber("time_limit", in: 0...1_000_000_000)
    controlPeriod = period

    maze = try settings.mapping("maze").map { try Maze($0) }
    maze?.addWalls(to: &model)
    var terrain = try settings.mapping("terrain").map { try TaskTerrain($0, model: &model) }
    self.model = model
    initialPositions = model.initialPositions
    let ratio = period / model.timestep
    guard ratio.rounded() >= 1, abs(ratio - ratio.rounded()) < 1e-6 * ratio else {
      throw settings.error(
        "control_period", "\(period) s is not a whole multiple of the model's timestep, \(model.timestep) s")
    }
    substeps = Int(ratio.rounded())
    if let actuator = model.actuators.first(where: { $0.controlRange == nil }) {
      throw settings.error(
        "model", "the actuator '\(actuator.name)' needs a ctrlrange, or in URDF an effort: it bounds the action space")
    }

    let context = TermContext(model: model, maze: maze, terms: terms)
    terrain?.register(context.needs)
    self.terrain = terrain
    // First, since observation and reward look at them.
    commands = try settings.terms("commands", among: terms.command, of: terms, name: { $0.name }) {
      try $0.init($1, context)
    }
    observation = try settings.terms("observation", among: terms.observation, of: terms, name: { $0.name }) {
      try $0.init($1, context)
    }
    guard !observation.isEmpty else {
      throw settings.error("observation", "a task needs at least one observation term")
    }
    reward = try settings.terms("reward", among: terms.reward, of: terms, name: { $0.name }) { kind, settings in
      WeightedReward(
        name: try settings.optionalText("name") ?? kind.name, weight: try settings.number("weight", in: -1e9...1e9),
        term: try kind.init(settings, context))
    }
    guard !reward.isEmpty else { throw settings.error("reward", "a task needs at least one reward term") }
    termination = try settings.terms("termination", among: terms.termination, of: terms, name: { $0.name }) {
      try $0.init($1, context)
    }
    success = try settings.terms("success", among: terms.success, of: terms, name: { $0.name }) {
      try $0.init($1, context)
    }
    reset = try settings.terms("reset", among: terms.reset, of: terms, name: { $0.name }) { try $0.init($1, context) }
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

  static let gymnasiumKey = "gymnasium"

  /// No task needs more, and the parser's memory grows with the file.
  private static let maximumFileSize = 1 << 20

  private static func bytes(of url: URL) throws -> Data {
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
    return data
  }

  private static func rootNode(of url: URL) throws -> Node {
    let file = url.path
    guard let data = try FileArchive.bytes(of: url, read: { try bytes(of: url) }) else {
      throw EnvironmentError("\(file): is not among the files of the robot that were kept")
    }
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
