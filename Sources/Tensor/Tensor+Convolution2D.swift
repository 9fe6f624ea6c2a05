import SinewKernels

/// activation(convolution of images + bias) in one pass, zeros beyond the images; what PyTorch's conv2d computes.
///
/// Pixels lie row by row, a pixel's channels side by side, as pictures are stored. Windows are read where they lie or,
/// at the images' edges, from a few padded rows: nothing as large as all windows is ever made.
///
/// - Parameters:
///   - images: [batch, height, width, channels].
///   - weight: [kernel, kernel, channels, outputs]. PyTorch's Conv2d stores [outputs, channels, kernel, kernel].
///   - bias: [outputs]; nil for none.
///   - stride: pixels between windows, at least 1.
///   - padding: zeros on each side, at least 0.
///   - activation: applied to the sums.
/// - Returns: [batch, (height + 2·padding − kernel)/stride + 1, (width + 2·padding − kernel)/stride + 1, outputs].
public func convolution2D(
  _ images: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
  activation: Activation = .identity
) -> Tensor {
  let sizes = ConvolutionSizes(images, weight, bias, stride: stride, padding: padding)
  var flags = 0
  var reads = [(1, images), (2, weight)]
  if let bias {
    flags |= SINEW_MATMUL_BIAS
    reads.append((3, bias))
  }
  let function = activation.function
  let isActive = activation != .identity
  let needsInput = isActive && !sinew_unary_gradient_uses_output(Int32(function.rawValue)) && Recording.current != nil
  if isActive { flags |= SINEW_MATMUL_ACTIVATION | Int(function.rawValue) << 8 }

  var output: Tensor?
  var preactivation: Tensor?
  let results = emit(
    sizes.instruction(SINEW_CONVOLUTION, flags: flags), reads: reads,
    outputs: [(0, sizes.shape)] + (needsInput ? [(4, sizes.shape)] : []),
    inputs: [images, weight] + (bias.map { [$0] } ?? [])
  ) { gradients in
    guard let gradient = gradients[0], let output else { return [nil, nil, nil] }
    let inner = isActive ? activationGradient(function, gradient, input: preactivation, output: output) : gradient
    let byImages = emit(
      sizes.instruction(SINEW_CONVOLUTION_INPUT_GRADIENT), reads: [(1, inner), (2, weight)],
      outputs: [(0, images.shape)])
    let byParameters = emit(
      sizes.instruction(SINEW_CONVOLUTION_WEIGHT_GRADIENT), reads: [(1, images), (2, inner)],
      outputs: [(0, weight.shape)] + (bias.map { [(3, $0.shape)] } ?? []))
    return byImages + byParameters
  }
  output = results[0].detached()
  preactivation = results.count > 1 ? results[1].detached() : nil
  return results[0]
}

/// The sizes of a convolution, checked.
private struct ConvolutionSizes {
  let shape: [Int]
  private let dimensions: [Int]

  init(_ images: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: Int, padding: Int) {
    precondition(
      images.rank == 4 && weight.rank == 4 && weight.shape[0] == weight.shape[1] && weight.shape[2] == images.shape[3],
      "cannot convolve images of shape \(images.shape) with weights of shape \(weight.shape)")
    let (kernel, outputs) = (weight.shape[0], weight.shape[3])
    precondition(bias == nil || bias?.shape == [outputs], "a bias of shape \(bias?.shape ?? []) for \(outputs) outputs")
    let lengths = [images.shape[1], images.shape[2]].map {
      Convolution2D.length($0, kernel: kernel, stride: stride, padding: padding)
    }
    precondition(
      lengths.allSatisfy { $0 > 0 },
      "no window of \(kernel)×\(kernel), padding \(padding), stride \(stride) lies in images of shape \(images.shape)")
    shape = [images.shape[0], lengths[0], lengths[1], outputs]
    dimensions = images.shape + [kernel, stride, padding, lengths[0], lengths[1], outputs]
  }

  func instruction(_ operation: sinew_operation, flags: Int = 0) -> sinew_instruction {
    let precision = Recording.current?.precision == .bfloat16 ? SINEW_MATMUL_BF16 : 0
    return sinew_instruction(operation, mode: Int32(flags | precision), dimensions: dimensions)
  }
}

extension Tensor {
  /// Bytes (0…255, held as floats) as the brightness 0…1 that networks take: x/255, where 255 gives exactly 1.
  public func brightness() -> Tensor { affine(1 / 255, 0) }
}
