import SinewPhysics
import SinewSettings

/// The parameters that a task has, whether its file names them or not.
struct ParameterCatalogue: Sendable {
  /// One parameter.
  struct Entry: Sendable {
    let name: String
    let unit: String
    let defaultValue: Double
    let range: ClosedRange<Double>
    let role: Role

    /// Whether it is drawn anew for every push.
    var isPerPush: Bool {
      if case .disturbance(let parameter) = role { parameter.rawValue.hasPrefix("pushes.") } else { false }
    }
  }

  /// What a parameter's value is for.
  enum Role: Sendable {
    case model(ModelParameter)
    case disturbance(DisturbanceParameter)
    /// A number that a term of the task asks for, see ``TaskState/parameters``.
    case term
  }

  let entries: [Entry]
  private let indices: [String: Int]

  init(model: Model, terms: [TaskNeeds.Parameter]) {
    let factors = ModelParameter.all(of: model).map {
      Entry(name: $0.name, unit: "×", defaultValue: 1, range: $0.range, role: .model($0))
    }
    let disturbances = DisturbanceParameter.allCases.map {
      Entry(
        name: $0.rawValue, unit: $0.unit, defaultValue: $0.defaultValue, range: $0.range, role: .disturbance($0))
    }
    let own = terms.map {
      Entry(name: $0.name, unit: $0.unit, defaultValue: $0.defaultValue, range: $0.range, role: .term)
    }
    entries = own + factors + disturbances
    termCount = own.count
    indices = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// How many numbers the terms ask for; these entries are the first.
  let termCount: Int

  func index(of name: String) -> Int? { indices[name] }

  /// The index of the entry with this name. Throws ``UnknownNameError`` with the nearest name.
  func requireIndex(of name: String, environment: String) throws -> Int {
    guard let index = indices[name] else {
      throw UnknownNameError(kind: "parameter of \(environment)", name: name, known: known(near: name))
    }
    return index
  }

  /// The names that an unknown one is held against: those of parts only for something that looks like one.
  func known(near name: String) -> [String] {
    entries.map(\.name).filter { name.contains(".") || !$0.contains(".") }
  }
}

extension ParameterCatalogue {
  /// Reads what a task file says about parameters and pushes.
  func read(
    _ settings: TaskSettings, model: Model
  ) throws -> (pushes: PushTarget, distributions: [Int: ParameterDistribution]) {
    var distributions: [Int: ParameterDistribution] = [:]
    if let section = try settings.mapping("parameters") {
      for name in section.keys {
        guard let index = index(of: name) else { throw section.unknownKey(name, known: known(near: name)) }
        if entries[index].isPerPush { throw section.error(name, "stands under the key pushes, not under parameters") }
        distributions[index] = try section.distribution(name, in: entries[index].range)
      }
      try section.finish()
    }
    guard let section = try settings.mapping("pushes") else { return (PushTarget(model), distributions) }
    let target = try PushTarget(section, model: model)
    for parameter in [DisturbanceParameter.pushForce, .pushInterval, .pushDuration] {
      let key = parameter.rawValue.replacing("pushes.", with: "")
      if let index = index(of: parameter.rawValue), let given = try section.distribution(key, in: parameter.range) {
        distributions[index] = given
      }
    }
    try section.finish()
    return (target, distributions)
  }
}

/// A parameter of what lies between the task and its model: delays, noise and pushes.
enum DisturbanceParameter: String, CaseIterable, Sendable {
  case actionLatency = "action_latency"
  case observationLatency = "observation_latency"
  case actionNoise = "action_noise"
  case observationNoise = "observation_noise"
  case pushForce = "pushes.force"
  case pushInterval = "pushes.interval"
  case pushDuration = "pushes.duration"

  var unit: String {
    switch self {
    case .actionLatency, .observationLatency, .pushInterval, .pushDuration: "s"
    case .actionNoise: "half ranges"
    case .observationNoise: "units"
    case .pushForce: "N"
    }
  }

  var defaultValue: Double {
    switch self {
    case .actionLatency, .observationLatency, .actionNoise, .observationNoise, .pushForce: 0
    case .pushInterval: 2
    case .pushDuration: 0.2
    }
  }

  var range: ClosedRange<Double> {
    switch self {
    case .actionLatency, .observationLatency: 0...1
    case .actionNoise: 0...10
    case .observationNoise: 0...1e3
    case .pushForce: -1e6...1e6
    case .pushInterval: 0...1e4
    case .pushDuration: 0...100
    }
  }
}
