import ArgumentParser
import Foundation

struct BenchRendering: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rendering", abstract: "Time pictures of an environment.",
    discussion: """
      Each after a step, which is not timed; one renderer, on the calling thread and the driver's own.
      """)

  @Argument(help: "Environment: a name from 'sinew env list', or the path of a task.yaml.")
  var environment = "humanoid"

  @Option(
    help: ArgumentHelp("Pixels; repeatable (default: 64x64, 84x84, 640x480).", valueName: "WxH"))
  var size: [PictureSize] = []

  @Option(help: ArgumentHelp("Pictures to time of each kind.", valueName: "n"))
  var pictures = 300

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("pictures", pictures, in: 1...1_000_000)
    for size in size where !(1...8192).contains(size.width) || !(1...8192).contains(size.height) {
      throw ValidationError("--size takes 1 to 8192 pixels across and down, not \(size)")
    }
  }

  /// Pictures a second of one size, by the median.
  struct Row: Encodable {
    var width: Int
    var height: Int
    var coloursPerSecond: Double
    var depthsPerSecond: Double
  }

  /// What was measured, and on what.
  struct Measurement: Encodable {
    var env: String
    var processor: String
    var driver: String
    var sizes: [Row]
  }

  func run() throws {
    let environment = try EnvironmentCatalogue.make(environment)
    guard let simulation = environment.simulation else {
      throw RenderingError("\(environment.name) has no bodies to see: there is no picture of it")
    }
    let sizes = size.isEmpty ? [PictureSize(64, 64), PictureSize(84, 84), PictureSize(640, 480)] : size
    let rows = try sizes.map { size in
      let renderer = try Renderer(model: simulation.model, configuration: size.configuration)
      return Row(
        width: size.width, height: size.height,
        coloursPerSecond: try rate(environment) { _ = try renderer.image(of: simulation) },
        depthsPerSecond: try rate(environment) { _ = try renderer.depth(of: simulation) })
    }
    let measurement = Measurement(
      env: environment.name, processor: Machine.processor, driver: try Renderer.driver(), sizes: rows)
    try output.print(text(measurement), json: ValueTree(encoding: measurement))
  }

  /// One over the median time of `body`, after steps of random actions.
  private func rate(_ environment: any SinewEnvironments.Environment, _ body: () throws -> Void) throws -> Double {
    var generator = RandomGenerator(seed: 0).split("rendering")
    let space = environment.actionSpace
    var (times, hasEnded) = ([Duration](), true)
    let clock = ContinuousClock()
    // The first pictures make the driver compile what draws them.
    for picture in -3..<pictures {
      if hasEnded { _ = try environment.reset(seed: generator.next()) }
      let action = zip(space.low, space.high).map { Float(generator.uniform(Double($0)...Double($1))) }
      hasEnded = try environment.step(action).outcome.ended
      let time = try clock.measure(body)
      if picture >= 0 { times.append(time) }
    }
    return 1 / (times.sorted()[times.count / 2] / .seconds(1))
  }

  private func text(_ result: Measurement) -> String {
    let rows = result.sizes.map { row in
      [
        "\(row.width)x\(row.height)", String(format: "%.0f", row.coloursPerSecond),
        String(format: "%.0f", row.depthsPerSecond),
      ]
    }
    let heading = "\(result.env) on \(result.processor), \(result.driver)"
    return ([heading] + aligned([["", "colours/s", "depths/s"]] + rows)).joined(separator: "\n")
  }
}
