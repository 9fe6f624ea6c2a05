import ArgumentParser
import Foundation

struct BenchSampling: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sampling",
    abstract: "Time drawing minibatches from a dataset: in memory, or of more than half a gigabyte in a file.")

  @Option(help: ArgumentHelp("Transitions in the dataset.", valueName: "n"))
  var transitions = 1_000_000

  @Option(help: ArgumentHelp("Transitions in a minibatch.", valueName: "n"))
  var batchSize = 256

  @Option(help: ArgumentHelp("Minibatches to time, each by itself.", valueName: "n"))
  var calls = 20_000

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("transitions", transitions, in: 1...100_000_000)
    try requireOption("batch-size", batchSize, in: 1...1_000_000)
    try requireOption("calls", calls, in: 1...10_000_000)
  }

  func run() throws {
    var benchmark = SamplingBenchmark()
    (benchmark.transitionCount, benchmark.batchSize, benchmark.calls) = (transitions, batchSize, calls)
    let measurement = try benchmark.measure(allocationCount: Program.current.allocationCount)
    try output.print(text(measurement), json: ValueTree(encoding: measurement))
  }

  private func text(_ result: SamplingMeasurement) -> String {
    let heading = "\(result.batchSize) of \(result.transitions) transitions, on \(result.processor)"
    let rows = [("uniform", result.uniform), ("by return", result.weighted)].map { $0 + "  " + latencyLine($1) }
    return ([heading] + rows).joined(separator: "\n")
  }
}
