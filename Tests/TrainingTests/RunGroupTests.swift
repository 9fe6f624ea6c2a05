import Foundation
import SinewSettings
import SinewTestSupport
import Testing

@testable import SinewTraining

/// Runs as they lie on the disk, grouped over seeds, as curves, and compared.
@Suite struct RunGroupTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  /// A run's folder with evaluations at every 100 steps that follow `value`.
  private func run(
    _ name: String, algorithm: String = "sac", environment: String = "hopper", seed: Int, discount: Double = 0.99,
    steps: Int = 400, extra: String = "", value: (Int) -> Double
  ) throws {
    try scratch.write(
      """
      algorithm: \(algorithm)
      environment: \(environment)
      steps: 400
      seed: \(seed)
      threads: \(seed)
      evaluation:
        every: 100
      hyperparameters:
        discount: \(discount)
        network: {hidden_sizes: [8, 8]}

      """, to: "\(name)/config.yaml")
    let lines = stride(from: 100, through: steps, by: 100).map { step in
      #"{"step":\#(step),"seconds":\#(step),"processor_seconds":\#(36 * step),"evaluation_return_mean":\#(value(step)),"note":null}"#
        + "\n"
    }
    try scratch.write(lines.joined() + extra, to: "\(name)/metrics.jsonl")
  }

  private func groups(_ path: String = "") throws -> [RunGroup] {
    RunGroup.groups(try RunFolder.find(scratch.url.appending(path: path).path).map { try RunHistory($0) })
  }

  @Test func seedsAreOneGroupAndOtherSettingsAnother() throws {
    for seed in [10, 2, 1] {
      try run("a/seed-\(seed)", seed: seed) { Double($0 + seed) }
      try run("b/seed-\(seed)", seed: seed, discount: 0.9) { Double($0) }
    }
    try run("c", algorithm: "td3", seed: 1) { _ in 0 }
    try run("d", algorithm: "td3", environment: "/robots/mine/task.yaml", seed: 1) { _ in 0 }
    let groups = try groups()
    #expect(groups.map(\.label) == ["sac discount=0.99", "sac discount=0.9", "td3", "td3"])
    #expect(groups.map(\.environment) == ["hopper", "hopper", "hopper", "mine"])
    #expect(groups[0].runs.map(\.seed) == ["1", "2", "10"])
    #expect(try RunFolder.find(scratch.url.path + "/a/seed-*").count == 3)
    #expect(throws: UsageError.self) { try RunFolder.find(scratch.url.path + "/nothing") }
  }

  @Test func curvesReachAsFarAsEverySeed() throws {
    try run("a/1", seed: 1) { Double($0) }
    try run("a/2", seed: 2, steps: 300) { 2 * Double($0) }
    try run("a/3", seed: 3) { 3 * Double($0) }
    let group = try #require(try groups().first)
    let curve = group.curve("evaluation_return_mean")
    #expect(curve.map(\.position) == [100, 200, 300])
    // Of three the interquartile mean is the mean.
    #expect(curve.map(\.value) == [200, 400, 600])
    #expect(curve[0].interval == 100...300 && curve[0].runs == 3)
    #expect(group.lastCommonEvaluation == 300)
    #expect(group.result.returns == [300, 600, 900])
    // 36 seconds of processor time a step.
    #expect(group.curve("evaluation_return_mean", over: .hours).map(\.position) == [1, 2, 3])
    #expect(group.curve("evaluation_return_mean", places: 2).map(\.position) == [100, 300])
    #expect(group.curve("nothing").isEmpty)
  }

  @Test func aRunThatIsBeingWrittenIsRead() throws {
    try run("a", seed: 1, steps: 200, extra: #"{"step":300,"sec"#) { _ in 5 }
    let history = try RunHistory(RunFolder(scratch.url.appending(path: "a")))
    #expect(history.step == 200 && history.state == .stopped)
    let lock = try RunFolder(scratch.url.appending(path: "a")).lock()
    let running = try RunHistory(RunFolder(scratch.url.appending(path: "a"))).state
    withExtendedLifetime(lock) { #expect(running == .running) }
    try scratch.write("{\"step\":\"x\"}\n", to: "a/metrics.jsonl")
    #expect(throws: UsageError.self) { try RunHistory(RunFolder(scratch.url.appending(path: "a"))) }
  }

  @Test func methodsAreComparedWhereBothHaveBeen() throws {
    for seed in 1...5 {
      try run("a/\(seed)", seed: seed) { _ in Double(100 + seed) }
      try run("b/\(seed)", seed: seed, discount: 0.9) { _ in Double(10 + seed) }
      try run("c/\(seed)", environment: "ant", seed: seed) { _ in 0 }
    }
    let all = try groups()
    let comparison = try RunComparison([all[0], all[2]], [all[1]])
    #expect(comparison.environments == ["hopper"] && comparison.steps == [400])
    let scores = comparison.scores
    #expect(scores.verdict == .better && scores.difference == 90 && scores.improvement == 1)
    #expect(try RunComparison([all[1]], [all[0]]).scores.verdict == .worse)
    let mixed = RunGroup(label: "", environment: "hopper", runs: all[0].runs + all[1].runs)
    #expect(try RunComparison([mixed], [mixed]).scores.verdict == .undecided)
    #expect(throws: UsageError.self) { try RunComparison([all[0], all[1]], [all[0]]) }
    #expect(throws: UsageError.self) { try RunComparison([all[2]], [all[0]]) }
  }

  @Test func pagesAndTablesHoldWhatTheyShow() throws {
    for seed in 1...3 { try run("a/\(seed)", environment: "<b>&", seed: seed) { Double($0 * seed) } }
    let plot = try RunPlot(groups())
    let page = plot.page(title: "a < b")
    #expect(!page.contains("<b>&") && page.contains("a &lt; b") && page.contains("&lt;b&gt;&amp;"))
    #expect(page.contains("processor hours") && page.contains("polygon"))
    #expect(plot.csv().split(separator: "\n").count == 5)
    #expect(plot.csv().contains(#""<b>&","sac",evaluation_return_mean,100,200.0,100.0,300.0,3"#))
    #expect(XMLDocumentProbe.isWellFormed(plot.svg()))
    #expect(throws: UsageError.self) { try RunPlot(groups(), metrics: ["nothing"]) }
  }
}

/// Whether tags close in order and attributes are quoted: enough for what the charts write.
private enum XMLDocumentProbe {
  static func isWellFormed(_ text: String) -> Bool {
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z0-9:-]+="[^"<]*")*)\s*(\/?)>/) {
      if match.1.isEmpty {
        if match.4.isEmpty { open.append(match.2) }
      } else {
        guard open.popLast() == match.2 else { return false }
      }
    }
    let rest = text.replacing(/<\/?[a-zA-Z]+(?:\s+[a-zA-Z0-9:-]+="[^"<]*")*\s*\/?>/, with: "")
    return open.isEmpty && !rest.contains("<")
  }
}
