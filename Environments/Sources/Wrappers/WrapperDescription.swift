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

    /// What its number is and where it may lie, whole or not; nil for a wrapper without.
    fileprivate var argument: (meaning: String, range: ClosedRange<Double>, isWhole: Bool)? {
      switch self {
      case .timeLimit: ("steps", 1...1e9, true)
      case .actionRepeat: ("steps for each action", 1...1e4, true)
      case .frameStack: ("observations", 1...1e3, true)
      case .actionDelay, .observationDelay: ("steps", 0...1e3, true)
      case .actionNoise: ("standard deviation, of half the action's range", 0...10, false)
      case .observationNoise: ("standard deviation", 0...1e3, false)
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
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let kind = Kind(rawValue: parts[0]) else {
      throw UnknownNameError(kind: "wrapper", name: parts[0], known: Kind.allCases.map(\.rawValue))
    }
    self.kind = kind
    guard let expected = kind.argument else {
      guard parts.count == 1 else { throw EnvironmentError("the wrapper \(kind.rawValue) takes no number") }
      argument = nil
      return
    }
    guard parts.count == 2, let value = Double(parts[1]), expected.range.contains(value),
      !expected.isWhole || value.rounded() == value
    else {
      throw EnvironmentError(
        "the wrapper \(kind.rawValue) takes \(expected.isWhole ? "a whole number" : "a number") from "
          + "\(expected.range.lowerBound.plain) to \(expected.range.upperBound.plain) after a colon (\(expected.meaning)), "
          + "found '\(text)'")
    }
    argument = value
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
