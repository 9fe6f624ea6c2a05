import Foundation
import SinewDatasets
import SinewLearners
import SinewPolicies
import SinewTensor
import Testing

@testable import SinewSteering

/// Eight modes on a circle with unequal weights: policies that learned them, and what is composed of them, give every
/// mode its part.
@Suite(.serialized) struct EightModesTests {
  private static let weights = [0.22, 0.17, 0.15, 0.13, 0.11, 0.09, 0.07, 0.06]
  private static let deviation = 0.06

  private static func mode(_ index: Int) -> (x: Double, y: Double) {
    let angle = 2 * .pi * Double(index * 3 % 8) / 8
    return (0.7 * cos(angle), 0.7 * sin(angle))
  }

  private static func fill(_ batch: Windows, _ generator: inout RandomGenerator) {
    batch.action.withMutableFloats { numbers in
      for row in 0..<batch.size {
        var rest = generator.uniform()
        var index = 0
        while index < 7, rest >= weights[index] {
          rest -= weights[index]
          index += 1
        }
        let centre = mode(index)
        numbers[2 * row] = Float(centre.x + deviation * generator.normal())
        numbers[2 * row + 1] = Float(centre.y + deviation * generator.normal())
      }
    }
  }

  private static let updates = 3000

  private static func train<Method: Learner>(_ learner: Method) -> any Policy where Method.Minibatch == Windows {
    learner.begin(RunFacts(statistics: DatasetStatistics(observationSize: 1), updates: updates))
    var generator = RandomGenerator(seed: 17)
    let batch = Windows(
      Windows.Request(size: 512, observations: 1, actions: 1), observationSize: 1, actionSize: 2)
    for _ in 0..<updates {
      fill(batch, &generator)
      _ = learner.update(batch)
    }
    return learner.policy
  }

  static func diffusion(_ prediction: Prediction = .epsilon) throws -> DiffusionPolicy {
    var configuration = DiffusionPolicyLearner.Configuration()
    (configuration.chunk.observationHorizon, configuration.chunk.predictionHorizon, configuration.chunk.actionHorizon) =
      (1, 1, 1)
    (configuration.network.width, configuration.network.blocks, configuration.network.expansion) = (64, 2, 2)
    (configuration.optimisation.learningRate, configuration.diffusionSteps, configuration.samplingSteps) = (
      2e-3, 50, 50
    )
    configuration.prediction = prediction
    let learner = try DiffusionPolicyLearner.make(
      configuration, for: TaskShape(observationSize: 1, actionSize: 2), Setup(generator: RandomGenerator(seed: 5)))
    return try #require(train(learner) as? DiffusionPolicy)
  }

  static func flow(_ prediction: Prediction = .flowVelocity) throws -> FlowPolicy {
    var configuration = FlowPolicyLearner.Configuration()
    (configuration.chunk.observationHorizon, configuration.chunk.predictionHorizon, configuration.chunk.actionHorizon) =
      (1, 1, 1)
    (configuration.network.width, configuration.network.blocks, configuration.network.expansion) = (64, 2, 2)
    (configuration.optimisation.learningRate, configuration.samplingSteps) = (2e-3, 25)
    configuration.prediction = prediction
    let learner = try FlowPolicyLearner.make(
      configuration, for: TaskShape(observationSize: 1, actionSize: 2), Setup(generator: RandomGenerator(seed: 6)))
    return try #require(train(learner) as? FlowPolicy)
  }

  /// χ² of the modes' counts against their weights, and the share of samples beyond four deviations of every mode.
  private func judge(_ policy: any GenerativePolicy) -> (statistic: Double, strays: Double) {
    let count = ProcessInfo.processInfo.environment["SINEW_MODE_SAMPLES"].flatMap(Int.init) ?? 1500
    policy.beginEpisode(seed: 23)
    let histories = [Float](repeating: 0, count: count)
    var samples = [Float](repeating: .nan, count: 2 * count)
    var span = samples.mutableSpan
    policy.sampleChunks(histories: histories.span, count: count, chunks: &span)
    var counts = [Double](repeating: 0, count: 8)
    var strays = 0.0
    for row in 0..<count {
      let distances = (0..<8).map { index in
        hypot(Double(samples[2 * row]) - Self.mode(index).x, Double(samples[2 * row + 1]) - Self.mode(index).y)
      }
      let nearest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
      counts[nearest] += 1
      if !(distances[nearest] < 4 * Self.deviation) { strays += 1 }
    }
    let statistic = zip(counts, Self.weights).reduce(0) { sum, mode in
      let expected = Double(count) * mode.1
      return sum + (mode.0 - expected) * (mode.0 - expected) / expected
    }
    return (statistic, strays / Double(count))
  }

  /// χ² of seven degrees of freedom exceeds 24.3 once in a thousand for the right weights.
  private func expectEveryMode(_ policy: any GenerativePolicy, fewerStraysThan limit: Double = 0.1) {
    let (statistic, strays) = judge(policy)
    #expect(statistic < 24.3)
    #expect(strays < limit)
  }

  /// Learning the clean sample weighs what is nearly clean less, so that more samples end between the modes.
  @Test func everyModeHasItsPartOfWhatPredictsSamples() throws {
    expectEveryMode(try Self.diffusion(.sample), fewerStraysThan: 0.2)
    expectEveryMode(try Self.flow(.sample), fewerStraysThan: 0.2)
  }

  @Test func everyModeHasItsPart() throws {
    let (diffusion, flow) = (try Self.diffusion(), try Self.flow())
    expectEveryMode(diffusion)
    expectEveryMode(flow)
    diffusion.sampler = .ddim(diffusion.schedule, steps: 25)
    expectEveryMode(diffusion)
    for pair in [[diffusion, flow], [flow, diffusion]] as [[any GenerativePolicy]] {
      let members = pair.map { ComposedPolicy.Member($0, weight: 0.5, name: "\($0)") }
      expectEveryMode(try ComposedPolicy(members, generator: RandomGenerator(seed: 9)))
    }
  }
}
