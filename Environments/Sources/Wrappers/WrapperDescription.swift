import SinewSettings

/// A wrapper by name, as a run's settings give it: `frame_stack:3`.
public struct WrapperDescription: Sendable, Equatable, CustomStringConvertible {
  /// What there is.
  public enum Kind: String, Sendable, CaseIterable {
    case timeLimit = "time_limit"
    case actionRepeat = "action_repeat"
    case frameStack = "frame_stack"
    case actionDelay = "action_delay"
    case observationDelay = "observation_delay"
    case actionNoise = "action_noise"
    case observationNoise = "observation_noise"
    case normaliseObservation = "normalise_observation"
    case normaliseReward = "normalise_reward"

    /// Its number; nil for a wrapper without.
    fileprivate var number: WrapperNumber? {
      switch self {
      case .timeLimit: WrapperNumber("steps", in: 1...1e9, isWhole: true)
      case .actionRepeat: WrapperNumber("steps for each action", in: 1...1e4, isWhole: true)
      case .frameStack: WrapperNumber("observations", in: 1...1e3, isWhole: true)
      case .actionDelay, .observationDelay: WrapperNumber("steps", in: 0...1e3, isWhole: true)
      case .actionNoise: WrapperNumber("standard deviation, of half the action's range", in: 0...10)
      case .observationNoise: WrapperNumber("standard deviation", in: 0...1e3)
      case .normaliseObservation, .normaliseReward: nil
      }
    }
  }

  /// Which.
  public let kind: Kind
  /// Its number; nil for a wrapper without.
  public let argument: Double?

  /// Reads `name` or `name:number`.
  ///
  /// - Throws: ``UnknownNameError`` with the nearest name; ``EnvironmentError`` saying what number is right.
  public init(_ text: String) throws {
    let name = String(text.prefix { $0 != ":" })
    guard let kind = Kind(rawValue: name) else {
      throw UnknownNameError(kind: "wrapper", name: name, known: Kind.allCases.map(\.rawValue))
    }
    self.kind = kind
    argument = try WrapperNumber.read(text, of: name, kind.number)
  }

  /// The text that it is read from.
  public var description: String { kind.rawValue + (argument.map { ":\($0.plain)" } ?? "") }

  /// `environment` in this wrapper.
  public func wrap(_ environment: any Environment) -> any Environment {
    let number = argument ?? 0
    return switch kind {
    case .timeLimit: TimeLimit(environment, steps: Int(number))
    case .actionRepeat: ActionRepeat(environment, count: Int(number))
    case .frameStack: FrameStack(environment, count: Int(number))
    case .actionDelay: ActionDelay(environment, steps: Int(number))
    case .observationDelay: ObservationDelay(environment, steps: Int(number))
    case .actionNoise: ActionNoise(environment, deviation: number)
    case .observationNoise: ObservationNoise(environment, deviation: number)
    case .normaliseObservation: NormaliseObservation(environment)
    case .normaliseReward: NormaliseReward(environment)
    }
  }
}
