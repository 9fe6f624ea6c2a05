import Foundation

/// The same run with several seeds, each in a process of its own: `OUT/seed-N`, its settings in `OUT/seed-N.yaml`, what
/// it prints in `OUT/seed-N.log`. A seed that was stopped, killed or never begun is continued when all of it is.
struct SeedRuns {
  let folder: URL
  let seeds: [Int]

  /// Writes the settings of new runs. Throws where the folder is not empty.
  init(
    creating folder: URL, seeds: [Int], configuration: RunConfiguration, algorithm: Algorithm, threads: Int
  ) throws {
    (self.folder, self.seeds) = (folder, seeds)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    guard names.isEmpty else {
      throw UsageError(
        "\(folder.relativePath) is not empty: continue what is in it with '\(Program.current.name) resume', or name another folder"
      )
    }
    try requireWritable(seeds.map { settingsFile($0).relativePath })
    for seed in seeds {
      try Self.settings(seed, configuration, algorithm, threads).write(toFile: settingsFile(seed).relativePath)
    }
  }

  private init(_ folder: URL, _ seeds: [Int]) { (self.folder, self.seeds) = (folder, seeds) }

  /// These runs, where the folder holds them already; else new ones, and what the folder holds, such as the beginning
  /// of them that a kill left, is removed.
  static func continuing(
    _ folder: URL, seeds: [Int], configuration: RunConfiguration, algorithm: Algorithm, threads: Int
  ) throws -> SeedRuns {
    let runs = SeedRuns(folder, seeds)
    let isSame = try seeds.allSatisfy { seed in
      let found = try? FileSystem.readText(runs.settingsFile(seed), atMost: 1 << 20)
      return try found == settings(seed, configuration, algorithm, threads)
    }
    if isSame { return runs }
    try FileSystem.remove(folder)
    return try SeedRuns(
      creating: folder, seeds: seeds, configuration: configuration, algorithm: algorithm, threads: threads)
  }

  private static func settings(
    _ seed: Int, _ configuration: RunConfiguration, _ algorithm: Algorithm, _ threads: Int
  ) throws -> String {
    var configuration = configuration
    (configuration.seed, configuration.threads) = (seed, threads)
    return try RunFolder.document(configuration, algorithm).yaml
  }

  /// The runs that a folder holds; nil where it holds none that were started together.
  init?(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    seeds = names.compactMap { name in
      name.hasPrefix("seed-") && name.hasSuffix(".yaml") ? Int(name.dropFirst(5).dropLast(5)) : nil
    }.sorted()
    self.folder = folder
    if seeds.isEmpty { return nil }
  }

  /// The seeds that a text such as `1-5` or `1,3,7` names. Throws where it names none.
  static func seeds(_ text: String, option: String = "--seeds") throws -> [Int] {
    let wrong = UsageError("\(option) must be such as 1-5 or 1,3,7, at most 1,000 seeds, not '\(text)'")
    let seeds = try text.split(separator: ",", omittingEmptySubsequences: false).flatMap { part in
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0,
        last >= first, last - first < 1_000
      else { throw wrong }
      return Array(first...last)
    }
    guard seeds.count <= 1_000, Set(seeds).count == seeds.count else { throw wrong }
    return seeds
  }

  private func settingsFile(_ seed: Int) -> URL { folder.appending(path: "seed-\(seed).yaml") }
  func runFolder(_ seed: Int) -> URL { folder.appending(path: "seed-\(seed)") }
  func logFile(_ seed: Int) -> URL { folder.appending(path: "seed-\(seed).log") }

  /// The command that begins a seed's run, or goes on with it.
  func arguments(_ seed: Int, steps: Int?) -> [String] {
    let run = runFolder(seed)
    let more = steps.map { ["--steps", "\($0)"] } ?? []
    if (try? RunFolder(run)) != nil { return ["resume", run.path] + more }
    return ["train", "--config", settingsFile(seed).path, "--out", run.path] + more
  }

  /// Runs what is not done, as many seeds at a time as there are processors for their threads, until all are done or a
  /// stop is requested, and prints what came of them.
  ///
  /// Throws where a seed failed, naming it and what it said last.
  func run(steps: Int? = nil, output: OutputOptions) throws {
    let progress = ProgressLine()
    let atOnce = try max(1, ProcessInfo.processInfo.activeProcessorCount / threads())
    Interruption.install(announcing: "stopping: each seed writes a checkpoint; a second Ctrl-C ends without\n")
    progress.note(
      "seeds \(seeds.map(String.init).joined(separator: ", ")) in \(folder.relativePath), \(min(atOnce, seeds.count)) at a time"
    )
    let pool = RunPool(atOnce: atOnce)
    pool.waiting = try seeds.filter { try steps != nil || !isFinished($0) }.map {
      RunPool.Job(runs: self, seed: $0, steps: steps, name: "seed \($0)")
    }
    var failed: [(seed: Int, reason: String)] = []
    while !pool.isDone {
      for (job, status) in try pool.step() {
        if status == 0 {
          progress.note("seed \(job.seed): \(lastLine(of: job.seed, beginning: "evaluation") ?? "done")")
        } else if !pool.isStopping {
          failed.append((job.seed, reason(of: job.seed)))
          progress.note("seed \(job.seed) failed: \(reason(of: job.seed))")
        }
      }
      progress.tick { pool.line }
    }
    if pool.isStopping {
      progress.note("stopped; continue with: \(Program.current.name) resume \(folder.relativePath)")
      Interruption.endIfRequested()
    }
    failed.sort { $0.seed < $1.seed }
    let problem = failed.first.map { first in
      let names = failed.map { "\($0.seed)" }.joined(separator: ", ")
      return "\(failed.count == 1 ? "seed" : "seeds") \(names) of \(seeds.count) failed: \(first.reason)"
    }
    guard let runs = try? RunFolder.find(folder.path) else {
      removeAll()
      throw TrainingError(problem ?? "no seed has begun")
    }
    let plot = try RunPlot(RunGroup.groups(runs.map { try RunHistory($0) }))
    try output.print(
      (aligned([plot.table.header] + plot.table.rows) + ["runs: \(folder.relativePath)"]).joined(separator: "\n"),
      json: ValueTree(encoding: ["groups": plot.groups.map(\.result)]))
    if let problem, let first = failed.first {
      throw TrainingError("\(problem); see \(logFile(first.seed).relativePath)")
    }
  }

  /// Takes the settings of runs away of which none has begun, so that the same command can be given again.
  private func removeAll() {
    for seed in seeds { for file in [settingsFile(seed), logFile(seed)] { unlink(file.path) } }
    rmdir(folder.path)
  }

  /// The threads of each run, which their settings say.
  private func threads() throws -> Int {
    try seeds.first.flatMap { seed in
      try ValueTree.leaves(inYAMLFile: settingsFile(seed)).first { $0.key == "threads" }.flatMap { Int($0.value) }
    }.map { max(1, $0) } ?? 1
  }

  /// Whether a seed's run has taken these steps, or all that its settings say.
  func isFinished(_ seed: Int, steps: Int? = nil) throws -> Bool {
    guard let run = try? RunFolder(runFolder(seed)) else { return false }
    let history = try RunHistory(run)
    return history.state == .finished && history.step >= steps ?? 0
      && FileManager.default.fileExists(atPath: run.replayFile.path)
  }

  /// The last line that a seed has printed, of those that begin so; the last of all where none does, nil where there is
  /// none. Only the end of its log is read: this is asked for ten times a second.
  func lastLine(of seed: Int, beginning: String = "") -> String? {
    guard let file = try? FileHandle(forReadingFrom: logFile(seed)), let size = try? file.seekToEnd() else {
      return nil
    }
    defer { try? file.close() }
    try? file.seek(toOffset: size > 4096 ? size - 4096 : 0)
    let text = (try? file.readToEnd()).flatMap { $0 } ?? Data()
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    return lines.last { $0.hasPrefix(beginning) } ?? lines.last
  }

  /// What a seed that failed said of it.
  func reason(of seed: Int) -> String {
    guard FileManager.default.fileExists(atPath: logFile(seed).path) else {
      return "\(folder.relativePath) was moved or removed while it ran"
    }
    let prefix = "\(Program.current.name): "
    return lastLine(of: seed, beginning: prefix)?.replacing(prefix, with: "", maxReplacements: 1) ?? "it said nothing"
  }
}
