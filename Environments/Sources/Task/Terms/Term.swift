import SinewPhysics
import SinewTensor

/// One entry of a list in a task file: its name there, and how it reads its settings.
///
/// A term of one's own is a type that conforms to one of the protocols below, and is named where a program says what it
/// adds (``TermCatalogue/init(adding:)``). It is then written in `task.yaml` by its name like those that come with the
/// package.
/// Documentation/extending.md goes through one.
public protocol Term: Sendable {
  /// The name in the task file, in snake_case.
  static var name: String { get }
  /// What it is, in one line, with its unit: what `sinew env terms` shows.
  static var summary: String { get }
  /// Every setting that ``init(_:_:)`` asks for; none where nothing is said. The `weight` and `name` of rewards are not
  /// among them.
  static var settings: [TaskReference.Key] { get }
  /// Settings that make a good example, as they stand between the braces of a task file: `weight: -0.1`. Nil where
  /// nothing is said.
  static var example: String? { get }

  /// Reads the term's settings.
  ///
  /// - Parameters:
  ///   - settings: what the task file says of it. Every key that the term knows is asked for, there or not, so that
  ///     others are errors.
  ///   - context: the task's model and coordinates, and memory for what is to be remembered.
  /// - Throws: what `settings` throws, or an error of ``TaskSettings/error(_:_:)``, for settings that cannot be.
  init(_ settings: TaskSettings, _ context: TermContext) throws
}

extension Term {
  public static var settings: [TaskReference.Key] { [] }
  public static var example: String? { nil }
}

/// Part of the observation.
public protocol ObservationTerm: Term {
  /// Bounds per component, as many as the term has components; infinite where there are none.
  var bounds: [ClosedRange<Float>] { get }
  /// Number of components; asked in every step, so it must not allocate.
  var componentCount: Int { get }
  /// What each component is called, for people: `positions.knee`.
  var labels: [String] { get }
  /// Writes the components to `observation`, the first at `start`, ``componentCount`` in all.
  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int)
}

extension ObservationTerm {
  /// The term's name, numbered where it has several components.
  public var labels: [String] {
    componentCount == 1 ? [Self.name] : (0..<componentCount).map { "\(Self.name)[\($0)]" }
  }

  /// `name.part` for each.
  static func labels(_ parts: [String]) -> [String] { parts.map { "\(name).\($0)" } }
}

/// Part of the reward, before its weight.
public protocol RewardTerm: Term {
  /// What the step was worth; finite. Asked once in each step, after terminations and success have been judged.
  func value(_ state: TaskState) -> Double
  /// Called before the simulation steps, to note in the state's memory what the value is measured from; nothing by
  /// default.
  func beginStep(_ state: TaskState)
}

extension RewardTerm {
  public func beginStep(_ state: TaskState) {}
}

/// A reason to end the episode, or with `success` what a success is.
public protocol TerminationTerm: Term {
  /// Whether it holds after the step. Asked until one holds; it changes nothing.
  func isMet(_ state: TaskState) -> Bool
}

/// What an episode asks of the robot: drawn when it begins, and anew in its course.
public protocol CommandTerm: Term {
  /// Draws the command of an episode that begins where the state is.
  func begin(_ state: TaskState, using generator: inout RandomGenerator)
  /// Brings what is measured from the command up to date, after every step and before its reward.
  func update(_ state: TaskState)
  /// Draws the command of the next step, if it is time to; its reward was for the old one.
  func advance(_ state: TaskState, using generator: inout RandomGenerator)
}

/// Part of how an episode begins.
public protocol ResetTerm: Term {
  /// Changes the positions and velocities that the episode begins with: the model's own and zero, and what terms before
  /// made of them. What is random is drawn from `generator` alone, so that a seed gives the same episode.
  func apply(to state: TaskState, using generator: inout RandomGenerator)
}
