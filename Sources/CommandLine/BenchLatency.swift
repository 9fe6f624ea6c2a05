import ArgumentParser
import Foundation

struct BenchLatency: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency", abstract: "Time single answers of a policy.",
    discussion: """
      Policies of fresh learners with default settings, as an evaluation has them act. 'action' is one deterministic action of \
      sac's for an observation of 17 numbers. 'diffusion' and 'flow' are one chunk of 16 actions of 2 numbers for observations \
      of 20: ten denoising steps of diffusion-policy's, ten steps of flow-policy's.
      """)

  @Option(help: ArgumentHelp("Actions to time, each by itself.", valueName: "n"))
  var calls = 20_000

  @OptionGroup var threading: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("calls", calls, in: 1...10_000_000)
  }

  func run() throws {
    var benchmark = LatencyBenchmark()
    benchmark.threads = threading.threads
    benchmark.calls = calls
    benchmark.chunkCalls = max(1, calls / 4)
    let measurement = try benchmark.measure(allocationCount: Program.current.allocationCount)
    try output.print(text(measurement), json: ValueTree(encoding: measurement))
  }

  private func text(_ result: LatencyMeasurement) -> String {
    let rows = [("action", result.action), ("diffusion", result.diffusion), ("flow", result.flow)].map {
      name, latency in
      name.padding(toLength: 11, withPad: " ", startingAt: 0) + latencyLine(latency)
    }
    let heading =
      "batch 1, f32, \(result.threads) \(result.threads == 1 ? "thread" : "threads"), "
      + "\(result.instructionSet) on \(result.processor)"
    return ([heading] + rows).joined(separator: "\n")
  }
}

/// Quantiles, calls and allocations in a line.
func latencyLine(_ latency: LatencyMeasurement.Latency) -> String {
  let allocations = latency.allocationsPerCall.map { String(format: "%g", $0) } ?? "not counted"
  return String(format: "p50 %.1f µs, p99 %.1f µs, %d calls, ", latency.p50Us, latency.p99Us, latency.calls)
    + "allocations \(allocations) a call"
}
