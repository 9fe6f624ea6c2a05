import SinewPhysics

/// What a term may know of the task while it's read.
public struct TermContext {
  /// The robot and its surroundings.
  public let model: Model
  /// What the task file calls positions and velocities.
  public let coordinates: Coordinates
  /// The task's maze; nil where there is none.
  let maze: Maze?
  /// The terms that the task file can name.
  let terms: TermCatalogue
  let needs = TaskNeeds()

  init(model: Model, maze: Maze?, terms: TermCatalogue = .shipped) {
    (self.model, coordinates, self.maze, self.terms) = (model, Coordinates(model), maze, terms)
  }

  /// Takes `count` numbers of ``TaskState/memory`` for the term: zero when an episode begins, kept over steps, part of
  /// a snapshot.
  ///
  /// - Returns: the index of the first.
  public func memory(_ count: Int = 1) -> Int { needs.memory(count) }

  /// Adds a physical parameter to the task's, which a task file or a caller can set or have drawn for every episode.
  ///
  /// - Parameters:
  ///   - name: as in `parameters` of the task file; several terms that name the same one share it.
  ///   - unit: for people.
  ///   - defaultValue: what holds where nobody sets it.
  ///   - range: what it can be.
  /// - Returns: where its value of the episode is in ``TaskState/parameters``: drawn before reset terms are applied.
  public func parameter(
    _ name: String, unit: String, default defaultValue: Double, in range: ClosedRange<Double>
  ) -> Int { needs.parameter(name, unit: unit, default: defaultValue, in: range) }
}

/// What the terms of a task need computed or remembered beside positions and velocities.
final class TaskNeeds {
  /// Whether ``TaskState/contactForces`` are read after every step.
  var contactForces = false
  private(set) var memoryCount = 0
  /// Where the commanded velocity is in ``TaskState/memory``; nil without such a command.
  var velocityCommand: Int?
  /// Where the path is; nil without one.
  var path: PathMemory?

  /// A number that the task's parameters give in each episode, see ``parameter(_:unit:default:in:)``.
  struct Parameter: Sendable {
    let name: String
    let unit: String
    let defaultValue: Double
    let range: ClosedRange<Double>
  }
  private(set) var parameters: [Parameter] = []

  func parameter(
    _ name: String, unit: String, default defaultValue: Double, in range: ClosedRange<Double>
  ) -> Int {
    if let index = parameters.firstIndex(where: { $0.name == name }) { return index }
    parameters.append(Parameter(name: name, unit: unit, defaultValue: defaultValue, range: range))
    return parameters.count - 1
  }

  /// A number of the term's own: zero when an episode begins, kept over steps, part of a snapshot.
  func memory() -> Int { memory(1) }

  /// The first of `count` such numbers.
  func memory(_ count: Int) -> Int {
    memoryCount += count
    return memoryCount - count
  }
}
