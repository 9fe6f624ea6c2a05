import SinewSettings
import SinewTensor

/// What policies and critics see of pictures: the sizes of a ``ConvolutionalEncoder``. Observations without pictures
/// have none.
///
/// The defaults are DrQ's for 84 × 84 pixels (Yarats, Kostrikov and Fergus, arXiv 2004.13649). Most of their work is in
/// the convolutions behind the first; strides of 2 there cost a sixth.
public struct EncoderSettings: SettingsGroup, Equatable {
  /// Channels of each convolution, first to last; at most 16 convolutions.
  @Widths public var channels = [32, 32, 32, 32]
  /// Rows, and columns, of pixels that a window of each convolution spans.
  @Widths public var kernels = [3, 3, 3, 3]
  /// Pixels between the windows of each convolution.
  @Widths public var strides = [2, 1, 1, 1]
  /// Numbers that a picture becomes.
  @Count public var features = 50

  public init() {}

  /// An encoder of these convolutions.
  public init(channels: [Int], kernels: [Int], strides: [Int], features: Int = 50) {
    (self.channels, self.kernels, self.strides, self.features) = (channels, kernels, strides, features)
  }

  public func validate() throws {
    try require(channels.count <= 16, "channels", channels, expected: "at most 16 convolutions")
    for (key, values) in [("kernels", kernels), ("strides", strides)] {
      try require(
        values.count == channels.count, key, values,
        expected: "one for each of the \(channels.count) convolutions of channels")
    }
  }

  /// Throws ``ConfigurationError`` where a picture of an observation is too small for the convolutions.
  public func validate(for observation: Columns) throws {
    for part in observation.parts where part.isImage {
      guard let problem = ConvolutionalEncoder.problem(.init(part), layers) else { continue }
      throw ConfigurationError("kernels", kernels, expected: "windows that fit '\(part.name)'; \(problem)")
    }
  }

  /// As encoders take them.
  public var layers: [ConvolutionalEncoder.Layer] {
    zip(channels, zip(kernels, strides)).map { .init(channels: $0, kernel: $1.0, stride: $1.1) }
  }
}

extension ConvolutionalEncoder.Picture {
  /// The picture that a part of an observation is: [height, width, channels].
  public init(_ part: Column) {
    self.init(height: part.shape[0], width: part.shape[1], channels: part.shape[2])
  }
}
