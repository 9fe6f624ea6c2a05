import ArgumentParser
import Foundation

/// The values of a parameter that an evaluation goes through.
struct ParameterSweep {
  let name: String
  let values: [Double]

  /// `friction=0.2:2:10` is ten values at equal distances from 0.2 to 2; `friction=0.2,1,2` are these.
  init(_ text: String) throws {
    func wrong() -> ValidationError {
      ValidationError("--sweep \(text): expected name=low:high:count, such as friction=0.2:2:10, or name=0.5,1,2")
    }
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { throw wrong() }
    name = String(text[..<equals])
    let rest = text[text.index(after: equals)...]
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 3 {
      guard let low = Double(parts[0]), let high = Double(parts[1]), let count = Int(parts[2]),
        (2...1000).contains(count),
        low.isFinite, high.isFinite
      else { throw wrong() }
      values = (0..<count).map { index in
        index == count - 1 ? high : low + (high - low) * Double(index) / Double(count - 1)
      }
    } else {
      let numbers = rest.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
      guard let values = numbers as? [Double], values.allSatisfy(\.isFinite) else { throw wrong() }
      self.values = values
    }
  }
}

extension Evaluate {
  /// Evaluates the policy at every value of a parameter, in the same episodes otherwise, and prints a table.
  func runSweep(
    _ sweep: ParameterSweep, policy: any Policy, in environment: any SinewEnvironments.Environment,
    saved: RunFolder.SavedLearner
  ) throws {
    let progress = ProgressLine()
    var points: [(value: Double, evaluation: Evaluation)] = []
    for (index, value) in sweep.values.enumerated() {
      do { try environment.setParameter(sweep.name, to: value) } catch { throw UsageError("--sweep: \(error)") }
      let evaluation = try Evaluation(
        of: policy, in: environment, episodes: episodes, seed: seed,
        afterEpisode: { episode in
          progress.tick { "value \(index + 1)/\(sweep.values.count), episode \(episode)/\(episodes)" }
        })
      points.append((value, evaluation))
    }
    progress.close()
    let checkpoint = saved.checkpoint?.description ?? "exported"
    let header = Result.header(points.first?.evaluation)
    let rows = points.map { point in Result.row(String(format: "%g", point.value), point.evaluation) }
    let heading =
      "\(runFolder) (\(checkpoint)) in \(environment.name), \(episodes) episodes for each value of \(sweep.name), seed \(seed)"
    let others = (points.first?.evaluation.parameters ?? []).filter { $0.name != sweep.name }.map(\.description)
    let set = others.isEmpty ? [] : ["parameters: \(others.joined(separator: ", "))"]
    let table = aligned([[sweep.name] + header.dropFirst()] + rows)
    try output.print(
      ([heading] + set + table).joined(separator: "\n"),
      json: .table([
        ValueTree.Entry("run", .text(runFolder)), ValueTree.Entry("checkpoint", .text(checkpoint)),
        ValueTree.Entry("step", .integer(saved.step)), ValueTree.Entry("environment", .text(environment.name)),
        ValueTree.Entry("parameter", .text(sweep.name)),
        ValueTree.Entry(
          "points",
          .list(
            try points.map { point in
              .table(
                [ValueTree.Entry("value", .number(point.value))]
                  + (try ValueTree(encoding: point.evaluation.summary).entries))
            })),
      ]))
  }
}
