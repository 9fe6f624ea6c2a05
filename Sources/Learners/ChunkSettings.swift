import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// What a chunk policy sees and how far it plans.
public struct ChunkSettings: SettingsGroup {
  /// Tₒ, observations that a plan depends on.
  @Count public var observationHorizon = 2
  /// Tₚ, actions in a chunk.
  @Count public var predictionHorizon = 16
  /// Tₐ, actions carried out before the next plan.
  @Count public var actionHorizon = 8
  /// The places of the observation that the policy sees, ascending from 0; empty for all.
  public var observed: [Int] = []

  public init() {}

  /// As policies take them.
  public var horizons: ChunkHorizons {
    ChunkHorizons(observation: observationHorizon, prediction: predictionHorizon, action: actionHorizon)
  }

  public func validate() throws {
    let most = predictionHorizon - observationHorizon + 1
    try require(
      most >= 1, "observation_horizon", observationHorizon,
      expected: "at most the \(predictionHorizon) of prediction_horizon")
    try require(
      actionHorizon <= most, "action_horizon", actionHorizon, expected: "at most \(most), which a chunk holds")
    try require(
      observed.allSatisfy { $0 >= 0 } && zip(observed, observed.dropFirst()).allSatisfy { $0 < $1 }, "observed",
      observed, expected: "ascending places from 0")
  }

  /// Throws where the environment's observation lacks the places that the policy is to see.
  func validate(for task: TaskShape) throws {
    try require(
      observed.allSatisfy { $0 < task.observationSize }, "observed", observed,
      expected: "places below the observation's \(task.observationSize)")
    let pictures = zip(task.observation.parts, task.observation.ranges).filter(\.0.isImage).map(\.1)
    try require(
      observed.isEmpty ? pictures.isEmpty : observed.allSatisfy { place in !pictures.contains { $0.contains(place) } },
      "observed", observed, expected: "places that are no pixels: chunk policies have no encoder of pictures")
  }
}

/// Hyper-parameters of a learner of chunks of actions.
public protocol ChunkHyperParameters: HyperParameters {
  /// Horizons, and what is seen.
  var chunk: ChunkSettings { get }
  /// Kind and sizes of the network.
  var network: ChunkNetworkSettings { get }
  /// Windows in a minibatch.
  var batchSize: Int { get }
}

extension ChunkHyperParameters {
  /// Checks what the chunk and the network ask of each other.
  func validateNetwork() throws {
    try network.validate()
    let multiple = TemporalUNet.stepMultiple(levels: network.channels.count)
    try require(
      network.backbone != .unet || chunk.predictionHorizon.isMultiple(of: multiple), "prediction_horizon",
      chunk.predictionHorizon, expected: "a multiple of \(multiple) for a U-Net of \(network.channels.count) levels")
  }

  public func validate(for task: TaskShape) throws { try chunk.validate(for: task) }

  /// A model of these settings with fresh weights.
  func makeModel(_ task: TaskShape, _ setup: Setup) -> ChunkModel {
    ChunkModel(
      observationSize: task.observationSize, actionSize: task.actionSize, horizons: chunk.horizons,
      observed: chunk.observed, settings: network, generator: setup.generator)
  }
}

extension Learner where Minibatch == Windows, Configuration: ChunkHyperParameters {
  public var request: Windows.Request {
    Windows.Request(
      size: configuration.batchSize, observations: configuration.chunk.observationHorizon,
      actions: configuration.chunk.predictionHorizon)
  }
}
