import SinewPolicies
import SinewSettings
import SinewTensor

/// The state of a learner: its stored modules, policies, optimisers, streams and counters, each under its property's
/// name in snake_case.
///
/// What a ``StateGroup``, or a learner within a learner, stores is the learner's own.
///
/// Settings, recorded computations and what is marked ``NotSaved`` are left out. Anything else that is stored is a
/// mistake that ``unsaved(of:)`` finds.
public enum LearnerState {
  /// A part of a learner.
  public enum Part {
    /// Weights.
    case module(any Module)
    /// A policy that lists no parameters.
    case policy(any Policy)
    /// Optimisers, streams, counters.
    case state(any Stateful)

    func save(to state: inout StateDictionary, prefix: String) {
      switch self {
      case .module(let module): module.saveParameters(to: &state, prefix: prefix)
      case .policy(let policy): policy.saveParameters(to: &state, prefix: prefix)
      case .state(let part): part.saveState(to: &state, prefix: prefix)
      }
    }

    func load(from state: StateDictionary, prefix: String) throws {
      switch self {
      case .module(let module): try module.loadParameters(from: state, prefix: prefix)
      case .policy(let policy): try policy.loadParameters(from: state, prefix: prefix)
      case .state(let part): try part.loadState(from: state, prefix: prefix)
      }
    }

    /// Whether it holds weights.
    public var isWeights: Bool { if case .state = self { false } else { true } }
  }

  /// The parts of a learner, in the order in which they are declared.
  public static func parts(of learner: some Learner) -> [(name: String, part: Part)] {
    children(of: learner).compactMap { name, value in part(value).map { (name, $0) } }
  }

  /// The stored properties that are neither saved nor marked as plain: none, in a learner that can be resumed.
  public static func unsaved(of learner: some Learner) -> [String] {
    children(of: learner).filter { part($0.value) == nil && !isPlain($0.value) }.map(\.name)
  }

  private static func children<L: Learner>(of learner: L) -> [(name: String, value: Any)] {
    children(of: learner, savedNames: L.savedNames)
  }

  private static func children(of whole: Any, savedNames: [String: String]) -> [(name: String, value: Any)] {
    Mirror(reflecting: whole).children.flatMap { child in
      let label = child.label ?? ""
      let name = snakeCase(label.hasPrefix("_") ? String(label.dropFirst()) : label)
      switch unwrapped(child.value) {
      case let learner as any Learner: return children(of: learner)
      case let group as any StateGroup: return children(of: group, savedNames: savedNames)
      case let value: return [(savedNames[name] ?? name, value)]
      }
    }
  }

  private static func unwrapped(_ value: Any) -> Any {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .optional else { return value }
    return mirror.children.first?.value ?? ()
  }

  private static func part(_ value: Any) -> Part? {
    switch value {
    case let module as any Module: .module(module)
    case let policy as any Policy: .policy(policy)
    case let part as any Stateful: .state(part)
    default: nil
    }
  }

  private static func isPlain(_ value: Any) -> Bool {
    value is any SettingsGroup || value is Recorded || value is TaskShape || value is Setup
      || value is any NotSavedValue
      || value is Void
  }
}

private protocol NotSavedValue {}
extension NotSaved: NotSavedValue {}

extension Learner {
  /// Adds every part's state, see ``LearnerState``.
  public func saveState(to state: inout StateDictionary, prefix: String) {
    for (name, part) in LearnerState.parts(of: self) { part.save(to: &state, prefix: "\(prefix)\(name).") }
  }

  /// Takes every part's state back.
  public func loadState(from state: StateDictionary, prefix: String) throws {
    for (name, part) in LearnerState.parts(of: self) { try part.load(from: state, prefix: "\(prefix)\(name).") }
  }

  public func takeWeights(from state: StateDictionary) -> [String] {
    LearnerState.parts(of: self).compactMap { name, part in
      guard part.isWeights else { return nil }
      var before = StateDictionary()
      part.save(to: &before, prefix: "")
      do { try part.load(from: state, prefix: name + ".") } catch {
        // Half of a network is worse than none.
        try? part.load(from: before, prefix: "")
        return nil
      }
      return name
    }
  }
}
