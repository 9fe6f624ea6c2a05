import Foundation
import SinewDatasets
import SinewPolicies
import SinewTensor

/// What a learner was made for, as its files say: the parts of an observation, the action space that [−1, 1] stands
/// for, and what its returns are compared with.
public struct LearnerTask: Sendable, Equatable {
  /// The parts of an observation.
  public var observation: Columns
  /// The most numbers that an observation, or an action, can have.
  static let largestSize = 1_000_000

  /// The least of each action component, in the environment's own units.
  public var actionLow: [Float]
  /// The greatest of each.
  public var actionHigh: [Float]
  /// What scores are normalised with, where the learner's dataset says it.
  public var referenceReturns: ReferenceReturns?

  /// Numbers in an observation.
  public var observationSize: Int { observation.count }
  /// Numbers in an action.
  public var actionSize: Int { actionLow.count }
  /// What the learner was made from.
  public var shape: TaskShape { TaskShape(observation: observation, actionSize: actionSize) }

  init(observation: Columns, actionLow: [Float], actionHigh: [Float], referenceReturns: ReferenceReturns? = nil) {
    self.observation = observation
    self.actionLow = actionLow
    self.actionHigh = actionHigh
    self.referenceReturns = referenceReturns
  }

  /// Adds what a learner's file says about it.
  func describe(_ metadata: inout [String: String]) {
    metadata["observation_size"] = String(observationSize)
    if !observation.isPlainVector {
      // Sorted, so that the same run writes the same bytes.
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      metadata["observation_parts"] = (try? encoder.encode(observation.parts)).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    metadata["action_size"] = String(actionSize)
    metadata["action_low"] = actionLow.map(\.description).joined(separator: " ")
    metadata["action_high"] = actionHigh.map(\.description).joined(separator: " ")
    metadata["reference_returns"] = referenceReturns.map { "\($0.random) \($0.expert)" }
  }

  /// What a learner's file says; nil where it does not say its sizes. Files from before they said their action space
  /// get [−1, 1].
  init?(_ metadata: [String: String]) {
    func size(_ key: String) -> Int? {
      metadata[key].flatMap(Int.init).flatMap { (1...Self.largestSize).contains($0) ? $0 : nil }
    }
    guard let observationSize = size("observation_size"), let actionSize = size("action_size") else { return nil }
    func bounds(_ key: String, _ absent: Float) -> [Float]? {
      guard let text = metadata[key] else { return Array(repeating: absent, count: actionSize) }
      let bounds = text.split(separator: " ").compactMap { Float($0) }
      return bounds.count == actionSize && bounds.allSatisfy(\.isFinite) ? bounds : nil
    }
    guard let low = bounds("action_low", -1), let high = bounds("action_high", 1) else { return nil }
    let references = (metadata["reference_returns"] ?? "").split(separator: " ").compactMap { Double($0) }
    var observation = Columns(vector: observationSize)
    if let text = metadata["observation_parts"] {
      guard let parts = try? JSONDecoder().decode([Column].self, from: Data(text.utf8)),
        let checked = Columns(checking: parts, count: observationSize)
      else { return nil }
      observation = checked
    }
    self.init(
      observation: observation, actionLow: low, actionHigh: high,
      referenceReturns: references.count == 2 ? ReferenceReturns(random: references[0], expert: references[1]) : nil)
  }
}
