import ArgumentParser
import Foundation
import SinewTensor

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure this machine's speed: updates, environments, matrix products, latency, sampling, pictures.",
    discussion: "Benchmarks/run.sh compares these figures with other libraries', measured in the same run.",
    subcommands: [
      BenchUpdate.self, BenchEnvironment.self, BenchSimulation.self, BenchMechanics.self, BenchScenes.self,
      BenchGemm.self, BenchLatency.self, BenchSampling.self, BenchEncoder.self, BenchRendering.self,
    ])
}

/// Threads to measure with.
struct ThreadOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Threads (default: one for each processor).", valueName: "n"))
  var threads = Machine.processorCount

  func validate() throws {
    try requireOption("threads", threads, in: 1...Execution.mostThreads)
  }
}

/// Throws a line that names the option unless `value` is in the range.
func requireOption(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw ValidationError("--\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value)")
  }
}
