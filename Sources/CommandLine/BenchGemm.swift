import ArgumentParser
import Foundation

struct BenchGemm: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm", abstract: "Time single matrix products: those of an update, and squares.",
    discussion: "Layouts: nn, tn (left operand stored transposed), nt (right). Every number of threads up to --threads."
  )

  @OptionGroup var update: UpdateOptions
  @OptionGroup var threading: ThreadOptions

  @Option(help: ArgumentHelp("How long each product is timed.", valueName: "s"))
  var seconds = 0.1

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0...3600).contains(seconds) else { throw ValidationError("--seconds must be 0 to 3600, not \(seconds)") }
  }

  func run() throws {
    let shapes = try update.benchmark().products()
    var benchmark = ProductBenchmark(
      shapes + ProductBenchmark.squares, threadCounts: Array(1...threading.threads))
    benchmark.precision = update.precision
    benchmark.seconds = seconds
    let measurement = benchmark.measure()
    try output.print(text(measurement), json: ValueTree(encoding: measurement))
  }

  private func text(_ result: ProductMeasurement) -> String {
    let heading = "\(result.precision.rawValue), \(result.instructionSet) on \(result.processor)"
    let header = "layout  members   rows  columns  depth  threads        µs  GFLOP/s  of peak"
    let rows = result.products.map { product in
      let sizes = String(
        format: "%9d %6d  %7d %6d  %7d", product.members, product.rows, product.columns, product.depth, product.threads)
      let figures = String(
        format: " %9.1f %8.1f  %5.0f %%", product.microseconds, product.gflopPerSecond, 100 * product.shareOfPeak)
      return "\(product.layout)    " + sizes + figures
    }
    return ([heading, header] + rows).joined(separator: "\n")
  }
}
