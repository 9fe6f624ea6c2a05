import ArgumentParser

struct EnvironmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env", abstract: "The environments there are.",
    subcommands: [List.self, Info.self, Terms.self, View.self, Check.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the environments that --env can name.")

    @OptionGroup var output: OutputOptions

    func run() throws {
      let all = try EnvironmentCatalogue.names.map { try Description($0) }
      let width = all.map(\.name.count).max() ?? 0
      let lines = all.map { environment in
        environment.name.padding(toLength: width, withPad: " ", startingAt: 0) + "  \(environment.description)\n"
          + String(repeating: " ", count: width + 2) + environment.sizes
      }
      try output.print(lines.joined(separator: "\n"), json: .list(all.map { try ValueTree(encoding: $0) }))
    }
  }

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Describe one environment.")

    @Argument(help: "A name from 'sinew env list', the path of a task.yaml, or gym:ID of Gymnasium's.")
    var environment: String

    @OptionGroup var gymnasium: GymnasiumOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
      if GymnasiumSettings.isReference(environment) {
        let description = GymnasiumDescription(try gymnasium.makeEnvironment(environment))
        return try output.print(description.text, json: ValueTree(encoding: description))
      }
      if EnvironmentCatalogue.isModelFile(environment) {
        throw UsageError(
          "\(environment) is a model, not a task: 'sinew env check' describes it, 'sinew env view' shows it")
      }
      let description = try Description(environment)
      try output.print(description.text, json: ValueTree(encoding: description))
    }
  }
}

extension EnvironmentCommand {
  /// What can be said about an environment before anything is run in it.
  struct Description: Encodable {
    var name: String
    var description: String
    var observationSize: Int
    var actionSize: Int
    var actionLow: [Float]
    var actionHigh: [Float]
    var controlPeriod: Double
    var maximumSteps: Int
    /// What each component of the observation and of the action is called, in order.
    var observationNames: [String]
    var actionNames: [String]
    /// The terms of the reward, and those that end an episode or make it a success.
    var reward: [TaskDefinition.RewardName]
    var termination: [String]
    var success: [String]
    /// Physical parameters: those of the whole robot, and those that the task draws.
    var parameters: [Parameter]

    /// One of them.
    struct Parameter: Encodable {
      var name: String
      var unit: String
      var value: String
      var low: Double
      var high: Double

      init(_ parameter: EnvironmentParameter) {
        (name, unit, value) = (parameter.name, parameter.unit, parameter.distribution.description)
        (low, high) = (parameter.range.lowerBound, parameter.range.upperBound)
      }
    }

    init(_ nameOrPath: String) throws {
      let environment: any SinewEnvironments.Environment
      if let added = EnvironmentCatalogue.added(nameOrPath) {
        environment = try added.make()
        (name, description) = (added.name, added.summary)
        // A Swift type says of its reward and its ends what its code says.
        (reward, termination, success) = ([], [], [])
        observationNames = environment.observationSpace.columns.parts.map { column in
          column.count == 1 ? column.name : "\(column.name)[0…\(column.count - 1)]"
        }
        actionNames = (0..<environment.actionSpace.count).map(String.init)
      } else {
        let definition = try EnvironmentCatalogue.definition(nameOrPath)
        environment = try TaskEnvironment(definition)
        (name, description) = (environment.name, definition.description)
        observationNames = definition.observationNames
        actionNames = definition.actionNames
        reward = definition.rewardNames
        (termination, success) = (definition.terminationNames, definition.successNames)
      }
      observationSize = environment.observationSpace.count
      actionSize = environment.actionSpace.count
      actionLow = environment.actionSpace.low
      actionHigh = environment.actionSpace.high
      controlPeriod = environment.controlPeriod
      maximumSteps = environment.maximumSteps
      // Those of single parts would fill pages.
      parameters = environment.parameters.filter { $0.isSet || !$0.name.contains(".") || $0.unit != "×" }
        .map(Parameter.init)
    }

    /// Numbered components of one term in one word: `contact_forces[0…77]`.
    private func grouped(_ names: [String]) -> [String] {
      var groups: [(stem: String, count: Int)] = []
      for name in names {
        let stem = name.hasSuffix("]") ? String(name.prefix { $0 != "[" }) : name
        if stem != name, groups.last?.stem == stem {
          groups[groups.count - 1].count += 1
        } else {
          groups.append((stem, stem == name ? 0 : 1))
        }
      }
      return groups.map { $0.count > 0 ? "\($0.stem)[0…\($0.count - 1)]" : $0.stem }
    }

    var sizes: String {
      "\(observationSize) observations, \(actionSize) \(actionSize == 1 ? "action" : "actions"), "
        + "\(controlPeriod) s a step, \(maximumSteps > 0 ? "\(maximumSteps) steps" : "no time limit")"
    }

    var text: String {
      let actions = zip(actionNames, zip(actionLow, actionHigh)).map { "\($0) \($1.0) to \($1.1)" }
      let terms = reward.map { String(format: "%g", $0.weight) + " × \($0.name)" }
      // A task has a reward; what has none here is a Swift type, whose code says the rest.
      let none = reward.isEmpty ? "as its code says" : "none"
      func list(_ names: [String]) -> String { names.isEmpty ? none : names.joined(separator: ", ") }
      return """
        \(name.printable())\(description.isEmpty ? "" : ": \(description.printable())")
        observations    \(observationSize): \(grouped(observationNames).joined(separator: ", "))
        actions         \(actionSize): \(actions.joined(separator: ", "))
        reward          \(list(terms))
        ends on         \(list(termination))
        success         \(list(success))
        control period  \(controlPeriod) s
        time limit      \(maximumSteps > 0 ? "\(maximumSteps) steps" : "none")
        parameters      \(parameters.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
        """
    }
  }
}
