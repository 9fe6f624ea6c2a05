import Foundation
import SinewDatasets
import SinewPolicies
import SinewTensor

/// The hyper-parameters that diffusion and flow policies share: horizons, network, step size, averaging.
protocol ChunkPolicyConfiguration: ChunkConfiguration {
  var observed: [Int] { get }
  var backbone: ChunkNetworkSettings.Backbone { get }
  var width: Int { get }
  var blocks: Int { get }
  var expansion: Int { get }
  var channels: [Int] { get }
  var embeddingSize: Int { get }
  var samplingSteps: Int { get }
  var learningRate: Float { get }
  var learningRateWarmUp: Int { get }
  var weightDecay: Float { get }
  var averagingPower: Double { get }
  var maximumAveragingDecay: Double { get }
}

extension ChunkPolicyConfiguration {
  var horizons: ChunkHorizons {
    ChunkHorizons(observation: observationHorizon, prediction: predictionHorizon, action: actionHorizon)
  }

  var network: ChunkNetworkSettings {
    ChunkNetworkSettings(
      backbone: backbone, width: width, blocks: blocks, expansion: expansion, channels: channels,
      embeddingSize: embeddingSize)
  }

  /// How far the averaged weights follow in an update, counted from 0: 1 − min(greatest decay, 1 − (1 + update)^−power).
  func averagingRate(at update: UInt64) -> Float {
    Float(max(1 - maximumAveragingDecay, pow(1 + Double(update), -averagingPower)))
  }

  /// Checks the values that both have.
  func validateChunks() throws {
    let sizes = [
      ("observation_horizon", observationHorizon), ("prediction_horizon", predictionHorizon),
      ("action_horizon", actionHorizon), ("width", width), ("blocks", blocks), ("expansion", expansion),
      ("sampling_steps", samplingSteps), ("batch_size", batchSize),
    ]
    for (key, value) in sizes {
      let most = ["blocks", "sampling_steps"].contains(key) ? MemoryDemand.mostLayers : MemoryDemand.largestSize
      try require((1...most).contains(value), key, value, expected: value < 1 ? "1 or more" : "at most \(most)")
    }
    try require(
      observationHorizon <= predictionHorizon, "observation_horizon", observationHorizon,
      expected: "at most the \(predictionHorizon) of prediction_horizon")
    try require(
      observationHorizon - 1 + actionHorizon <= predictionHorizon, "action_horizon", actionHorizon,
      expected: "at most \(predictionHorizon - observationHorizon + 1), which a chunk holds")
    try require(
      observed.allSatisfy { $0 >= 0 } && zip(observed, observed.dropFirst()).allSatisfy { $0 < $1 }, "observed",
      observed, expected: "ascending places from 0")
    try require(
      !channels.isEmpty && channels.allSatisfy { (1...MemoryDemand.largestSize).contains($0) }, "channels", channels,
      expected: "positive widths")
    try require(
      embeddingSize >= 4 && embeddingSize % 2 == 0, "embedding_size", embeddingSize, expected: "an even number from 4")
    let multiple = channels.count < 20 ? TemporalUNet.stepMultiple(levels: channels.count) : Int.max
    try require(
      backbone != .unet || predictionHorizon.isMultiple(of: multiple), "prediction_horizon", predictionHorizon,
      expected: "a multiple of \(multiple) for a U-Net of \(channels.count) levels")
    try require(learningRate > 0, "learning_rate", learningRate, expected: "above 0")
    try require(learningRateWarmUp >= 0, "learning_rate_warm_up", learningRateWarmUp, expected: "0 or more")
    try require(weightDecay >= 0, "weight_decay", weightDecay, expected: "0 or more")
    try require(averagingPower > 0, "averaging_power", averagingPower, expected: "above 0")
    try require(
      (0..<1).contains(maximumAveragingDecay), "maximum_averaging_decay", maximumAveragingDecay,
      expected: "0 or more, below 1")
  }

  /// Checks that the environment's observation has the places that the policy is to see.
  func validate(observationSize: Int) throws {
    try require(
      observed.allSatisfy { $0 < observationSize }, "observed", observed,
      expected: "places below the observation's \(observationSize)")
  }
}

extension ObservationNormalisation {
  /// Spreads each component's range in the data over ±1, as Diffusion Policy does; one that never varies is only centred.
  func spread(_ statistics: DatasetStatistics) {
    let ranges = zip(statistics.observationMinimum, statistics.observationMaximum)
    set(
      mean: ranges.map { ($0 + $1) / 2 },
      scale: ranges.map { $1 - $0 > 1e-6 ? ($1 - $0) / 2 : 1 })
  }
}
