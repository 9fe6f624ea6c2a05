import Foundation
import SinewSettings
import SinewTestSupport
import SinewTraining
import Testing

@testable import SinewTuning

struct TuningObjectiveTests {
  private let evaluations = [(step: 1000, value: -900.0), (2000, -300), (3000, -150), (4000, -180), (5000, -140)]

  @Test func values() throws {
    #expect(try TuningObjective("last").value(of: evaluations) == -140)
    #expect(try TuningObjective("last").value(of: evaluations + [(6000, -160)]) == -150)
    #expect(try TuningObjective("mean").value(of: evaluations) == -334)
    #expect(try TuningObjective("solve:-200").value(of: evaluations) == -3000)
    #expect(try TuningObjective("solve:-100").value(of: evaluations) == -6000)
    #expect(try TuningObjective("solve:-200").value(of: []) == nil)
    for wrong in ["best", "solve", "solve:", "solve:x", "solve:nan", ""] {
      #expect(throws: UsageError.self, "\(wrong)") { try TuningObjective(wrong) }
    }
  }

  @Test func reportSaysStepsAsTheyAre() throws {
    let report = try TuningReport(.solve(at: -200), best: [-2000, -2000, -3000], default: [-9000, -8000, -9500])
    #expect(report.comparison.difference > 6000 && report.summary.difference == -report.comparison.difference)
    #expect(report.comparison.differenceInterval.lowerBound > 0 && report.summary.differenceCI95[1] < 0)
    #expect(report.comparison.improvement == 1)
    #expect(report.description.contains("the best settings are better"))
  }
}

struct TuningStudyTests {
  private let temporary: TemporaryFolder
  private var folder: URL { temporary.url.appending(path: "tune") }

  init() throws { temporary = try TemporaryFolder() }

  private func plan(_ change: (inout TuningPlan) -> Void = { _ in }) -> TuningPlan {
    var plan = TuningPlan()
    (plan.trials, plan.seeds, plan.steps) = (6, [1, 2], 900)
    plan.space = ["critic_learning_rate=1e-4:1e-2:log", "batch_size=16:64", "hidden_sizes=[8,8],[16,16]"]
    change(&plan)
    return plan
  }

  private func study(_ change: (inout TuningPlan) -> Void = { _ in }) throws -> TuningStudy {
    try TuningStudy(
      creating: folder, plan(change), configuration: RunConfiguration(algorithm: "sac", environment: "pendulum"),
      algorithm: .named("sac"))
  }

  /// A run that was evaluated once.
  private func run(_ value: Double, at step: Int = 900) throws -> RunHistory {
    let folder = temporary.url.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("algorithm: sac\nsteps: \(step)\n".utf8).write(to: folder.appending(path: "config.yaml"))
    try Data("{\"step\":\(step),\"seconds\":1,\"evaluation_return_mean\":\(value)}\n".utf8).write(
      to: folder.appending(path: "metrics.jsonl"))
    return try RunHistory(RunFolder(folder))
  }

  private func advance(_ study: TuningStudy, _ count: Int = .max) throws -> [String] {
    var labels: [String] = []
    while labels.count < count, let task = study.next() {
      labels.append(study.label(of: task))
      let rate = try #require(Double(study.space.settings(at: task.proposal.point)[0].value))
      try study.record(task, runs: [run(rate), run(rate + 1)], failure: nil)
    }
    return labels
  }

  /// Stopped after any trial, it goes on as if it had not been.
  @Test(arguments: TuningPlan.Method.allCases)
  func goesOnAsIfNeverStopped(method: TuningPlan.Method) throws {
    let whole = try advance(study { $0.method = method })
    #expect(whole.count == (method == .halving ? 8 : 6))
    let journal = try String(contentsOf: folder.appending(path: "journal.jsonl"), encoding: .utf8)
    for cut in 0..<whole.count {
      let lines = journal.split(separator: "\n").map { "\($0)\n" }
      // With a last line that was cut short.
      let kept = lines.prefix(cut).joined() + lines[cut].dropLast(9)
      try Data(kept.utf8).write(to: folder.appending(path: "journal.jsonl"))
      #expect(try advance(TuningStudy(resuming: folder)) == Array(whole[cut...]))
      #expect(try String(contentsOf: folder.appending(path: "journal.jsonl"), encoding: .utf8) == journal)
    }
  }

  @Test func integersAreIntegersAndTrialsAreSettings() throws {
    let study = try study()
    #expect(study.space.dimensions.map(\.isChoice) == [false, false, true])
    let task = try #require(study.next())
    let (configuration, algorithm) = try study.settings(of: task)
    #expect(configuration.steps == 900)
    let replay = try #require(algorithm.hyperparameters["replay"]?["batch_size"])
    guard case .integer(let size) = replay else {
      Issue.record("\(replay)")
      return
    }
    #expect((16...64).contains(size))
  }

  @Test func failuresAreNamedAndTheBestIsWritten() throws {
    let study = try study { $0.method = .random }
    for index in 0..<6 {
      let task = try #require(study.next())
      let runs = index == 0 ? [] : [try run(Double(index % 4)), try run(Double(index % 4))]
      try study.record(task, runs: runs, failure: index == 0 ? "seed 1: actor_loss is nan" : nil)
    }
    #expect(study.next() == nil && !study.hasMore)
    #expect(study.best?.number == 3)
    try study.write()
    let page = try String(contentsOf: study.pageFile, encoding: .utf8)
    #expect(page.contains("seed 1: actor_loss is nan") && page.contains("1 of which failed"))
    for key in ["critic_learning_rate", "batch_size", "hidden_sizes"] { #expect(page.contains("by \(key)</text>")) }
    // The best settings are a configuration.
    var document = try RunFolder.document(RunConfiguration(algorithm: "sac", environment: ""), .named("sac"))
    try document.overlay(yamlFile: study.bestFile)
    let (configuration, _) = try RunFolder.settings(from: document, algorithm: .named("sac"))
    #expect(configuration.environment == "pendulum")
  }

  /// Halving goes on with runs, in their folders.
  @Test func halvingGoesOnInTheSameFolder() throws {
    let study = try study { ($0.method, $0.trials) = (.halving, 9) }
    var tasks: [TuningStudy.Task] = []
    while let task = study.next() {
      tasks.append(task)
      try study.record(task, runs: [run(Double(task.number), at: task.steps)], failure: nil)
    }
    #expect(tasks.map(\.steps) == [100, 100, 100, 100, 100, 100, 100, 100, 100, 300, 300, 300, 900])
    #expect(tasks[9].continued == 8 && tasks[12].continued == 11)
    #expect(study.folder(of: tasks[12]) == study.folder(of: tasks[6]))
    #expect(study.best?.number == 12)
  }

  @Test func oneAtATime() throws {
    let study = try study()
    #expect { try TuningStudy(resuming: folder) } throws: { "\($0)".contains("is being trained by") }
    withExtendedLifetime(study) {}
  }

  @Test func aJournalOfSomethingElse() throws {
    _ = try advance(study(), 2)
    let file = folder.appending(path: "journal.jsonl")
    let good = try String(contentsOf: file, encoding: .utf8)
    for wrong in [
      "{}\n", "nonsense\n", good.split(separator: "\n")[0] + "\n", good.replacing("\"trial\":", with: "\"trial\":9"),
    ] {
      try Data((good + wrong).utf8).write(to: file)
      #expect { try TuningStudy(resuming: folder) } throws: { "\($0)".contains("line 3 of") }
    }
  }
}
