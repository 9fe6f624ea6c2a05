/// What policies and critics see of pictures: convolutions with ReLU, flattened, then a linear layer, layer
/// normalisation and tanh, as in SAC-AE (Yarats et al., arXiv 1910.01741) and DrQ (arXiv 2004.13649).
///
/// A row of the input holds a picture as `--wrap image:84x84` observes it: row by row from the top left, a pixel's
/// channels side by side (height × width × channels), in 0…1; `--wrap frame_stack:3` makes nine channels of three.
/// Pictures that lie one after the other are `frames`, the oldest first. Bytes become 0…1 by ``Tensor/brightness()``.
public struct ConvolutionalEncoder: Module {
  /// One convolution.
  public struct Layer: Codable, Sendable, Equatable {
    /// Channels out.
    public var channels: Int
    /// Rows, and columns, of pixels that a window spans.
    public var kernel: Int
    /// Pixels between windows.
    public var stride: Int
    /// Zeros on each side.
    public var padding: Int

    /// A convolution, followed by ReLU.
    public init(channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0) {
      (self.channels, self.kernel, self.stride, self.padding) = (channels, kernel, stride, padding)
    }
  }

  /// What a row of the input holds.
  public struct Picture: Codable, Sendable, Equatable {
    /// Pixels down.
    public var height: Int
    /// Pixels across.
    public var width: Int
    /// Numbers of a pixel: 3 for colours, 1 for depths.
    public var channels: Int
    /// Pictures, one after the other.
    public var frames: Int

    /// A picture, or several of one size.
    public init(height: Int, width: Int, channels: Int = 3, frames: Int = 1) {
      (self.height, self.width, self.channels, self.frames) = (height, width, channels, frames)
    }

    /// Numbers of a row.
    public var count: Int { frames * height * width * channels }
  }

  /// Four layers of 32 channels and 3×3 windows, the first with stride 2: SAC-AE's and DrQ's, for 84 × 84 pixels.
  public static let fourLayers = [Layer(channels: 32, kernel: 3, stride: 2)] + threeByThree
  private static let threeByThree = [Layer](repeating: Layer(channels: 32, kernel: 3), count: 3)

  /// What it takes.
  public let picture: Picture
  /// Numbers out.
  public let features: Int
  private let convolutions: [Convolution2D]
  private let linear: Linear
  private let norm: LayerNorm

  /// An encoder whose convolutions begin orthogonal with gain √2, as DrQ-v2's (arXiv 2107.09645).
  ///
  /// - Parameters:
  ///   - picture: what a row of the input holds.
  ///   - layers: the convolutions, first to last; see ``problem(_:_:)`` for what does not fit.
  ///   - features: numbers out.
  ///   - generator: moves on by one draw for each number or more.
  public init(
    _ picture: Picture, layers: [Layer] = fourLayers, features: Int = 50, using generator: inout RandomGenerator
  ) {
    if let problem = Self.problem(picture, layers) { preconditionFailure(problem) }
    self.picture = picture
    self.features = features
    var convolutions: [Convolution2D] = []
    var (height, width, channels) = (picture.height, picture.width, picture.channels * picture.frames)
    for layer in layers {
      convolutions.append(
        Convolution2D(
          channels, layer.channels, kernel: layer.kernel, stride: layer.stride, padding: layer.padding,
          activation: .relu, initialisation: .orthogonal(gain: Float(2).squareRoot()), using: &generator))
      (height, width) = (layer.length(height), layer.length(width))
      channels = layer.channels
    }
    self.convolutions = convolutions
    linear = Linear(height * width * channels, features, using: &generator)
    norm = LayerNorm(features)
  }

  /// What is wrong with layers for a picture, in one line; nil where they fit.
  public static func problem(_ picture: Picture, _ layers: [Layer]) -> String? {
    guard min(picture.height, picture.width, picture.channels, picture.frames) > 0 else {
      return "a picture has at least one pixel, channel and frame"
    }
    var (height, width) = (picture.height, picture.width)
    for (index, layer) in layers.enumerated() {
      guard layer.channels > 0, layer.kernel > 0, layer.stride > 0, layer.padding >= 0 else {
        return "convolution \(index + 1): channels, kernel and stride must be at least 1 and the padding at least 0"
      }
      let (down, across) = (layer.length(height), layer.length(width))
      guard down > 0, across > 0 else {
        let window = "\(layer.kernel)×\(layer.kernel)"
        return "convolution \(index + 1): no window of \(window) fits into \(height)×\(width) pixels"
      }
      (height, width) = (down, across)
    }
    return nil
  }

  public var parameters: [(name: String, value: Tensor)] {
    convolutions.enumerated().flatMap { prefixed("convolutions.\($0.offset)", $0.element) }
      + prefixed("linear", linear) + prefixed("norm", norm)
  }

  /// [rows, frames·height·width·channels] → [rows, features], each in −1…1.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let hidden = convolutions.reduce(images(input)) { $1($0) }
    return norm(linear(hidden.reshaped([input.shape[0], linear.weight.shape[0]]))).tanh()
  }

  /// [rows, height, width, frames·channels].
  private func images(_ input: Tensor) -> Tensor {
    let (rows, pixels) = (input.shape[0], picture.height * picture.width)
    let shape = [rows, picture.height, picture.width, picture.frames * picture.channels]
    guard picture.frames > 1 else { return input.reshaped(shape) }
    let frames = input.reshaped([rows, picture.frames, pixels, picture.channels])
    return frames.transposed([0, 2, 1, 3]).reshaped(shape)
  }
}

extension ConvolutionalEncoder.Layer {
  /// How many windows fit into a length; 0 if none does.
  public func length(_ length: Int) -> Int {
    Convolution2D.length(length, kernel: kernel, stride: stride, padding: padding)
  }
}
