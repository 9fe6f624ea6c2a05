import SinewTensor

/// Chunks of actions carried from noise along a learned velocity field.
///
/// Flow matching (Lipman et al., arXiv 2210.02747) along straight paths x = t·x₀ + (1 − t)·ε, as behaviour cloning
/// (Park et al., "Flow Q-Learning", arXiv 2502.02538, its flow policy). The network predicts u = x₀ − ε, or x₀, which
/// gives u = (x₀ − x)/(1 − t).
public final class FlowPolicy: GenerativePolicy, Module {
  /// Network and normalisations.
  public let model: ChunkModel
  /// What the network was trained to predict.
  public let prediction: Prediction
  public let sampling: ChunkSampling
  /// Euler's method, for example.
  public var sampler: Sampler {
    didSet { sampling.forgetRecordings() }
  }

  /// A policy with fresh weights.
  ///
  /// - Parameters:
  ///   - model: network and normalisations.
  ///   - prediction: what the network predicts.
  ///   - sampler: how chunks are made.
  ///   - generator: draws the noise before the first episode ("sampling").
  public init(
    model: ChunkModel, prediction: Prediction = .flowVelocity, sampler: Sampler = .euler(steps: 10),
    generator: RandomGenerator
  ) {
    (self.model, self.prediction, self.sampler) = (model, prediction, sampler)
    sampling = ChunkSampling(
      model.horizons, observationSize: model.observationSize, actionSize: model.actionSize,
      generator: generator.split("sampling"))
  }

  public var observationSize: Int { model.observationSize }
  public var actionSize: Int { model.actionSize }
  public var actionNormalisation: ActionNormalisation { model.actionNormalisation }
  public var parameters: [(name: String, value: Tensor)] { model.parameters }

  /// Any level is brought to the straight path.
  public func denoiser(given history: Tensor) -> Denoiser {
    let condition = model.condition(history)
    return Denoiser { [model, prediction] noisy, level, wanted in
      let own = NoiseLevel.straight(time: level.straightTime)
      let scale = Float(1 / (level.signal + level.noise))
      let predicted = model(
        scale == 1 ? noisy : scale * noisy, position: Self.networkPosition(level.straightTime), condition: condition)
      return PredictionConversion(from: prediction, madeAt: own, to: wanted, at: level)(predicted, noisy: noisy)
    }
  }

  /// Time t on the network's scale.
  public static func networkPosition(_ time: Double) -> Double { time * ChunkNetworkSettings.positions }
}
