import Glibc
import SinewTensor

/// Measures training the convolutional encoder of pictures by itself: bytes to features, a loss, its gradients and a
/// step of Adam.
public struct EncoderBenchmark {
  /// Pixels down, and across.
  public var size = 84
  /// Pictures of three colours side by side, as a stack of frames.
  public var frames = 1
  /// Rows in a minibatch.
  public var batchSize = 128
  /// Threads that share an update.
  public var threads = Machine.processorCount
  /// What products are multiplied in.
  public var precision = Precision.float32
  /// How long updates are timed.
  public var seconds = 2.0

  /// A measurement of ``ConvolutionalEncoder/fourLayers`` on 84 × 84 pixels.
  public init() {}

  /// What is wrong with the sizes, in one line; nil where they can be measured.
  public var problem: String? { ConvolutionalEncoder.problem(picture, ConvolutionalEncoder.fourLayers) }

  private var picture: ConvolutionalEncoder.Picture { .init(height: size, width: size, frames: frames) }

  /// Runs the measurement.
  ///
  /// - Parameter allocationCount: how many heap allocations the process has made so far, where somebody counts them.
  public func measure(allocationCount: (() -> UInt64)? = nil) -> EncoderMeasurement {
    let threadsBefore = Execution.threads
    Execution.threads = threads
    defer { Execution.threads = threadsBefore }

    var generator = RandomGenerator(seed: 0)
    let encoder = ConvolutionalEncoder(picture, using: &generator)
    let optimiser = Adam(encoder, learningRate: 1e-3)
    let bytes = Tensor(
      (0..<(batchSize * picture.count)).map { _ in Float(generator.index(below: 256)) },
      shape: [batchSize, picture.count])
    let target = RandomStream(generator).uniform([batchSize, encoder.features], -1, 1)
    let recorded = Recorded(precision: precision)
    let inputs = [bytes]
    func update() {
      recorded(inputs) {
        let (loss, gradients) = valueAndGradient(of: encoder) { meanSquaredError(encoder(bytes.brightness()), target) }
        optimiser.update(gradients)
        return [loss]
      }
    }
    update()
    let estimate = SinewMeasurement.seconds(update)
    let rounds = min(max(Int(seconds / max(estimate, 1e-9)), 3), 1000)
    var (wall, processor) = (Timings(), Timings())
    for _ in 0..<rounds {
      let start = processorSeconds()
      let duration = SinewMeasurement.seconds(update)
      processor.append(processorSeconds() - start, count: 1)
      wall.append(duration, count: 1)
    }
    let allocations = allocationCount.map { count in
      let before = count()
      update()
      return Int(count() - before)
    }
    return EncoderMeasurement(
      size: size, frames: frames, batchSize: batchSize, precision: precision, threads: threads,
      msPerUpdate: 1e3 * wall.median, cpuMsPerUpdate: 1e3 * processor.median, allocationsPerUpdate: allocations,
      instructionSet: Execution.instructionSet, processor: Machine.processor)
  }

  private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

/// What training an encoder takes, as `sinew bench encoder --json` prints it.
public struct EncoderMeasurement: Encodable, Sendable {
  public var size: Int
  public var frames: Int
  public var batchSize: Int
  public var precision: Precision
  public var threads: Int
  /// Milliseconds: the median.
  public var msPerUpdate: Double
  /// Milliseconds of processor time, all threads together: the median.
  public var cpuMsPerUpdate: Double
  /// Nil where they are not counted.
  public var allocationsPerUpdate: Int?
  public var instructionSet: String
  public var processor: String
}
