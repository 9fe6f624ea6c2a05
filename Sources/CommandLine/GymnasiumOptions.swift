import ArgumentParser
import Foundation

/// How environments of Gymnasium's are hosted.
struct GymnasiumOptions: ParsableArguments {
  @Option(
    name: .customLong("gym-module"),
    help: ArgumentHelp("Module or .py file to import first, because it registers the gym:ID.", valueName: "module"))
  var module: String?

  @Option(
    name: .customLong("gym-python"),
    help: ArgumentHelp(
      "Python that hosts gym:ID (default: of the active virtual environment, else python3).", valueName: "python"))
  var python: String?

  @Option(
    name: .customLong("gym-arg"),
    help: ArgumentHelp("Keyword argument of gymnasium.make: frame_skip=5. Repeatable.", valueName: "name=value"))
  var arguments: [String] = []

  /// What was asked for, over what the settings say.
  func adjust(_ settings: inout GymnasiumSettings) {
    if let module { settings.module = fileReference(module, suffixes: [".py"]) }
    if let python { settings.python = fileReference(python, suffixes: []) }
    settings.arguments += arguments
  }

  /// An environment of Gymnasium's by itself.
  func makeEnvironment(_ reference: String, renders: Bool = false) throws -> GymnasiumEnvironment {
    var settings = GymnasiumSettings()
    adjust(&settings)
    return try GymnasiumHost(reference, settings, renders: renders).make()
  }
}

extension EnvironmentCommand {
  /// What can be said about an environment of Gymnasium's.
  struct GymnasiumDescription: Encodable {
    /// A part of the observation.
    struct Part: Encodable {
      var name: String
      var shape: [Int]
      var bytes: Bool
    }

    var name: String
    var observationSize: Int
    var observationParts: [Part]
    var actionSize: Int
    var actionLow: [Float]
    var actionHigh: [Float]
    var controlPeriod: Double
    var maximumSteps: Int
    var gymnasium: String
    var python: String

    init(_ environment: GymnasiumEnvironment) {
      name = environment.name
      observationSize = environment.observationSpace.count
      observationParts = environment.observationSpace.columns.parts.map {
        Part(name: $0.name, shape: $0.shape, bytes: $0.element == .byte)
      }
      (actionLow, actionHigh) = (environment.actionSpace.low, environment.actionSpace.high)
      actionSize = actionLow.count
      (controlPeriod, maximumSteps) = (environment.controlPeriod, environment.maximumSteps)
      (gymnasium, python) = (environment.gymnasiumVersion, environment.python)
    }

    var text: String {
      let parts = observationParts.map { part in
        "\(part.name) \(part.shape.map(String.init).joined(separator: "×"))\(part.bytes ? " bytes" : "")"
      }
      let actions = zip(actionLow, actionHigh).map { "\($0) to \($1)" }
      return """
        \(name): Gymnasium \(gymnasium), \(python)
        observations    \(observationSize): \(parts.joined(separator: ", "))
        actions         \(actionSize): \(actions.joined(separator: ", "))
        control period  \(controlPeriod) s
        time limit      \(maximumSteps > 0 ? "\(maximumSteps) steps" : "none")
        """
    }
  }
}
