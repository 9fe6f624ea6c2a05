import SinewTensor

/// From an observation's numbers to what a network's first layer takes: vectors as they are, pictures as a
/// ``ConvolutionalEncoder``'s features behind them, all without the parts that the network must not see.
///
/// It stands in front of every policy and critic, so that what an observation is made of is no concern of theirs.
///
/// Where a learner has critics, their loss alone trains the convolutions. Actors and state values read the critics'
/// encoder, and no gradient of theirs flows into it (as in SAC-AE, arXiv 1910.01741, and DrQ, arXiv 2004.13649; there
/// the actor has the last linear layer to itself). Within one recorded update an observation is encoded once: what is
/// asked after the critics' step sees the features from before it (as in DrQ-v2, arXiv 2107.09645).
public struct Encoder: Module {
  /// Numbers that it gives.
  public let outputSize: Int
  /// The ranges of an observation that are passed through; nil where that is all there is.
  private let vectors: [Range<Int>]?
  private let pictures: [PictureEncoder]
  /// Whether the pictures' encoders are another network's, which trains them.
  private let isShared: Bool

  /// An encoder for observations of these parts.
  ///
  /// - Parameters:
  ///   - observation: the parts; pictures are those of shape [height, width, channels].
  ///   - settings: sizes of the convolutions, which fit the pictures (``EncoderSettings/validate(for:)``).
  ///   - seesPrivileged: whether parts that only critics see are among them.
  ///   - shared: the encoder of the network that trains the convolutions and sees at least as much; nil for
  ///     convolutions of its own.
  ///   - generator: draws the weights, from its child "encoder".
  public init(
    _ observation: Columns, _ settings: EncoderSettings = EncoderSettings(), seesPrivileged: Bool,
    sharing shared: Encoder? = nil, generator: RandomGenerator
  ) {
    let parts = zip(observation.parts, observation.ranges).filter { seesPrivileged || !$0.0.isPrivileged }
    let vectors = parts.filter { !$0.0.isImage }.map(\.1)
    var weights = generator.split("encoder")
    let images = parts.filter(\.0.isImage)
    pictures = images.enumerated().map { index, image in
      shared?.pictures.first { $0.range == image.1 }
        ?? PictureEncoder(image.0, image.1, settings, name: "encoder.\(index)", using: &weights)
    }
    isShared = shared != nil
    self.vectors = vectors.count == observation.parts.count ? nil : vectors
    outputSize = vectors.reduce(0) { $0 + $1.count } + pictures.reduce(0) { $0 + $1.network.features }
  }

  public var parameters: [(name: String, value: Tensor)] { isShared ? [] : savedParameters }

  public var savedParameters: [(name: String, value: Tensor)] {
    pictures.flatMap { prefixed($0.name, $0.network) }
  }

  /// [rows, observations] → [rows, ``outputSize``].
  public func callAsFunction(_ observation: Tensor) -> Tensor {
    guard let vectors else { return observation }
    let features = pictures.map { isShared ? $0(observation).detached() : $0(observation) }
    return concatenated(vectors.map { observation.slice($0, axis: 1) } + features, axis: 1)
  }
}

/// The encoder of one picture of an observation.
private struct PictureEncoder {
  /// Where the picture lies in an observation.
  let range: Range<Int>
  /// What its parameters' names begin with.
  let name: String
  let network: ConvolutionalEncoder
  private let encoded = OncePerRecording()

  init(
    _ part: Column, _ range: Range<Int>, _ settings: EncoderSettings, name: String, using weights: inout RandomGenerator
  ) {
    (self.range, self.name) = (range, name)
    network = ConvolutionalEncoder(
      .init(part), layers: settings.layers, features: settings.features, using: &weights)
  }

  /// [rows, observations] → [rows, features].
  func callAsFunction(_ observation: Tensor) -> Tensor {
    encoded(observation) { network(observation.slice(range, axis: 1)) }
  }
}
