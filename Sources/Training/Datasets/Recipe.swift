import Foundation
import SinewDatasets
import SinewEnvironments
import SinewFiles
import SinewGymnasium
import SinewSettings
import SinewTensor
import Yams

/// How a dataset is made: which policies act in which environment, for how long. A YAML file:
///
///     description: what it is good for
///     environment: hopper
///     seed: 0
///     reference_returns: {random: 17.4, expert: 3240.0}
///     parts:
///       - {policy: random, transitions: 180000}
///       - {policy: hopper-expert.safetensors, actions: sampled, transitions: 20000}
///
/// A part's `policy` is `random` (uniform), `demonstrator` (the environment's scripted one), or a file that
/// ``PolicyFile`` reads, in the folder `policies` beside the recipe's. Its `actions` are `sampled` from the policy
/// (default) or its `mode`; `noise` is the standard deviation of Gaussian noise that is added to actions in [−1, 1]. It
/// lasts for a number of `transitions`, the last episode cut off where they are reached, or of whole `episodes`.
public struct Recipe: Sendable, Equatable {
  /// The name of the dataset: the file's.
  public var name: String
  /// What it is, in a sentence.
  public var description: String
  /// The environment, by its name in the catalogue, or `gym:` and an id of Gymnasium's.
  public var environment: String
  /// The one seed of all that is random.
  public var seed: Int
  /// What scores are normalised with.
  public var referenceReturns: ReferenceReturns?
  /// Who acts, one after the other.
  public var parts: [Part]
  /// Where policy files are.
  var policies: URL

  /// A stretch of one policy's episodes.
  public struct Part: Sendable, Equatable {
    /// Who acts.
    public var policy: String
    /// The policy's mode, or a sample of it.
    public var actions = Actions.sampled
    /// Standard deviation of the noise on actions in [−1, 1].
    public var noise = 0.0
    /// How long.
    public var length: Length
  }

  /// Which of a policy's actions are taken.
  public enum Actions: String, Sendable { case sampled, mode }

  /// How long a part lasts.
  public enum Length: Sendable, Equatable {
    case transitions(Int)
    case episodes(Int)
  }

  /// Reads a recipe. Throws `UsageError` naming the file and the key.
  public init(contentsOf url: URL) throws {
    let place = url.relativePath
    let text = try FileSystem.readText(url, atMost: ValueTree.maximumFileSize)
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw UsageError("\(place): not valid YAML: \(firstLine("\(error)"))")
    }
    guard let mapping = root?.mapping else { throw UsageError("\(place): expected keys and values") }
    let reader = RecipeReader(place: place, mapping)
    try reader.allow(["description", "environment", "seed", "reference_returns", "parts"])
    name = url.deletingPathExtension().lastPathComponent
    description = try reader.text("description") ?? ""
    environment = try reader.required("environment", reader.text("environment"))
    seed = try reader.count("seed") ?? 0
    policies = url.deletingLastPathComponent().deletingLastPathComponent().appending(path: "policies")
    if let returns = reader.mapping["reference_returns"] {
      let reader = RecipeReader(place: "\(place): reference_returns", returns.mapping ?? [:])
      try reader.allow(["random", "expert"])
      referenceReturns = ReferenceReturns(
        random: try reader.required("random", reader.number("random")),
        expert: try reader.required("expert", reader.number("expert")))
    }
    parts = try (reader.mapping["parts"]?.sequence.map(Array.init) ?? []).enumerated().map { index, node in
      try Part(RecipeReader(place: "\(place): parts, number \(index + 1)", node.mapping ?? [:]))
    }
    if parts.isEmpty { throw UsageError("\(place): parts must be a list of at least one policy") }
  }
}

extension Recipe {
  /// Throws where the environment is unknown, or is Gymnasium's and cannot be hosted.
  func makeEnvironment() throws -> any Environment {
    try GymnasiumSettings.isReference(environment)
      ? GymnasiumHost(environment).make() : EnvironmentCatalogue.make(environment)
  }

  /// 16 letters that differ where the recipe or one of its policies does: what was made from another is made again.
  func digest() throws -> String {
    var bytes = Array("\(environment) \(seed) \(parts) \(String(describing: referenceReturns))".utf8)
    for file in Set(parts.map(\.policy)).sorted() where file.hasSuffix(".safetensors") {
      let url = policies.appending(path: file)
      if let problem = RegularFile.problemOfReading(url.path) {
        throw UsageError("\(name): the policy \(url.relativePath): \(problem)")
      }
      do { bytes += try Data(contentsOf: url) } catch {
        throw UsageError("\(name): the policy \(url.relativePath) cannot be read")
      }
    }
    let text = String(Fingerprint(bytes).bits, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}

extension Recipe.Part {
  fileprivate init(_ reader: RecipeReader) throws {
    try reader.allow(["policy", "actions", "noise", "transitions", "episodes"])
    policy = try reader.required("policy", reader.text("policy"))
    if let text = try reader.text("actions") {
      guard let actions = Recipe.Actions(rawValue: text) else {
        throw UsageError("\(reader.place): actions must be sampled or mode, not '\(text)'")
      }
      self.actions = actions
    }
    noise = try reader.number("noise") ?? 0
    guard (0...10).contains(noise) else { throw UsageError("\(reader.place): noise must be 0 to 10, not \(noise)") }
    switch (try reader.count("transitions"), try reader.count("episodes")) {
    case (let transitions?, nil) where transitions >= 1: length = .transitions(transitions)
    case (nil, let episodes?) where episodes >= 1: length = .episodes(episodes)
    default: throw UsageError("\(reader.place): needs either transitions or episodes, at least 1")
    }
  }
}

/// Reads the values of one table of a recipe.
private struct RecipeReader {
  let place: String
  let mapping: Node.Mapping

  init(place: String, _ mapping: Node.Mapping) { (self.place, self.mapping) = (place, mapping) }

  func allow(_ keys: [String]) throws {
    for key in mapping.keys where !keys.contains(key.string ?? "") {
      throw UnknownNameError(kind: "key", name: key.string ?? "?", known: keys, place: place)
    }
  }

  func required<Value>(_ key: String, _ value: Value?) throws -> Value {
    guard let value else { throw UsageError("\(place): the key '\(key)' is missing") }
    return value
  }

  func text(_ key: String) throws -> String? { try value(key, "a text", \.string) }
  func number(_ key: String) throws -> Double? { try value(key, "a number", \.float) }
  func count(_ key: String) throws -> Int? {
    let value = try value(key, "a whole number", \.int)
    if let value, value < 0 { throw UsageError("\(place): \(key) must be 0 or more, not \(value)") }
    return value
  }

  private func value<Value>(_ key: String, _ kind: String, _ path: KeyPath<Node, Value?>) throws -> Value? {
    guard let node = mapping[key] else { return nil }
    guard let value = node[keyPath: path] else { throw UsageError("\(place): \(key) must be \(kind)") }
    return value
  }
}
