import Foundation
import SinewDatasets
import SinewTensor

/// What a learner was made for, as its files say: sizes, the action space that [−1, 1] stands for, and what its returns are compared
/// with.
public struct LearnerOrigin: Sendable, Equatable {
  /// The most numbers that an observation, or an action, can have.
  static let largestSize = 1_000_000

  /// Numbers in an observation.
  public var observationSize: Int
  /// The least of each action component, in the environment's own units.
  public var actionLow: [Float]
  /// The greatest of each.
  public var actionHigh: [Float]
  /// What scores are normalised with, where the learner's dataset says it.
  public var referenceReturns: ReferenceReturns?

  /// Numbers in an action.
  public var actionSize: Int { actionLow.count }

  var shape: LearnerShape { LearnerShape(observationSize: observationSize, actionSize: actionSize) }

  init(_ shape: LearnerShape, actionLow: [Float], actionHigh: [Float], referenceReturns: ReferenceReturns? = nil) {
    observationSize = shape.observationSize
    self.actionLow = actionLow
    self.actionHigh = actionHigh
    self.referenceReturns = referenceReturns
  }

  /// Adds what a learner's file says about it.
  func describe(_ metadata: inout [String: String]) {
    metadata["observation_size"] = String(observationSize)
    metadata["action_size"] = String(actionSize)
    metadata["action_low"] = actionLow.map(\.description).joined(separator: " ")
    metadata["action_high"] = actionHigh.map(\.description).joined(separator: " ")
    metadata["reference_returns"] = referenceReturns.map { "\($0.random) \($0.expert)" }
  }

  /// What a learner's file says; nil where it does not say its sizes. Files from before they said their action space get [−1, 1].
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
    self.init(
      LearnerShape(observationSize: observationSize, actionSize: actionSize), actionLow: low, actionHigh: high,
      referenceReturns: references.count == 2 ? ReferenceReturns(random: references[0], expert: references[1]) : nil)
  }
}
