import ArgumentParser
import Foundation

struct BenchSimulation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulation", abstract: "What a robot's simulation gets wrong, by timestep and solver.",
    discussion: "Documentation/simulation.md says what the columns mean and what was chosen from them.")

  @Argument(help: "Environments: names from 'sinew env list', or paths of task.yaml files.")
  var environments: [String]

  @Option(help: ArgumentHelp("Timesteps as multiples of the model's own, with commas.", valueName: "list"))
  var multiples = "0.25,0.5,1,2"

  @Option(help: ArgumentHelp("Iterations of the iterative solver to measure too, with commas.", valueName: "list"))
  var iterations = ""

  @Option(help: ArgumentHelp("Simulated seconds under random controls.", valueName: "s"))
  var seconds = 5.0

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0.1...3600).contains(seconds) else { throw ValidationError("--seconds must be 0.1 to 3600, not \(seconds)") }
    guard numbers(multiples)?.allSatisfy({ (1e-3...1e3).contains($0) }) == true else {
      throw ValidationError("--multiples takes numbers from 0.001 to 1000 with commas, not '\(multiples)'")
    }
    guard iterations.isEmpty || numbers(iterations)?.allSatisfy({ (1...10_000).contains($0) }) == true else {
      throw ValidationError("--iterations takes numbers from 1 to 10000 with commas, not '\(iterations)'")
    }
  }

  func run() throws {
    var rows: [SimulationStudyRow] = []
    for name in environments {
      var study = try SimulationStudy(name)
      study.seconds = seconds
      let own = study.definition.model.timestep
      for multiple in numbers(multiples) ?? [] { rows.append(try study.measure(timestep: own * multiple)) }
      for count in iterations.isEmpty ? [] : numbers(iterations) ?? [] {
        rows.append(try study.measure(timestep: own, iterations: Int(count)))
      }
    }
    try output.print(text(rows), json: ValueTree(encoding: rows))
  }

  private func numbers(_ list: String) -> [Double]? {
    let parts = list.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces)) }
    return parts.isEmpty || parts.contains(nil) ? nil : parts.compactMap { $0 }
  }

  private func text(_ rows: [SimulationStudyRow]) -> String {
    func cell(_ value: Double?, _ factor: Double, _ format: String) -> String {
      value.map { String(format: format, $0 * factor) } ?? "–"
    }
    let head = [
      "| robot | timestep ms | solver | energy drift % | joint error mm | penetration mm | slip mm/s | steps/s |",
      "|---|---|---|---|---|---|---|---|",
    ]
    let lines = rows.map { row in
      let cells = [
        row.env, cell(row.timestep, 1e3, "%g"), row.iterations.map { "iterative, \($0)" } ?? "exact",
        cell(row.energyDrift, 100, "%.2g"), cell(row.jointError, 1e3, "%.2g"), cell(row.penetration, 1e3, "%.2g"),
        cell(row.slip, 1e3, "%.2g"), cell(row.stepsPerSecond, 1, "%.0f"),
      ]
      return "| \(cells.joined(separator: " | ")) |" + (row.failure.map { " \($0)" } ?? "")
    }
    return (head + lines).joined(separator: "\n")
  }
}
