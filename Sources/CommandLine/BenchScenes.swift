import ArgumentParser
import Foundation

struct BenchScenes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenes", abstract: "How far scenes of contacts are from theory, by timestep and solver.",
    discussion: "Documentation/simulation.md says what the scenes and errors are.")

  @Argument(help: "Scenes: \(ContactScene.Name.allCases.map(\.rawValue).joined(separator: ", ")) (default: all).")
  var scenes: [String] = []

  @Option(help: ArgumentHelp("Timesteps, ms, with commas.", valueName: "list"))
  var timesteps = "0.5,1,2,4"

  @Option(help: ArgumentHelp("Iterations of the iterative solver, with commas; 0 is the exact one.", valueName: "list"))
  var iterations = "0,20,100"

  @OptionGroup var output: OutputOptions

  func validate() throws {
    for scene in scenes where ContactScene.Name(rawValue: scene) == nil {
      throw ValidationError(
        "no scene '\(scene)': there are \(ContactScene.Name.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard let steps = numbers(timesteps), steps.allSatisfy({ (0.01...100).contains($0) }) else {
      throw ValidationError("--timesteps takes numbers from 0.01 to 100 with commas, not '\(timesteps)'")
    }
    guard let counts = numbers(iterations), counts.allSatisfy({ (0...10_000).contains($0) }) else {
      throw ValidationError("--iterations takes numbers from 0 to 10000 with commas, not '\(iterations)'")
    }
  }

  func run() throws {
    let names = scenes.isEmpty ? ContactScene.Name.allCases : scenes.compactMap(ContactScene.Name.init)
    var rows: [ContactSceneRow] = []
    for name in names {
      for count in numbers(iterations) ?? [] {
        // So many rows the exact solver would take minutes a step for.
        if count == 0, name == .balls || name == .elasticBalls { continue }
        for step in numbers(timesteps) ?? [] {
          rows.append(try ContactScene(name).measure(timestep: step * 1e-3, iterations: count == 0 ? nil : Int(count)))
        }
      }
    }
    try output.print(text(rows), json: ValueTree(encoding: rows))
  }

  private func numbers(_ list: String) -> [Double]? {
    let parts = list.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces)) }
    return parts.isEmpty || parts.contains(nil) ? nil : parts.compactMap { $0 }
  }

  private func text(_ rows: [ContactSceneRow]) -> String {
    let head = ["| scene | solver | timestep ms | error % | contacts | steps/s |", "|---|---|---|---|---|---|"]
    let lines = rows.map { row -> String in
      let solver: String = row.iterations.map { "iterative, \($0)" } ?? "exact"
      let error: String = row.error.map { String(format: "%.2g", $0 * 100) } ?? "–"
      let contacts: String = row.contacts.map { "\($0)" } ?? "–"
      let speed: String = row.stepsPerSecond.map { String(format: "%.0f", $0) } ?? "–"
      let cells: [String] = [row.scene, solver, String(format: "%g", row.timestep * 1e3), error, contacts, speed]
      return "| \(cells.joined(separator: " | ")) |" + (row.failure.map { " \($0)" } ?? "")
    }
    return (head + lines).joined(separator: "\n")
  }
}
