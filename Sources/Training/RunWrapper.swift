import SinewEnvironments
import SinewRendering
import SinewSettings

/// A wrapper of a run's environments by name, as `--wrap` gives it: one of ``WrapperDescription``, or a camera.
public enum RunWrapper: Sendable, Equatable, CustomStringConvertible {
  /// One that needs no eyes.
  case plain(WrapperDescription)
  /// `image:84x84` or `depth:84x84`, see ``ImageObservation``.
  case camera(ImageObservation.Configuration)

  /// The words that a wrapper begins with.
  public static let names =
    WrapperDescription.Kind.allCases.map(\.rawValue) + ImageObservation.Configuration.Content.allCases.map(\.rawValue)

  /// Reads what ``description`` says.
  ///
  /// - Throws: `UnknownNameError` with the nearest name; `EnvironmentError` or `RenderingError` saying what is right.
  public init(_ text: String) throws {
    let word = String(text.prefix { $0 != ":" })
    guard Self.names.contains(word) else { throw UnknownNameError(kind: "wrapper", name: word, known: Self.names) }
    self =
      WrapperDescription.Kind(rawValue: word) == nil
      ? .camera(try ImageObservation.Configuration(text)) : .plain(try WrapperDescription(text))
  }

  /// The text that it is read from.
  public var description: String {
    switch self {
    case .plain(let wrapper): wrapper.description
    case .camera(let configuration): configuration.description
    }
  }

  /// How many numbers it shows of an observation of `size`, and how many it keeps.
  func sizes(_ size: Int) -> (shown: Int, kept: Int) {
    switch self {
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
    case .plain(let wrapper): wrapper.wrap(environment)
    case .camera(let configuration): try ImageObservation(environment, configuration)
    }
  }

  var isNormalisation: Bool { isKind(.normaliseObservation) || isKind(.normaliseReward) }

  func isKind(_ kind: WrapperDescription.Kind) -> Bool {
    if case .plain(let wrapper) = self { wrapper.kind == kind } else { false }
  }
}
