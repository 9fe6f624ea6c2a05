/// A physical quantity of an environment that its task, or whoever uses it, can set or vary from episode to episode.
public struct EnvironmentParameter: Sendable, Equatable {
  /// What it is called in task files, on the command line and in code, for example `mass` or `mass.torso`.
  public let name: String
  /// Its unit; "×" for a factor on what the model says.
  public let unit: String
  /// The value that changes nothing.
  public let defaultValue: Double
  /// What every value must lie in.
  public let range: ClosedRange<Double>
  /// What it is drawn from when the next episode begins.
  public let distribution: ParameterDistribution
  /// Whether one value holds for a whole episode; false for what is drawn anew for every push.
  public let isPerEpisode: Bool
  /// Its value in the running episode; the default before the first.
  public let value: Double
  /// Whether the task or a caller has set it.
  public let isSet: Bool

  /// A parameter of an environment of one's own.
  public init(
    name: String, unit: String, defaultValue: Double, range: ClosedRange<Double>, distribution: ParameterDistribution,
    isPerEpisode: Bool = true, value: Double, isSet: Bool
  ) {
    (self.name, self.unit, self.defaultValue, self.range) = (name, unit, defaultValue, range)
    (self.distribution, self.isPerEpisode, self.value, self.isSet) = (distribution, isPerEpisode, value, isSet)
  }
}

/// A value that a parameter is given.
public struct ParameterAssignment: Sendable, Equatable, CustomStringConvertible {
  /// The parameter's name.
  public let name: String
  /// What it is drawn from.
  public let distribution: ParameterDistribution

  /// An assignment from its parts.
  public init(_ name: String, _ distribution: ParameterDistribution) {
    (self.name, self.distribution) = (name, distribution)
  }

  /// Reads `name=distribution`, such as `friction=0.5` or `mass=uniform:0.8,1.2` (see ``ParameterDistribution``).
  ///
  /// - Throws: ``EnvironmentError`` saying what is wrong; whether there is such a parameter is the environment's
  ///   business.
  public init(_ text: String) throws {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw EnvironmentError("'\(text)': expected name=value, such as friction=0.5 or mass=uniform:0.8,1.2")
    }
    name = String(text[..<equals])
    do {
      distribution = try ParameterDistribution(String(text[text.index(after: equals)...]))
    } catch let error as EnvironmentError {
      throw EnvironmentError("\(name): \(error.description)")
    }
  }

  /// The text that it is read from.
  public var description: String { "\(name)=\(distribution)" }
}
