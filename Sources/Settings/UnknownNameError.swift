import Foundation

/// A name that is not among the known ones, with the nearest of them.
public struct UnknownNameError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// What was named, for example "environment" or "key".
  public let kind: String
  /// The unknown name.
  public let name: String
  /// The names that exist.
  public let known: [String]
  /// Where the name was met, for example "hopper/task.yaml:12"; empty if that is obvious.
  public let place: String

  /// An error for `name`, met at `place`, where one of `known` was meant.
  public init(kind: String, name: String, known: [String], place: String = "") {
    self.kind = kind
    self.name = name
    self.known = known
    self.place = place
  }

  /// The nearest known name, if one is near.
  public var suggestion: String? { NearestName.suggestion(for: name, among: known) }

  /// One line: the name, and the nearest known one, or all of them.
  public var description: String {
    let question = NearestName.question(for: name, among: known) ?? "known: \(known.joined(separator: ", "))"
    return "\(place.isEmpty ? "" : "\(place): ")unknown \(kind) '\(name)'; \(question)"
  }

  /// The same line, for callers that print `localizedDescription`.
  public var errorDescription: String? { description }
}
