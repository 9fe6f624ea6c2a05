import ArgumentParser
import Foundation

struct BenchEncoder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder", abstract: "Time training a convolutional encoder of pictures.",
    discussion: """
      Four layers of 32 channels, 50 features, on random pictures; an update is the loss, its gradients and a step of \
      Adam. Benchmarks/encoder.py compares it with PyTorch.
      """)

  @Option(help: ArgumentHelp("Pixels down, and across.", valueName: "n"))
  var size = 84

  @Option(help: ArgumentHelp("Pictures in a stack, three colours each.", valueName: "n"))
  var frames = 1

  @Option(help: ArgumentHelp("Stacks in a minibatch.", valueName: "n"))
  var batchSize = 128

  @Option(help: "What is multiplied in.")
  var precision = Precision.float32

  @Option(help: ArgumentHelp("How long updates are timed.", valueName: "s"))
  var seconds = 2.0

  @OptionGroup var threading: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("size", size, in: 1...1024)
    try requireOption("frames", frames, in: 1...64)
    try requireOption("batch-size", batchSize, in: 1...10_000)
    guard (0...3600).contains(seconds) else { throw ValidationError("--seconds must be 0 to 3600, not \(seconds)") }
    if let problem = benchmark.problem { throw ValidationError(problem) }
  }

  private var benchmark: EncoderBenchmark {
    var benchmark = EncoderBenchmark()
    (benchmark.size, benchmark.frames, benchmark.batchSize) = (size, frames, batchSize)
    (benchmark.precision, benchmark.seconds, benchmark.threads) = (precision, seconds, threading.threads)
    return benchmark
  }

  func run() throws {
    let measurement = benchmark.measure(allocationCount: Program.current.allocationCount)
    try output.print(text(measurement), json: ValueTree(encoding: measurement))
  }

  private func text(_ result: EncoderMeasurement) -> String {
    let allocations = result.allocationsPerUpdate.map(String.init) ?? "not counted"
    return """
      \(result.size)×\(result.size)×\(3 * result.frames), batch \(result.batchSize), \(result.precision.rawValue), \
      \(result.threads) \(result.threads == 1 ? "thread" : "threads"), \(result.instructionSet) on \(result.processor)
      update       \(String(format: "%.1f ms, %.1f ms of processor time", result.msPerUpdate, result.cpuMsPerUpdate))
      allocations  \(allocations) an update
      """
  }
}
