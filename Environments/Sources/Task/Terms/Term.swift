import SinewPhysics
import SinewTensor
import Yams

/// One entry of a list in a task file: its name there, and how it reads its settings.
///
/// To add a term, write a type that conforms to one of the protocols below and add it to the list in ``TermCatalogue``. An
/// initialiser asks `settings` for every key it knows, so that the others can be reported.
protocol Term: Sendable {
  /// The name in the task file, in snake_case.
  static var name: String { get }
  init(_ settings: Settings, _ context: TermContext) throws
}

/// What a term may know of the task while it's read.
struct TermContext {
  let model: Model
  let coordinates: Coordinates
  /// The task's maze; nil where there is none.
  let maze: Maze?
  let needs = TaskNeeds()
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

  /// Adds a parameter to the task's: its value is ``TaskState/parameters`` at the index that is returned, drawn before reset terms
  /// are applied. Several terms that name the same one share it.
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

/// Part of the observation.
protocol ObservationTerm: Term {
  /// Bounds per component, as many as the term has components.
  var bounds: [ClosedRange<Float>] { get }
  /// Number of components; asked in every step, so it must not allocate.
  var componentCount: Int { get }
  /// What each component is called, for people: `positions.knee`.
  var labels: [String] { get }
  /// Writes the components to `observation`, the first at `start`.
  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int)
}

extension ObservationTerm {
  var labels: [String] {
    componentCount == 1 ? [Self.name] : (0..<componentCount).map { "\(Self.name)[\($0)]" }
  }

  /// `name.part` for each.
  static func labels(_ parts: [String]) -> [String] { parts.map { "\(name).\($0)" } }
}

/// Part of the reward, before its weight.
protocol RewardTerm: Term {
  func value(_ state: TaskState) -> Double
  /// Called before the simulation steps, to note in the state's memory what the value is measured from.
  func beginStep(_ state: TaskState)
}

extension RewardTerm {
  func beginStep(_ state: TaskState) {}
}

/// A reason to end the episode.
protocol TerminationTerm: Term {
  func isMet(_ state: TaskState) -> Bool
}

/// What an episode asks of the robot: drawn when it begins, and anew in its course.
protocol CommandTerm: Term {
  /// Draws the command of an episode that begins where the state is.
  func begin(_ state: TaskState, using generator: inout RandomGenerator)
  /// Brings what is measured from the command up to date, after every step and before its reward.
  func update(_ state: TaskState)
  /// Draws the command of the next step, if it is time to; its reward was for the old one.
  func advance(_ state: TaskState, using generator: inout RandomGenerator)
}

/// Part of how an episode begins.
protocol ResetTerm: Term {
  func apply(to state: TaskState, using generator: inout RandomGenerator)
}

/// The terms that a task file can name.
enum TermCatalogue {
  static var observation: [any ObservationTerm.Type] {
    [
      PositionsObservation.self, VelocitiesObservation.self, CosineObservation.self, SineObservation.self,
      PlanarPoseObservation.self,
      PointObservation.self, PointDifferenceObservation.self, ContactForcesObservation.self, LimitForceObservation.self,
      MotorForcesObservation.self, BodyInertiasObservation.self, BodyVelocitiesObservation.self,
      LinearVelocityObservation.self, AngularVelocityObservation.self, ProjectedGravityObservation.self,
      VelocityCommandObservation.self, PreviousActionObservation.self, PathErrorObservation.self,
      PathPointsObservation.self,
    ]
  }
  static var reward: [any RewardTerm.Type] {
    [
      ForwardVelocityReward.self, AliveReward.self, ActionSquaredReward.self, AngleSquaredReward.self,
      VelocitySquaredReward.self, UprightReward.self, PositionNearReward.self, VelocityNearReward.self,
      ActionNearReward.self, ProductReward.self, CoverageReward.self, SuccessReward.self,
      CentreOfMassVelocityReward.self, ContactForcesSquaredReward.self, DistanceReward.self, PointSquaredReward.self,
      LinearVelocityTrackingReward.self, YawRateTrackingReward.self, LinearVelocitySquaredReward.self,
      AngularVelocitySquaredReward.self, TiltSquaredReward.self, TorqueSquaredReward.self,
      AccelerationSquaredReward.self, ActionRateSquaredReward.self, AirTimeReward.self, TouchingReward.self,
      PathErrorSquaredReward.self,
    ]
  }
  static var termination: [any TerminationTerm.Type] {
    [
      PositionOutsideTermination.self, StateOutsideTermination.self, CoverageAboveTermination.self,
      DistanceBelowTermination.self, SuccessTermination.self, PointOutsideTermination.self,
      TiltAboveTermination.self, TouchingTermination.self, PathLeftTermination.self,
    ]
  }
  /// What success can be: the same, but for success itself.
  static var success: [any TerminationTerm.Type] { termination.filter { $0 != SuccessTermination.self } }
  static var command: [any CommandTerm.Type] { [VelocityCommand.self, PathCommand.self] }
  static var reset: [any ResetTerm.Type] {
    [PositionsReset.self, VelocitiesReset.self, MazeCellsReset.self, PositionPairReset.self]
  }
}

extension Settings {
  /// Reads a list of terms.
  ///
  /// Each element is a term's name alone, or one key with the term's settings. `make` gets the term's type and its
  /// settings; what it leaves unread is an error.
  func terms<Kind, Result>(
    _ key: String, among known: [Kind], name: (Kind) -> String, make: (Kind, Settings) throws -> Result
  ) throws -> [Result] {
    try nodes(key).map { node in
      let (label, body): (String, Node)
      if let text = node.scalar?.string {
        (label, body) = (text, Node.mapping([:]))
      } else if let mapping = node.mapping, mapping.count == 1, let first = mapping.first,
        let text = first.key.scalar?.string
      {
        (label, body) = (text, first.value)
      } else {
        throw error(key, "each element is the name of a term, a colon and its settings in braces")
      }
      guard let kind = known.first(where: { name($0) == label }) else {
        throw unknown("term", label, key: key, line: node.mark?.line, known: known.map(name))
      }
      let settings = try Settings(body, file: file, path: path.isEmpty ? "\(key).\(label)" : "\(path).\(key).\(label)")
      if let known = TaskReference.keys(ofTerm: label, in: key) { try settings.requireKnown(known) }
      let result = try make(kind, settings)
      try settings.finish()
      return result
    }
  }
}
