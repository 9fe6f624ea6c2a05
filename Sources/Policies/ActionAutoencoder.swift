import SinewTensor

/// A variational autoencoder of actions in a state (Fujimoto et al., arXiv 1812.02900): what it makes of an action is
/// near the actions that it was trained with there.
public final class ActionAutoencoder: Module {
  private let encoder: Encoder
  private let recognition, reconstruction: MLP
  private let latentSize: Int

  /// What log σ of the latent is limited to.
  private static let range: ClosedRange<Float> = -4...15

  /// An autoencoder with fresh weights.
  ///
  /// - Parameters:
  ///   - task: what is observed and done; the latent has twice as many numbers as an action.
  ///   - network: sizes of both networks.
  ///   - shared: the critics' encoder, which it reads without training it; nil for one of its own.
  ///   - generator: draws the weights, from children of the networks' names.
  public init(_ task: TaskShape, _ network: NetworkSettings, sharing shared: Encoder?, generator: RandomGenerator) {
    let encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: true, sharing: shared, generator: generator)
    let latentSize = 2 * task.actionSize
    (self.encoder, self.latentSize) = (encoder, latentSize)
    func makeLayers(_ name: String, from input: Int, to output: Int) -> MLP {
      var weights = generator.split(name)
      return MLP([encoder.outputSize + input] + network.hiddenSizes + [output], using: &weights)
    }
    recognition = makeLayers("recognition", from: task.actionSize, to: 2 * latentSize)
    reconstruction = makeLayers("reconstruction", from: latentSize, to: task.actionSize)
  }

  public var parameters: [(name: String, value: Tensor)] { encoder.parameters + ownParameters }
  public var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + ownParameters }
  private var ownParameters: [(name: String, value: Tensor)] {
    prefixed("recognition", recognition) + prefixed("reconstruction", reconstruction)
  }

  /// What it makes of actions, by a latent drawn with a stream's noise.
  ///
  /// - Parameters:
  ///   - observation: [rows, observations].
  ///   - action: [rows, actions], in [−1, 1].
  /// - Returns: actions in (−1, 1), [rows, actions], and the divergence of the latent's distribution from N(0, 1), a mean
  ///   over rows and components.
  public func callAsFunction(
    _ observation: Tensor, _ action: Tensor, _ noise: RandomStream
  ) -> (action: Tensor, divergence: Tensor) {
    let features = encoder(observation)
    let parts = recognition(concatenated([features, action], axis: -1)).split([latentSize, latentSize], axis: -1)
    let (mean, logDeviation) = (parts[0], parts[1].clamped(to: Self.range))
    let latent = mean + noise.normal(mean.shape) * logDeviation.exp()
    let divergence = -0.5 * (1 + 2 * logDeviation - mean.squared() - (2 * logDeviation).exp()).mean()
    return (reconstruction(concatenated([features, latent], axis: -1)).tanh(), divergence)
  }
}
