import SinewKernels

/// What an instruction does, in words: for traces.
extension sinew_instruction {
  /// The operation with what is fused into it, such as `matmul + bias + relu`.
  var name: String {
    if self.is(SINEW_MATMUL) { return (["matmul"] + epilogues).joined(separator: " + ") }
    if self.is(SINEW_CONVOLUTION) { return (["convolution"] + epilogues).joined(separator: " + ") }
    if self.is(SINEW_CONVOLUTION_INPUT_GRADIENT) {
      return (["convolution input gradient"] + epilogues).joined(separator: " + ")
    }
    if self.is(SINEW_UNARY) { return unaryName(mode) }
    if self.is(SINEW_UNARY_GRADIENT) { return unaryName(mode) + " gradient" }
    if self.is(SINEW_BINARY) { return binaryNames[mode] ?? "binary \(mode)" }
    if self.is(SINEW_REDUCE) { return reductionNames[mode] ?? "reduction \(mode)" }
    return operations[operation]?.name ?? "operation \(operation)"
  }

  /// The sizes it works on: the factors of a product, else the dimensions without those of 1 in front.
  var shapeText: String {
    if let product = ProductShape(self) { return "\(product)" }
    let sizes = (0..<(operations[operation]?.dimensions ?? 1)).map(dimension)
    let text = sizes.drop { $0 == 1 }.map(String.init).joined(separator: "×")
    return text.isEmpty ? "1" : text
  }

  private var epilogues: [String] {
    let parts = [
      (SINEW_MATMUL_BIAS, "bias"), (SINEW_MATMUL_ACTIVATION, unaryName(mode >> 8)),
      (SINEW_MATMUL_ACTIVATION_GRADIENT, unaryName(mode >> 8) + " gradient"),
      (SINEW_MATMUL_COLUMN_SUMS, "column sums"), (SINEW_MATMUL_ACCUMULATE, "accumulate"),
    ]
    return parts.filter { mode & Int32($0.0) != 0 }.map(\.1)
  }
}

private func unaryName(_ function: Int32) -> String { unaryNames[function] ?? "unary \(function)" }

private func keyed<Key: RawRepresentable<UInt32>, Description>(_ pairs: [(Key, Description)]) -> [Int32: Description] {
  Dictionary(uniqueKeysWithValues: pairs.map { (Int32($0.rawValue), $1) })
}

private let unaryNames = keyed([
  (SINEW_NEGATE, "negate"), (SINEW_EXP, "exp"), (SINEW_LOG, "log"), (SINEW_SQRT, "sqrt"), (SINEW_SQUARE, "square"),
  (SINEW_ABS, "abs"), (SINEW_RECIPROCAL, "reciprocal"), (SINEW_SIN, "sin"), (SINEW_COS, "cos"), (SINEW_TANH, "tanh"),
  (SINEW_SIGMOID, "sigmoid"), (SINEW_SOFTPLUS, "softplus"), (SINEW_RELU, "relu"), (SINEW_SILU, "silu"),
  (SINEW_MISH, "mish"), (SINEW_GELU, "gelu"), (SINEW_CLAMP, "clamp"), (SINEW_AFFINE, "affine"),
  (SINEW_IDENTITY, "identity"),
])

private let binaryNames = keyed([
  (SINEW_ADD, "add"), (SINEW_SUBTRACT, "subtract"), (SINEW_MULTIPLY, "multiply"), (SINEW_DIVIDE, "divide"),
  (SINEW_MINIMUM, "minimum"), (SINEW_MAXIMUM, "maximum"), (SINEW_GREATER, "greater"),
  (SINEW_GREATER_EQUAL, "greater or equal"), (SINEW_EQUAL, "equal"),
])

private let reductionNames = keyed([
  (SINEW_SUM, "sum"), (SINEW_MEAN, "mean"), (SINEW_MAX, "max"), (SINEW_MIN, "min"),
])

/// Names, and how many of the dimensions are sizes (strides follow them).
private let operations: [Int32: (name: String, dimensions: Int)] = keyed([
  (SINEW_FILL, ("fill", 1)), (SINEW_UNARY, ("unary", 1)), (SINEW_UNARY_GRADIENT, ("unary gradient", 1)),
  (SINEW_BINARY, ("binary", 4)), (SINEW_SELECT, ("select", 4)), (SINEW_COPY, ("copy", 4)),
  (SINEW_REDUCE, ("reduce", 3)), (SINEW_REDUCE_EXTREMUM_GRADIENT, ("extremum gradient", 3)),
  (SINEW_SOFTMAX, ("softmax", 2)), (SINEW_SOFTMAX_GRADIENT, ("softmax gradient", 2)),
  (SINEW_LOG_SUM_EXP, ("log-sum-exp", 2)), (SINEW_LAYER_NORM, ("layer norm", 3)),
  (SINEW_LAYER_NORM_GRADIENT, ("layer norm gradient", 3)),
  (SINEW_LAYER_NORM_PARAMETER_GRADIENT, ("layer norm parameter gradient", 3)),
  (SINEW_RANDOM_UNIFORM, ("random uniform", 1)), (SINEW_RANDOM_NORMAL, ("random normal", 1)),
  (SINEW_SQUASHED_GAUSSIAN, ("squashed gaussian", 2)),
  (SINEW_SQUASHED_GAUSSIAN_GRADIENT, ("squashed gaussian gradient", 2)), (SINEW_ADAM, ("adam", 1)),
  (SINEW_ADAM_ADVANCE, ("adam advance", 0)), (SINEW_POLYAK, ("polyak", 1)),
  (SINEW_CLIP_SCALE, ("clip scale", 1)), (SINEW_GATHER, ("gather", 2)), (SINEW_SCATTER_ADD, ("scatter add", 2)),
  (SINEW_IM2COL, ("im2col", 3)), (SINEW_COL2IM, ("col2im", 3)),
  (SINEW_CONVOLUTION, ("convolution", 10)), (SINEW_CONVOLUTION_INPUT_GRADIENT, ("convolution input gradient", 10)),
  (SINEW_CONVOLUTION_WEIGHT_GRADIENT, ("convolution weight gradient", 10)),
  (SINEW_BATCH_STATISTICS, ("batch statistics", 3)), (SINEW_BATCH_NORM, ("batch norm", 3)),
  (SINEW_BATCH_NORM_PARAMETER_GRADIENT, ("batch norm parameter gradient", 3)),
  (SINEW_BATCH_NORM_GRADIENT, ("batch norm gradient", 3)), (SINEW_QUANTILE_HUBER, ("quantile huber", 4)),
  (SINEW_QUANTILE_HUBER_GRADIENT, ("quantile huber gradient", 4)),
  (SINEW_CATEGORICAL_PROJECTION, ("categorical projection", 2)),
])
