import ArgumentParser
import Foundation

struct BenchUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Time gradient updates on random transitions.",
    discussion: """
      An update draws its minibatch from a replay buffer in memory. 'gemm' is the time of the same matrix products \
      alone, 'peak' the rate of multiply-adds that touch no memory. SINEW_TRACE=file.json writes the tenth update as a \
      Chrome trace.
      """)

  @OptionGroup var update: UpdateOptions
  @OptionGroup var threading: ThreadOptions

  @Option(help: ArgumentHelp("How long updates are timed; all of it takes about three times that.", valueName: "s"))
  var seconds = 2.0

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0...3600).contains(seconds) else { throw ValidationError("--seconds must be 0 to 3600, not \(seconds)") }
  }

  func run() throws {
    var benchmark = try update.benchmark()
    benchmark.threads = threading.threads
    benchmark.seconds = seconds
    let measurement = try benchmark.measure(allocationCount: Program.current.allocationCount)
    try output.print(text(measurement), json: ValueTree(encoding: measurement))
  }

  private func text(_ result: UpdateMeasurement) -> String {
    let allocations = result.allocationsPerUpdate.map { String(format: "%g", $0) } ?? "not counted"
    return """
      \(result.algo), batch \(result.batchSize), hidden \(result.hiddenSizes.map(String.init).joined(separator: "×")), \
      \(result.precision.rawValue), \(result.threads) \(result.threads == 1 ? "thread" : "threads"), \
      \(result.instructionSet) on \(result.processor)
      update       \(milliseconds(result.msPerUpdate)) (fastest round \(milliseconds(result.msPerUpdateMin)), \
      p90 \(milliseconds(result.msPerUpdateP90))), \(String(format: "%.0f", result.updatesPerSecond)) a second
      gemm         \(milliseconds(result.gemmMs)) for the same \(String(format: "%g", result.gemmsPerUpdate)) products \
      alone; the update takes \(String(format: "%.2f", result.updateOverGemm)) times that
      minibatch    \(milliseconds(result.samplingMs)) of the update
      work         \(String(format: "%.1f", result.flopPerUpdate * 1e-6)) MFLOP of products, \
      \(String(format: "%.1f", result.gflopPerSecond)) GFLOP/s, \(String(format: "%.0f", 100 * result.shareOfPeak)) % of \
      the \(String(format: "%.0f", result.peakGflopPerSecond)) peak
      allocations  \(allocations) an update
      """
  }

  private func milliseconds(_ value: Double) -> String { String(format: "%.3f ms", value) }
}

/// Which update: the algorithm, and the sizes that decide its work.
struct UpdateOptions: ParsableArguments {
  @Option(name: .customLong("algo"), help: ArgumentHelp("Algorithm.", valueName: "algo"))
  var algorithm = "sac"

  @Option(help: ArgumentHelp("Transitions in a minibatch (default: the algorithm's).", valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp("Widths of the hidden layers, such as 256,256 (default: the algorithm's).", valueName: "widths"))
  var hidden: Widths?

  @Option(help: ArgumentHelp("Numbers in an observation.", valueName: "n"))
  var observationSize = 17

  @Option(help: ArgumentHelp("Numbers in an action.", valueName: "n"))
  var actionSize = 6

  @Option(help: "What is multiplied in.")
  var precision = Precision.float32

  func validate() throws {
    if let batchSize { try requireOption("batch-size", batchSize, in: 1...1_000_000) }
    try requireOption("observation-size", observationSize, in: 1...100_000)
    try requireOption("action-size", actionSize, in: 1...10_000)
  }

  func benchmark() throws -> UpdateBenchmark {
    let algorithm = try Algorithm.named(algorithm).with(batchSize: batchSize, hiddenSizes: hidden?.sizes)
    var benchmark = UpdateBenchmark(algorithm)
    benchmark.observationSize = observationSize
    benchmark.actionSize = actionSize
    benchmark.precision = precision
    return benchmark
  }
}

/// Widths of layers, written 256,256 or 256x256.
struct Widths: ExpressibleByArgument {
  let sizes: [Int]

  init?(argument: String) {
    let parts = argument.split(omittingEmptySubsequences: false) { ",x×".contains($0) }
    let sizes = parts.compactMap { Int($0) }
    guard sizes.count == parts.count, sizes.allSatisfy({ (1...65_536).contains($0) }) else { return nil }
    self.sizes = sizes
  }
}
