import Foundation

/// The runs of a search for settings, as many at a time as there are processors for their threads.
final class TuningRuns {
  private let study: TuningStudy
  private let progress = ProgressLine()
  private let pool: RunPool
  private var open: [Int: OpenTrial] = [:]

  private struct OpenTrial {
    let task: TuningStudy.Task
    let runs: SeedRuns
    var left: Set<Int>
    var failed: [Int] = []
  }

  init(_ study: TuningStudy) {
    self.study = study
    pool = RunPool(atOnce: Self.processes(threads: study.plan.threads))
  }

  private static func processes(threads: Int) -> Int {
    max(1, ProcessInfo.processInfo.activeProcessorCount / max(1, threads))
  }

  /// How many trials must go on at a time for no processor to wait while the last run of one ends.
  static func trialsAtOnce(seeds: Int, threads: Int) -> Int {
    1 + (processes(threads: threads) + seeds - 2) / seeds
  }

  /// Makes the trials that are left, then the report, and prints what came of it. Throws where the first trials all
  /// failed.
  func run(output: OutputOptions) throws {
    Interruption.install(announcing: "stopping: each run writes a checkpoint; a second Ctrl-C ends without\n")
    let path = study.folder.relativePath
    progress.note(
      "\(study.trialCount) trials in \(path), \(study.trials.count) of them done, \(pool.atOnce) runs at a time")
    repeat {
      while pool.hasRoom, let task = study.next() { try begin(task) }
      try step { try endRun($0, $1) }
    } while !pool.isDone || !pool.isStopping && study.hasMore
    try endIfStopped()
    guard let best = study.best, let value = best.value else { throw allFailed }
    if study.trials.count < study.trialCount {
      progress.note("the search ends after \(study.trials.count) trials: nothing else is left to try")
    }
    try study.write()
    progress.note("best: trial \(best.number), \(shown(value)) (\(study.label(best.point)))")
    let report = study.plan.reportSeeds.isEmpty ? nil : try makeReport()
    try study.write(report)
    let settings = study.space.settings(at: best.point).map { [$0.key, $0.value] }
    let lines =
      ["best settings, trial \(best.number) of \(study.trialCount), \(study.objective.title) \(shown(value)):"]
      + settings.map { "  \($0.joined(separator: " "))" } + [report?.description].compactMap { $0 }
      + ["page: \(study.pageFile.relativePath)", "settings: \(study.bestFile.relativePath)"]
    try output.print(
      lines.joined(separator: "\n"), json: ValueTree(encoding: Result(study, best: best, report: report)))
  }

  private func shown(_ value: Double) -> String { study.objective.text(of: value) }

  /// Lets the pool work for a moment and handles what has ended.
  private func step(_ handle: (RunPool.Job, Int32) throws -> Void) throws {
    for (job, status) in try pool.step() where !pool.isStopping || status == 0 { try handle(job, status) }
    progress.tick { pool.line }
  }

  private func endIfStopped() throws {
    guard pool.isStopping else { return }
    progress.note("stopped; continue with: \(Program.current.name) resume \(study.folder.relativePath)")
    progress.close()
    Interruption.endIfRequested()
  }

  private func begin(_ task: TuningStudy.Task) throws {
    let folder = study.folder(of: task)
    let runs: SeedRuns
    do {
      let (configuration, algorithm) = try study.settings(of: task)
      if task.continued != nil, let kept = SeedRuns(in: folder) {
        runs = kept
      } else {
        runs = try SeedRuns.continuing(
          folder, seeds: study.plan.seeds, configuration: configuration, algorithm: algorithm,
          threads: study.plan.threads)
      }
    } catch let error as UsageError {
      return note(try study.record(task, runs: [], failure: "\(error)"))
    }
    let left = try runs.seeds.filter { try !runs.isFinished($0, steps: task.steps) }
    open[task.number] = OpenTrial(task: task, runs: runs, left: Set(left))
    pool.waiting += left.map {
      RunPool.Job(
        runs: runs, seed: $0, steps: task.continued == nil ? nil : task.steps, name: "trial \(task.number), seed \($0)",
        group: task.number)
    }
    if left.isEmpty { try end(task.number) }
  }

  private func endRun(_ job: RunPool.Job, _ status: Int32) throws {
    open[job.group]?.left.remove(job.seed)
    if status != 0 { open[job.group]?.failed.append(job.seed) }
    if open[job.group]?.left.isEmpty == true { try end(job.group) }
  }

  private func end(_ number: Int) throws {
    guard let trial = open.removeValue(forKey: number) else { return }
    // The first in the order of the seeds, whichever ended first.
    let failure = trial.failed.min().map { "seed \($0): \(trial.runs.reason(of: $0))" }
    let histories =
      failure == nil ? try trial.runs.seeds.map { try RunHistory(RunFolder(trial.runs.runFolder($0))) } : []
    note(try study.record(trial.task, runs: histories, failure: failure))
    // Of a trial that nothing goes on with, the best policies are kept and the exact states are not.
    if study.plan.method != .halving {
      for seed in trial.runs.seeds {
        try FileSystem.remove(trial.runs.runFolder(seed).appending(path: "checkpoints"))
      }
    }
    if study.trials.count >= 3, study.best == nil { throw allFailed }
    try study.write()
  }

  private var allFailed: TrainingError {
    let trials = study.trials
    let reason = trials.first?.failure.map { ": \($0)" } ?? ""
    return TrainingError("all of \(trials.count) trials failed\(reason); see \(study.folder.relativePath)/trials")
  }

  private func note(_ trial: TuningTrial) {
    let result = trial.value.map { shown($0) } ?? "failed: \(trial.failure ?? "")"
    progress.note("trial \(trial.number) of \(study.trialCount): \(result) (\(study.label(trial.point)))")
  }

  /// Trains both sides on the seeds of the report.
  private func makeReport() throws -> TuningReport {
    var sides: [TuningStudy.Side: SeedRuns] = [:]
    for side in TuningStudy.Side.allCases {
      let (configuration, algorithm) = try study.settings(of: side)
      let runs = try SeedRuns.continuing(
        study.folder(of: side), seeds: study.plan.reportSeeds, configuration: configuration, algorithm: algorithm,
        threads: study.plan.threads)
      sides[side] = runs
      pool.waiting += try runs.seeds.filter { try !runs.isFinished($0) }.map {
        RunPool.Job(runs: runs, seed: $0, name: "\(side.rawValue), seed \($0)")
      }
    }
    progress.note(
      "report: best and default settings on seeds \(study.plan.reportSeeds.map(String.init).joined(separator: ", "))")
    while !pool.isDone {
      try step { job, status in
        if status != 0 { throw TrainingError("\(job.name) failed: \(job.runs.reason(of: job.seed))") }
      }
    }
    try endIfStopped()
    func histories(_ side: TuningStudy.Side) throws -> [RunHistory] {
      try sides[side].map { runs in try runs.seeds.map { try RunHistory(RunFolder(runs.runFolder($0))) } } ?? []
    }
    return try TuningReport(study.objective, best: histories(.best), default: histories(.default))
  }

  /// What `--json` prints.
  private struct Result: Encodable {
    var folder: String
    var trials, failed, bestTrial: Int
    var objective: String
    var bestValue: Double?
    var settings: String
    var page: String
    var report: TuningReport.Summary?

    init(_ study: TuningStudy, best: TuningTrial, report: TuningReport?) {
      folder = study.folder.relativePath
      (trials, failed) = (study.trials.count, study.trials.count { $0.failure != nil })
      (bestTrial, objective) = (best.number, study.objective.text)
      bestValue = best.value.map(study.objective.shown)
      (settings, page) = (study.bestFile.relativePath, study.pageFile.relativePath)
      self.report = report?.summary
    }
  }
}
