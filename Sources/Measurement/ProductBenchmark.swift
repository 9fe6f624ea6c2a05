import SinewTensor

/// Measures single matrix products, operands in memory of their own.
public struct ProductBenchmark {
  /// What is measured, in order.
  public var shapes: [ProductShape]
  /// Each shape is measured with each of these numbers of threads.
  public var threadCounts: [Int]
  /// What is multiplied in.
  public var precision = Precision.float32
  /// How long each shape is timed.
  public var seconds = 0.1

  /// A measurement of `shapes`.
  public init(_ shapes: [ProductShape], threadCounts: [Int]) {
    self.shapes = shapes
    self.threadCounts = threadCounts
  }

  /// Square products from 64 to 1024 in the three layouts that backpropagation needs.
  public static var squares: [ProductShape] {
    [64, 128, 256, 512, 1024].flatMap { size in
      [(false, false), (true, false), (false, true)].map { left, right in
        ProductShape(rows: size, columns: size, depth: size, transposesLeft: left, transposesRight: right)
      }
    }
  }

  /// Runs the measurement.
  public func measure() -> ProductMeasurement {
    let threadsBefore = Execution.threads
    defer { Execution.threads = threadsBefore }
    var products: [ProductMeasurement.Product] = []
    for threads in threadCounts {
      Execution.threads = threads
      let peak = Machine.peak(threads: threads, precision: precision)
      products += shapes.map { measure($0, threads: threads, peak: peak) }
    }
    return ProductMeasurement(
      precision: precision, products: products, instructionSet: Execution.instructionSet, processor: Machine.processor)
  }

  private func measure(_ shape: ProductShape, threads: Int, peak: Double) -> ProductMeasurement.Product {
    let stream = RandomStream(RandomGenerator(seed: 0))
    func operand(_ rows: Int, _ columns: Int, isTransposed: Bool, isShared: Bool) -> Tensor {
      let members = isShared || shape.members == 1 ? [] : [shape.members]
      return stream.normal(members + (isTransposed ? [columns, rows] : [rows, columns]))
    }
    let left = operand(shape.rows, shape.depth, isTransposed: shape.transposesLeft, isShared: shape.sharesLeft)
    let right = operand(shape.depth, shape.columns, isTransposed: shape.transposesRight, isShared: shape.sharesRight)
    let recorded = Recorded(precision: precision)
    func multiply() {
      recorded([]) {
        [matmul(left, right, transposeLeft: shape.transposesLeft, transposeRight: shape.transposesRight)]
      }
    }
    multiply()
    let estimate = SinewMeasurement.seconds { for _ in 0..<3 { multiply() } } / 3
    for _ in 0..<repetitions(of: estimate, in: seconds / 8) { multiply() }
    let rounds = 10
    let count = repetitions(of: estimate, in: seconds / Double(rounds))
    var timings = Timings()
    for _ in 0..<rounds {
      timings.append(SinewMeasurement.seconds { for _ in 0..<count { multiply() } }, count: count)
    }
    return ProductMeasurement.Product(shape, threads: threads, timings, peak: peak)
  }
}

/// What a measurement of products found, as `sinew bench gemm --json` prints it.
public struct ProductMeasurement: Encodable, Sendable {
  public let precision: Precision
  public let products: [Product]
  public let instructionSet: String
  public let processor: String

  /// One shape on one number of threads.
  public struct Product: Encodable, Sendable {
    public let members: Int
    public let rows: Int
    public let columns: Int
    public let depth: Int
    /// `nn`, `tn` (left transposed) or `nt` (right transposed).
    public let layout: String
    public let threads: Int
    /// Microseconds: the median over the rounds.
    public let microseconds: Double
    /// 10⁹ floating-point operations a second, a multiply-add being two.
    public let gflopPerSecond: Double
    /// Of what multiply-adds alone reach on as many threads.
    public let shareOfPeak: Double

    init(_ shape: ProductShape, threads: Int, _ timings: Timings, peak: Double) {
      (members, rows, columns, depth) = (shape.members, shape.rows, shape.columns, shape.depth)
      layout = shape.layout
      self.threads = threads
      microseconds = 1e6 * timings.median
      gflopPerSecond = 1e-9 * Double(shape.operationCount) / timings.median
      shareOfPeak = 1e9 * gflopPerSecond / peak
    }
  }
}
