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
  /// What is saved under one name.
  public enum Entry {
    /// Weights.
    case module(any Module)
    /// A policy that lists no parameters.
    case policy(any Policy)
    /// What rewards are multiplied by, so that the weights of critics are in its units.
    case units(RewardScale)
    /// Optimisers, streams, counters.
    case state(any Stateful)

    func save(to state: inout StateDictionary, prefix: String) {
      switch self {
      case .module(let module): module.saveParameters(to: &state, prefix: prefix)
      case .policy(let policy): policy.saveParameters(to: &state, prefix: prefix)
      case .units(let scale): scale.saveState(to: &state, prefix: prefix)
      case .state(let entry): entry.saveState(to: &state, prefix: prefix)
      }
    }

    func load(from state: StateDictionary, prefix: String) throws {
      switch self {
      case .module(let module): try module.loadParameters(from: state, prefix: prefix)
      case .policy(let policy): try policy.loadParameters(from: state, prefix: prefix)
      case .units(let scale): try scale.loadState(from: state, prefix: prefix)
      case .state(let entry): try entry.loadState(from: state, prefix: prefix)
      }
    }

    /// Whether it holds weights.
    public var isWeights: Bool {
      switch self {
      case .module, .policy: true
      case .units, .state: false
      }
    }
  }

  /// What a learner saves, in the order in which they are declared.
  public static func entries(of learner: some Learner) -> [(name: String, entry: Entry)] {
    children(of: learner).compactMap { name, value in entry(value).map { (name, $0) } }
  }

  /// The stored properties that are neither saved nor marked as plain: none, in a learner that can be resumed.
  public static func unsaved(of learner: some Learner) -> [String] {
    children(of: learner).filter { entry($0.value) == nil && !isPlain($0.value) }.map(\.name)
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

  private static func entry(_ value: Any) -> Entry? {
    switch value {
    case let module as any Module: .module(module)
    case let policy as any Policy: .policy(policy)
    case let scale as RewardScale: .units(scale)
    case let entry as any Stateful: .state(entry)
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
  /// Adds the state of every entry, see ``LearnerState``.
  public func saveState(to state: inout StateDictionary, prefix: String) {
    for (name, entry) in LearnerState.entries(of: self) { entry.save(to: &state, prefix: "\(prefix)\(name).") }
  }

  /// Takes the state of every entry back.
  public func loadState(from state: StateDictionary, prefix: String) throws {
    for (name, entry) in LearnerState.entries(of: self) { try entry.load(from: state, prefix: "\(prefix)\(name).") }
  }

  public func takeWeights(from state: StateDictionary) -> [String] {
    LearnerState.entries(of: self).compactMap { name, entry in
      if case .units(let scale) = entry { try? scale.loadState(from: state, prefix: name + ".") }
      guard entry.isWeights else { return nil }
      var before = StateDictionary()
      entry.save(to: &before, prefix: "")
      // A target begins as what it follows, where that has none: cloning has an actor alone.
      for source in [name, name.replacing("target_", with: "", maxReplacements: 1)] {
        do {
          try entry.load(from: state, prefix: source + ".")
          return name
        } catch {
          // Half of a network is worse than none.
          try? entry.load(from: before, prefix: "")
        }
      }
      return nil
    }
  }
}
