import ArgumentParser
import Foundation

struct BenchMechanics: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mechanics", abstract: "Plants and robots under PD: what a timestep and a solver cost and get wrong.",
    discussion: "Documentation/simulation.md says what the columns mean.")

  @Option(help: ArgumentHelp("Timesteps, ms, with commas; each must go into 8 ms.", valueName: "list"))
  var timesteps = "0.5,1,2,4"

  @Option(
    help: ArgumentHelp(
      "Iterations of the iterative solver to measure beside the exact one, with commas.", valueName: "list"))
  var iterations = "20,100"

  @Option(help: ArgumentHelp("Only scenes whose names begin with this.", valueName: "name"))
  var scene = ""

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard let steps = numbers(timesteps), !steps.isEmpty,
      steps.allSatisfy({ (0.125...8).contains($0) && abs((8 / $0).rounded() - 8 / $0) < 1e-9 })
    else { throw ValidationError("--timesteps takes parts of 8 from 0.125 with commas, not '\(timesteps)'") }
    guard let counts = numbers(iterations), counts.allSatisfy({ (1...10_000).contains($0) }) else {
      throw ValidationError("--iterations takes numbers from 1 to 10000 with commas, not '\(iterations)'")
    }
  }

  func run() throws {
    let robots = try ["quadruped", "humanoid"].map { try EnvironmentCatalogue.definition($0).model }
    let scenes = try MechanicsScene.all(quadruped: robots[0], humanoid: robots[1]).filter { $0.name.hasPrefix(scene) }
    guard !scenes.isEmpty else { throw ValidationError("no scene's name begins with '\(scene)'") }
    var rows: [MechanicsRow] = []
    for scene in scenes {
      for solver in [nil] + (numbers(iterations) ?? []).map({ Int($0) }) {
        for timestep in numbers(timesteps) ?? [] {
          rows.append(scene.measure(timestep: timestep / 1000, iterations: solver))
        }
      }
    }
    try output.print(text(rows), json: ValueTree(encoding: rows))
  }

  private func numbers(_ list: String) -> [Double]? {
    let parts = list.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces)) }
    return parts.contains(nil) ? nil : parts.compactMap { $0 }
  }

  private func text(_ rows: [MechanicsRow]) -> String {
    func cell(_ value: Double?, _ factor: Double, _ format: String) -> String {
      value.map { String(format: format, $0 * factor) } ?? "–"
    }
    let head = [
      "| scene | solver | timestep ms | error | energy drift % | momentum drift % | times real time |",
      "|---|---|---|---|---|---|---|",
    ]
    let lines = rows.map { row in
      let cells = [
        row.scene, row.iterations.map { "iterative, \($0)" } ?? "exact", cell(row.timestep, 1e3, "%g"),
        cell(row.error, 1, "%.2g"), cell(row.energyDrift, 100, "%.2g"), cell(row.momentumDrift, 100, "%.2g"),
        cell(row.timesRealTime, 1, "%.0f"),
      ]
      return "| \(cells.joined(separator: " | ")) |" + (row.failure.map { " \($0)" } ?? "")
    }
    return (head + lines).joined(separator: "\n")
  }
}
