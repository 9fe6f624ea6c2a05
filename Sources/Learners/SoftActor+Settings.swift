import SinewPolicies
import SinewTensor

/// The settings of a learner whose actor is a ``SoftActor``.
public protocol SoftActorSettings {
  /// Adam's step sizes for the actor and the logarithm of the temperature.
  var actorLearningRate: Float { get }
  var temperatureLearningRate: Float { get }
  /// α at the start.
  var initialTemperature: Float { get }
  /// The entropy that the temperature aims at, in nats; nil means −(number of actions).
  var targetEntropy: Float? { get }
  /// The actor's network.
  var network: NetworkSettings { get }
}

extension SoftActor {
  /// An actor of plain layers, its weights those of the stream "actor".
  ///
  /// - Parameters:
  ///   - settings: network, temperature and step sizes.
  ///   - task: what is observed and done.
  ///   - encoder: the critics', which it reads without training it; nil for one of its own.
  ///   - setup: random streams.
  public convenience init(
    _ settings: some SoftActorSettings, for task: TaskShape, sharing encoder: Encoder?, _ setup: Setup
  ) {
    self.init(
      GaussianPolicy(task, settings.network, sharing: encoder, generator: setup.split("actor")),
      Temperature(settings.initialTemperature, targetEntropy: settings.targetEntropy, for: task),
      learningRates: (settings.actorLearningRate, settings.temperatureLearningRate))
  }
}
