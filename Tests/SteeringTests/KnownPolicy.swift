import SinewPolicies
import SinewTensor

/// A policy that knows its chunk: step j of it is `first` + j/10, plus the newest observation's first number. So what
/// is composed of such policies can be told beforehand.
final class KnownPolicy: GenerativePolicy {
  let observationSize: Int
  let actionSize: Int
  let sampler: Sampler
  let actionNormalisation: ActionNormalisation
  let sampling: ChunkSampling
  /// The chunk's action at the newest observation.
  let first: Float

  init(
    _ first: Float, horizons: ChunkHorizons = ChunkHorizons(observation: 1, prediction: 4, action: 2),
    observationSize: Int = 2, actionSize: Int = 1, sampler: Sampler = .euler(steps: 4)
  ) {
    (self.first, self.observationSize, self.actionSize, self.sampler) = (first, observationSize, actionSize, sampler)
    actionNormalisation = ActionNormalisation(actionSize: actionSize)
    sampling = ChunkSampling(
      horizons, observationSize: observationSize, actionSize: actionSize, generator: RandomGenerator(seed: 1))
  }

  /// The action for a control step counted from the newest observation, where that begins with `observed`.
  func action(_ step: Int, observed: Float) -> Float { first + Float(step) / 10 + observed }

  func denoiser(given history: Tensor) -> Denoiser {
    let newest = history.shape[1] - observationSize
    let observed = history.slice(newest..<newest + 1, axis: 1)
    let steps = (0..<horizons.prediction).flatMap { index in
      Array(repeating: action(index - horizons.firstAction, observed: 0), count: actionSize)
    }
    let clean = observed + Tensor(steps, shape: [1, steps.count])
    return Denoiser { noisy, level, wanted in
      PredictionConversion(from: .sample, to: wanted, at: level)(clean, noisy: noisy)
    }
  }

  func saveParameters(to state: inout StateDictionary, prefix: String) {}
  func loadParameters(from state: StateDictionary, prefix: String) throws {}
}

/// Acts over `steps` steps in which nothing but `observation` is seen.
func act(_ policy: any Policy, observing observation: [Float], steps: Int, seed: UInt64 = 4) -> [[Float]] {
  policy.beginEpisode(seed: seed)
  return (0..<steps).map { _ in
    var actions = [Float](repeating: .nan, count: policy.actionSize)
    var span = actions.mutableSpan
    policy.act(observations: observation.span, count: 1, deterministic: true, actions: &span)
    return actions
  }
}
