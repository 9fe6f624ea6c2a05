import SinewTensor

/// Chunks of actions denoised from random ones.
///
/// Chi et al., "Diffusion Policy: Visuomotor Policy Learning via Action Diffusion", arXiv 2303.04137.
public final class DiffusionPolicy: GenerativePolicy, Module {
  /// Network and normalisations.
  public let model: ChunkModel
  /// The levels that the network was trained at.
  public let schedule: NoiseSchedule
  /// What the network was trained to predict.
  public let prediction: Prediction
  public let sampling: ChunkSampling
  /// DDPM or DDIM over the schedule, for example.
  public var sampler: Sampler {
    didSet { sampling.forgetRecordings() }
  }

  /// A policy with fresh weights.
  ///
  /// - Parameters:
  ///   - model: network and normalisations.
  ///   - schedule: the levels of training.
  ///   - prediction: what the network predicts.
  ///   - sampler: how chunks are made; the schedule's DDPM when nil.
  ///   - generator: draws the noise before the first episode ("sampling").
  public init(
    model: ChunkModel, schedule: NoiseSchedule, prediction: Prediction = .epsilon, sampler: Sampler? = nil,
    generator: RandomGenerator
  ) {
    (self.model, self.schedule, self.prediction) = (model, schedule, prediction)
    self.sampler = sampler ?? .ddpm(schedule)
    sampling = ChunkSampling(
      model.horizons, observationSize: model.observationSize, actionSize: model.actionSize,
      generator: generator.split("sampling"))
  }

  public var observationSize: Int { model.observationSize }
  public var actionSize: Int { model.actionSize }
  public var actionNormalisation: ActionNormalisation { model.actionNormalisation }
  public var parameters: [(name: String, value: Tensor)] { model.parameters }

  /// Any level is brought to diffusion's path, and to the nearest place between two training steps. What is noisier
  /// than the schedule's last level is taken for that level.
  public func denoiser(given history: Tensor) -> Denoiser {
    let condition = model.condition(history)
    return Denoiser { [self] noisy, level, wanted in
      let level = schedule.atMostFullNoise(level)
      let own = level.variancePreserving
      let scale = Float(own.signal + own.noise) / Float(level.signal + level.noise)
      let position = networkPosition(schedule.position(of: own))
      let predicted = model(scale == 1 ? noisy : scale * noisy, position: position, condition: condition)
      return PredictionConversion(from: prediction, madeAt: own, to: wanted, at: level)(predicted, noisy: noisy)
    }
  }

  /// Step 0 … T − 1 on the network's scale, which does not depend on T.
  public func networkPosition(_ step: Double) -> Double {
    step * ChunkNetworkSettings.positions / Double(schedule.count)
  }
}
