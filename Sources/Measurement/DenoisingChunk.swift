import Foundation
import SinewTensor

/// The work of a diffusion policy for one action chunk, with fresh weights: ten denoising steps (Ho et al., arXiv
/// 2006.11239, algorithm 2) of a network with three hidden layers.
final class DenoisingChunk {
  static let observationSize = 20
  static let horizon = 16
  static let actionSize = 2
  static let chunkSize = horizon * actionSize
  static let timeSize = 16
  static let stepCount = 10

  private let network: MLP
  private let noise: RandomStream
  private let observation = Tensor.zeros([1, observationSize])
  private let chunk = Recorded()
  private let times: [Tensor]

  init(generator: RandomGenerator) {
    var weights = generator.split("network")
    network = MLP(
      [Self.chunkSize + Self.timeSize + Self.observationSize, 256, 256, 256, Self.chunkSize], activation: .mish,
      using: &weights)
    noise = RandomStream(generator.split("noise"))
    let embedding = SinusoidalEmbedding(size: Self.timeSize)
    times = (0..<Self.stepCount).map { embedding(Tensor([Float($0)], shape: [1, 1])) }
  }

  func act(observation numbers: Span<Float>, actions: inout MutableSpan<Float>) {
    observation.withMutableFloats { input in
      for index in input.indices { input[index] = numbers[index] }
    }
    let result = chunk([]) { [denoised()] }[0]
    result.withMutableFloats { output in
      for index in output.indices { actions[index] = output[index] }
    }
  }

  /// x ← posterior mean of the predicted clean chunk and x, plus noise in all but the last step.
  private func denoised() -> Tensor {
    var x = noise.normal([1, Self.chunkSize])
    for step in (0..<Self.stepCount).reversed() {
      let schedule = Schedule(step: step)
      let error = network(concatenated([x, times[step], observation], axis: -1))
      let clean = ((x - schedule.noiseScale * error) * (1 / schedule.signalScale)).clamped(to: -1...1)
      x = schedule.cleanWeight * clean + schedule.currentWeight * x
      if step > 0 { x = x + schedule.deviation * noise.normal([1, Self.chunkSize]) }
    }
    return x
  }

  /// The factors of one step under the cosine schedule of Nichol and Dhariwal, arXiv 2102.09672.
  private struct Schedule {
    let signalScale, noiseScale, cleanWeight, currentWeight, deviation: Float

    init(step: Int) {
      func cumulative(_ index: Int) -> Double {
        let angle = { (t: Double) in cos((t + 0.008) / 1.008 * .pi / 2) }
        return pow(angle(Double(index) / Double(DenoisingChunk.stepCount)) / angle(0), 2)
      }
      let previous = cumulative(step)
      let beta = min(0.999, 1 - cumulative(step + 1) / previous)
      let current = previous * (1 - beta)
      signalScale = Float(current.squareRoot())
      noiseScale = Float((1 - current).squareRoot())
      cleanWeight = Float(previous.squareRoot() * beta / (1 - current))
      currentWeight = Float((1 - beta).squareRoot() * (1 - previous) / (1 - current))
      deviation = Float((beta * (1 - previous) / (1 - current)).squareRoot())
    }
  }
}
