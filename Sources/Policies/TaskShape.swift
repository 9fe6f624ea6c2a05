import SinewSettings
import SinewTensor

/// What a task shows and takes: what policies and critics are made from.
public struct TaskShape: Sendable, Equatable {
  /// The parts of an observation.
  public var observation: Columns
  /// Numbers in an action; each is in [−1, 1].
  public var actionSize: Int

  /// Numbers in an observation.
  public var observationSize: Int { observation.count }

  /// A task of these parts and sizes, each 1 or more.
  public init(observation: Columns, actionSize: Int) {
    (self.observation, self.actionSize) = (observation, actionSize)
  }

  /// A task whose observation is one vector.
  public init(observationSize: Int, actionSize: Int) {
    self.init(observation: Columns(vector: observationSize), actionSize: actionSize)
  }
}

/// The sizes of a policy's or critic's network.
public struct NetworkSettings: SettingsGroup {
  /// Widths of the hidden layers.
  @Widths public var hiddenSizes = [256, 256]
  /// What it sees of pictures.
  public var encoder = EncoderSettings()

  public init() {}

  /// Hidden layers of these widths behind this encoder of pictures.
  public init(hiddenSizes: [Int], encoder: EncoderSettings = EncoderSettings()) {
    (self.hiddenSizes, self.encoder) = (hiddenSizes, encoder)
  }
}
