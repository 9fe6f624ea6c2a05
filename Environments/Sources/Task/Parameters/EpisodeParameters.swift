import SinewPhysics
import SinewTensor

/// A parameter of the model that is not at its default.
struct ModelFactor: Equatable {
  /// The parameter's index.
  let index: Int
  let factor: Double
}

/// The parameters of one environment: what they are drawn from, and their values in the running episode.
///
/// Each is drawn from a stream of its own in each episode, split from the environment's seed by the episode's number
/// and the parameter's name: whether one is set changes nothing about the others, nor about how episodes begin.
struct EpisodeParameters {
  let catalogue: ParameterCatalogue
  /// What the task file says, by index.
  private let task: [Int: ParameterDistribution]
  /// What callers said since.
  private var overrides: [Int: ParameterDistribution] = [:]
  /// The indices that either has, ascending.
  private(set) var active: [Int]
  /// The indices that were drawn when the episode began, ascending, and the value of every parameter.
  private(set) var drawn: [Int] = []
  private(set) var values: [Double]

  init(_ definition: TaskDefinition) {
    catalogue = definition.parameters
    task = definition.parameterDistributions
    active = task.keys.sorted()
    values = catalogue.entries.map(\.defaultValue)
  }

  /// What a parameter will be drawn from; its default where nobody said anything.
  func distribution(_ index: Int) -> ParameterDistribution {
    overrides[index] ?? task[index] ?? .fixed(catalogue.entries[index].defaultValue)
  }

  mutating func set(_ name: String, to distribution: ParameterDistribution, environment: String) throws {
    let index = try catalogue.requireIndex(of: name, environment: environment)
    do {
      overrides[index] = try distribution.bounded(to: catalogue.entries[index].range)
    } catch let error as EnvironmentError {
      throw EnvironmentError("parameter \(name) of \(environment): \(error.description)")
    }
    active = Set(task.keys).union(overrides.keys).sorted()
  }

  mutating func release(_ name: String, environment: String) throws {
    overrides[try catalogue.requireIndex(of: name, environment: environment)] = nil
    active = Set(task.keys).union(overrides.keys).sorted()
  }

  /// Draws the values of an episode.
  mutating func draw(episode: RandomGenerator) {
    for index in drawn { values[index] = catalogue.entries[index].defaultValue }
    drawn = active
    for index in active {
      var stream = episode.split(catalogue.entries[index].name)
      values[index] = distribution(index).sample(using: &stream)
    }
  }

  /// The factors in force that change the model.
  var modelFactors: [ModelFactor] {
    drawn.compactMap { index in
      guard case .model = catalogue.entries[index].role, values[index] != 1 else { return nil }
      return ModelFactor(index: index, factor: values[index])
    }
  }

  /// The model with these factors.
  func model(_ model: Model, with factors: [ModelFactor]) -> Model {
    var model = model
    for factor in factors {
      if case .model(let parameter) = catalogue.entries[factor.index].role { parameter.apply(factor.factor, &model) }
    }
    return model
  }

  /// Hands the terms of a task the values that they ask for.
  func write(to termParameters: StateNumbers) {
    for index in 0..<termParameters.count { termParameters[index] = values[index] }
  }

  /// Every parameter, for callers.
  var all: [EnvironmentParameter] {
    let isActive = Set(active)
    return catalogue.entries.enumerated().map { index, entry in
      EnvironmentParameter(
        name: entry.name, unit: entry.unit, defaultValue: entry.defaultValue, range: entry.range,
        distribution: distribution(index), isPerEpisode: !entry.isPerPush, value: values[index],
        isSet: isActive.contains(index))
    }
  }
}

extension EpisodeParameters {
  /// Adds what was set and drawn to a snapshot; nothing where nothing was.
  func save(to state: inout StateDictionary) {
    let assignments = overrides.keys.sorted().map {
      ParameterAssignment(catalogue.entries[$0].name, overrides[$0] ?? .fixed(0)).description
    }
    if !assignments.isEmpty { state[bytes: "parameters.set"] = Array(assignments.joined(separator: "\n").utf8) }
    guard !drawn.isEmpty else { return }
    state[bytes: "parameters.names"] = Array(drawn.map { catalogue.entries[$0].name }.joined(separator: "\n").utf8)
    state[doubles: "parameters.values"] = drawn.map { values[$0] }
  }

  /// Takes them back. Throws ``StateError`` where a snapshot is of another task.
  mutating func load(from state: StateDictionary) throws {
    func lines(_ name: String) -> [String] {
      String(decoding: state[bytes: name] ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
    }
    var restored = self
    restored.overrides = [:]
    do {
      for line in lines("parameters.set") {
        let assignment = try ParameterAssignment(line)
        try restored.set(assignment.name, to: assignment.distribution, environment: "the task")
      }
      restored.active = Set(task.keys).union(restored.overrides.keys).sorted()
      let names = lines("parameters.names")
      let numbers = names.isEmpty ? [] : try state.doubles("parameters.values", count: names.count)
      restored.values = catalogue.entries.map(\.defaultValue)
      restored.drawn = try names.map { try catalogue.requireIndex(of: $0, environment: "the task") }
      for (index, value) in zip(restored.drawn, numbers) {
        guard catalogue.entries[index].range.contains(value) else {
          throw StateError("the parameter '\(catalogue.entries[index].name)' is \(value), which is out of its range")
        }
        restored.values[index] = value
      }
    } catch let error as StateError { throw error } catch { throw StateError("\(error)") }
    self = restored
  }
}
