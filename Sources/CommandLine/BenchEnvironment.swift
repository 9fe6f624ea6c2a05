import ArgumentParser
import Foundation

struct BenchEnvironment: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env", abstract: "Time steps of an environment under random actions.",
    discussion: "A step is one control period. Episodes begin anew as they end, and that is timed too.")

  @Argument(help: "Environment: a name from 'sinew env list', the path of a task.yaml, or gym:ID of Gymnasium's.")
  var environment: String

  @OptionGroup var gymnasium: GymnasiumOptions

  @Option(name: .customLong("num-envs"), help: ArgumentHelp("Environments stepped together.", valueName: "n"))
  var environmentCount = 16

  @OptionGroup var threading: ThreadOptions

  @Option(help: ArgumentHelp("How long steps are timed.", valueName: "s"))
  var seconds = 2.0

  @Option(help: ArgumentHelp("Time at least this many steps instead.", valueName: "n"))
  var steps: Int?

  @OptionGroup var parameters: ParameterOptions

  @Flag(
    help: "Print a digest of the trajectories of 1,000 steps instead; it depends on neither threads nor machine load.")
  var digest = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("num-envs", environmentCount, in: 1...65_536)
    if let steps { try requireOption("steps", steps, in: 1...1_000_000_000_000) }
    guard (0...3600).contains(seconds) else { throw ValidationError("--seconds must be 0 to 3600, not \(seconds)") }
  }

  func run() throws {
    var settings = GymnasiumSettings()
    gymnasium.adjust(&settings)
    var benchmark = try EnvironmentBenchmark(environment, settings)
    benchmark.environmentCount = environmentCount
    benchmark.threads = min(threading.threads, environmentCount)
    benchmark.seconds = seconds
    benchmark.stepLimit = steps
    benchmark.parameters = try parameters.assignments
    if digest { return try printDigest(benchmark) }
    let measurement = try benchmark.measure(allocationCount: Program.current.allocationCount)
    try output.print(text(measurement), json: ValueTree(encoding: measurement))
  }

  private func printDigest(_ benchmark: EnvironmentBenchmark) throws {
    let digest = try String(format: "%016lx", benchmark.digest(steps: 1000))
    try output.print(
      digest,
      json: .table([
        ValueTree.Entry("env", .text(benchmark.name)),
        ValueTree.Entry("numEnvs", .integer(environmentCount)),
        ValueTree.Entry("threads", .integer(benchmark.threads)), ValueTree.Entry("steps", .integer(1000)),
        ValueTree.Entry("digest", .text(digest)),
      ]))
  }

  private func bareLoop(_ result: EnvironmentMeasurement) -> String {
    let bare = result.bareLoopStepsPerSecond ?? .nan
    return String(
      format: "bare loop    %.0f steps a second of one environment in Python alone, in turns; ours are %.2f of it",
      bare,
      result.stepsPerSecond / bare)
  }

  private func text(_ result: EnvironmentMeasurement) -> String {
    let allocations = result.allocationsPerStep.map { String(format: "%g", $0) } ?? "not counted"
    let growth = result.memoryGrowth.map { String(format: "grew by %.1f MB", Double($0) / 1e6) } ?? "not known"
    return """
      \(result.env), \(result.numEnvs) \(result.numEnvs == 1 ? "environment" : "environments"), \
      \(result.threads) \(result.threads == 1 ? "thread" : "threads") on \(result.processor)
      steps        \(String(format: "%.0f", result.stepsPerSecond)) a second \
      (fastest round \(String(format: "%.0f", result.stepsPerSecondMax))), \
      \(String(format: "%.0f", result.stepsPerSecond * result.controlPeriod)) times real time; \(result.steps) taken
      \(result.simulationStepsPerSecond.map { "physics      \(String(format: "%.0f", $0)) steps a second" } ?? bareLoop(result))
      allocations  \(allocations) a step
      memory       \(growth)
      """
  }
}
