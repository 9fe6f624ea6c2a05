import SinewEnvironments
import SinewRendering
import SinewSettings

/// A wrapper of a run's environments by name, as `--wrap` gives it: one of ``WrapperDescription``, one that a program
/// adds, or a camera.
public enum RunWrapper: Sendable, Equatable, CustomStringConvertible {
  /// One that needs no eyes.
  case plain(WrapperDescription)
  /// One that a program adds, with its number.
  case added(name: String, number: Double?)
  /// `image:84x84` or `depth:84x84`, see ``ImageObservation``.
  case camera(ImageObservation.Configuration)

  /// The words that a wrapper begins with.
  public static var names: [String] { shipped + EnvironmentAdditions.current.wrappers.map(\.name) }

  static let shipped =
    WrapperDescription.Kind.allCases.map(\.rawValue) + ImageObservation.Configuration.Content.allCases.map(\.rawValue)

  /// Reads what ``description`` says.
  ///
  /// - Throws: `UnknownNameError` with the nearest name; `EnvironmentError` or `RenderingError` saying what is right.
  public init(_ text: String) throws {
    let word = String(text.prefix { $0 != ":" })
    guard Self.names.contains(word) else { throw UnknownNameError(kind: "wrapper", name: word, known: Self.names) }
    if let wrapper = EnvironmentAdditions.current.wrapper(named: word) {
      self = .added(name: word, number: try wrapper.number(in: text))
    } else if WrapperDescription.Kind(rawValue: word) != nil {
      self = .plain(try WrapperDescription(text))
    } else {
      self = .camera(try ImageObservation.Configuration(text))
    }
  }

  /// The text that it is read from.
  public var description: String {
    switch self {
    case .plain(let wrapper): wrapper.description
    case .added(let name, let number): AddedWrapper.description(of: name, number)
    case .camera(let configuration): configuration.description
    }
  }

  /// How many numbers it shows of an observation of `size`, and how many it keeps, as far as that is known before.
  func sizes(_ size: Int) -> (shown: Int, kept: Int) {
    switch self {
    case .added: return (size, size)
    case .camera(let camera):
      // At most 1024 across and down.
      let pixels = camera.picture.width * camera.picture.height
      return ((camera.content == .colours ? 3 : 1) * pixels + (camera.keepsObservation ? size : 0), 0)
    case .plain(let wrapper):
      // Numbers of wrappers are at most a thousand, of observations a million.
      let count = Int(wrapper.argument ?? 1)
      switch wrapper.kind {
      case .frameStack: return (count * size, count * size)
      case .observationDelay: return (size, (count + 1) * size)
      default: return (size, size)
      }
    }
  }

  /// The word that it begins with.
  var name: String { String(description.prefix { $0 != ":" }) }

  /// `environment` in this wrapper.
  ///
  /// - Throws: `RenderingError` if a camera can't see it; its line says what to install.
  public func wrap(_ environment: any Environment) throws -> any Environment {
    switch self {
    case .plain(let wrapper): return wrapper.wrap(environment)
    case .added(let name, let number):
      guard let wrapper = EnvironmentAdditions.current.wrapper(named: name) else {
        throw UnknownNameError(kind: "wrapper", name: name, known: Self.names)
      }
      let wrapped = try wrapper.wrap(environment, number: number)
      guard wrapped.observationSpace.count <= LearnerTask.largestSize else {
        throw EnvironmentError(
          "the wrapper \(name) makes observations of \(wrapped.observationSpace.count) numbers; at most "
            + "\(LearnerTask.largestSize) are learned from")
      }
      return wrapped
    case .camera(let configuration): return try ImageObservation(environment, configuration)
    }
  }

  var isNormalisation: Bool { isKind(.normaliseObservation) || isKind(.normaliseReward) }

  func isKind(_ kind: WrapperDescription.Kind) -> Bool {
    if case .plain(let wrapper) = self { wrapper.kind == kind } else { false }
  }
}
