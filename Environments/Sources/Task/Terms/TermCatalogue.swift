import Yams

/// The terms that a task file can name: those that come with the package, and those that a program adds.
///
///     let terms = try TermCatalogue(adding: [.reward(EnergyReward.self)])
///     let task = try TaskDefinition(contentsOf: file, terms: terms)
public struct TermCatalogue: Sendable {
  private(set) var observation: [any ObservationTerm.Type]
  private(set) var reward: [any RewardTerm.Type]
  private(set) var termination: [any TerminationTerm.Type]
  private(set) var command: [any CommandTerm.Type]
  private(set) var reset: [any ResetTerm.Type]
  /// What they are, for people.
  public private(set) var references: [TaskReference.Term]

  /// A term type and the list of a task file that it belongs to; a termination can stand under `success` too.
  public enum Addition: Sendable {
    case observation(any ObservationTerm.Type)
    case reward(any RewardTerm.Type)
    case termination(any TerminationTerm.Type)
    case command(any CommandTerm.Type)
    case reset(any ResetTerm.Type)

    var section: TaskReference.Section {
      switch self {
      case .observation: .observation
      case .reward: .reward
      case .termination: .termination
      case .command: .commands
      case .reset: .reset
      }
    }

    var type: any Term.Type {
      switch self {
      case .observation(let type): type
      case .reward(let type): type
      case .termination(let type): type
      case .command(let type): type
      case .reset(let type): type
      }
    }
  }

  /// The terms that come with the package, and others beside them.
  ///
  /// - Throws: ``EnvironmentError`` for a name that is taken in its list, or that a task file could not say.
  public init(adding additions: [Addition]) throws {
    self = .shipped
    for addition in additions {
      let (type, section) = (addition.type, addition.section)
      try AddedName.check(
        type.name, of: "the term of \(section.rawValue)", word: .snakeCase,
        taken: references.filter { $0.section == section }.map(\.name), shipped: Self.shipped.names(of: section))
      let reference = TaskReference.Term(section, type.name, type.summary, type.settings, type.example)
      references.append(reference)
      switch addition {
      case .observation(let type): observation.append(type)
      case .reward(let type): reward.append(type)
      case .termination(let type):
        termination.append(type)
        references.append(reference.standing(in: .success))
      case .command(let type): command.append(type)
      case .reset(let type): reset.append(type)
      }
    }
  }

  /// What success can be: the same as termination, but for success itself.
  var success: [any TerminationTerm.Type] { termination.filter { $0 != SuccessTermination.self } }

  private func names(of section: TaskReference.Section) -> [String] {
    references.filter { $0.section == section }.map(\.name)
  }

  /// The keys of a term in one of a task's lists; nil for any other list.
  func keys(ofTerm name: String, in list: String) -> [String]? {
    // The factors of a product are reward terms without weights.
    guard let section = list == "factors" ? .reward : TaskReference.Section(rawValue: list),
      let term = references.first(where: { $0.section == section && $0.name == name })
    else { return nil }
    return term.settings.map(\.key) + (list == "reward" ? ["weight", "name"] : [])
  }

  private init(shipped references: [TaskReference.Term]) {
    observation = [
      PositionsObservation.self, VelocitiesObservation.self, CosineObservation.self, SineObservation.self,
      PlanarPoseObservation.self,
      PointObservation.self, PointDifferenceObservation.self, ContactForcesObservation.self, LimitForceObservation.self,
      MotorForcesObservation.self, BodyInertiasObservation.self, BodyVelocitiesObservation.self,
      LinearVelocityObservation.self, AngularVelocityObservation.self, ProjectedGravityObservation.self,
      VelocityCommandObservation.self, PreviousActionObservation.self, PathErrorObservation.self,
      PathPointsObservation.self,
    ]
    reward = [
      ForwardVelocityReward.self, AliveReward.self, ActionSquaredReward.self, AngleSquaredReward.self,
      VelocitySquaredReward.self, UprightReward.self, PositionNearReward.self, VelocityNearReward.self,
      ActionNearReward.self, ProductReward.self, CoverageReward.self, SuccessReward.self,
      CentreOfMassVelocityReward.self, ContactForcesSquaredReward.self, DistanceReward.self, PointSquaredReward.self,
      LinearVelocityTrackingReward.self, YawRateTrackingReward.self, LinearVelocitySquaredReward.self,
      AngularVelocitySquaredReward.self, TiltSquaredReward.self, TorqueSquaredReward.self,
      AccelerationSquaredReward.self, ActionRateSquaredReward.self, AirTimeReward.self, TouchingReward.self,
      PathErrorSquaredReward.self,
    ]
    termination = [
      PositionOutsideTermination.self, StateOutsideTermination.self, CoverageAboveTermination.self,
      DistanceBelowTermination.self, SuccessTermination.self, PointOutsideTermination.self,
      TiltAboveTermination.self, TouchingTermination.self, PathLeftTermination.self,
    ]
    command = [VelocityCommand.self, PathCommand.self]
    reset = [PositionsReset.self, VelocitiesReset.self, MazeCellsReset.self, PositionPairReset.self]
    self.references = references
  }

  /// The terms that come with the package.
  public static let shipped = TermCatalogue(shipped: TaskReference.terms)
}

extension Term {
  /// What the reference says of a term that comes with the package.
  static var summary: String { TaskReference.terms.first { $0.name == name }?.summary ?? "" }
}

extension TaskSettings {
  /// Reads a list of terms.
  ///
  /// Each element is a term's name alone, or one key with the term's settings. `make` gets the term's type and its
  /// settings; what it leaves unread is an error.
  func terms<Kind, Result>(
    _ key: String, among known: [Kind], of catalogue: TermCatalogue, name: (Kind) -> String,
    make: (Kind, TaskSettings) throws -> Result
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
      let place = path.isEmpty ? "\(key).\(label)" : "\(path).\(key).\(label)"
      let settings = try TaskSettings(body, file: file, path: place)
      let keys = catalogue.keys(ofTerm: label, in: key)
      if let keys { try settings.requireKnown(keys) }
      let result: Result
      do { result = try make(kind, settings) } catch {
        throw settings.placed(error)
      }
      if let keys, let unlisted = settings.askedKeys.first(where: { !keys.contains($0) }) {
        throw EnvironmentError("\(file): the term '\(label)' asks for '\(unlisted)', which is not among its settings")
      }
      try settings.finish()
      return result
    }
  }
}
