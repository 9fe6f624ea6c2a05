import Foundation
import SinewChildProcess

/// The same run with several seeds, each in a process of its own: `OUT/seed-N`, its settings in `OUT/seed-N.yaml`, what it prints in
/// `OUT/seed-N.log`. A seed that was stopped, killed or never begun is continued when all of it is.
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
      var configuration = configuration
      (configuration.seed, configuration.threads) = (seed, threads)
      try RunFolder.document(configuration, algorithm).yaml.write(toFile: settingsFile(seed).relativePath)
    }
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
  static func seeds(_ text: String) throws -> [Int] {
    let wrong = UsageError("--seeds must be such as 1-5 or 1,3,7, at most 1,000 seeds, not '\(text)'")
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

  /// How many runs of one thread each the machine has processors for.
  static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  private func settingsFile(_ seed: Int) -> URL { folder.appending(path: "seed-\(seed).yaml") }
  private func runFolder(_ seed: Int) -> URL { folder.appending(path: "seed-\(seed)") }
  private func logFile(_ seed: Int) -> URL { folder.appending(path: "seed-\(seed).log") }

  private func arguments(_ seed: Int, steps: Int?) -> [String] {
    let run = runFolder(seed)
    let more = steps.map { ["--steps", "\($0)"] } ?? []
    if (try? RunFolder(run)) != nil { return ["resume", run.path] + more }
    return ["train", "--config", settingsFile(seed).path, "--out", run.path] + more
  }

  /// Runs what is not done, `atOnce` seeds at a time, until all are done or a stop is requested, and prints what came of them.
  ///
  /// Throws where a seed failed, naming it and what it said last.
  func run(atOnce: Int, steps: Int? = nil, output: OutputOptions) throws {
    let progress = ProgressLine()
    Interruption.install(announcing: "stopping: each seed writes a checkpoint; a second Ctrl-C ends without\n")
    progress.note(
      "seeds \(seeds.map(String.init).joined(separator: ", ")) in \(folder.relativePath), \(min(atOnce, seeds.count)) at a time"
    )
    var waiting = try seeds.filter { try steps != nil || !isFinished($0) }
    var running: [(seed: Int, process: pid_t)] = []
    var failed: [(seed: Int, reason: String)] = []
    var isStopping = false
    while !running.isEmpty || !(waiting.isEmpty || isStopping) {
      while !isStopping, running.count < atOnce, !waiting.isEmpty {
        let seed = waiting.removeFirst()
        running.append((seed, try start(arguments(seed, steps: steps), log: logFile(seed))))
      }
      usleep(50_000)
      if Interruption.isRequested, !isStopping {
        isStopping = true
        for (_, process) in running { kill(process, SIGTERM) }
      }
      progress.tick { line(running.map(\.seed)) }
      for (seed, process) in running {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { continue }
        running.removeAll { $0.process == process }
        if status == 0 {
          progress.note("seed \(seed): \(lastLine(of: seed, reported: true))")
        } else if !isStopping {
          failed.append((seed, lastLine(of: seed, reported: false)))
          progress.note("seed \(seed) failed: \(failed[failed.count - 1].reason)")
        }
      }
    }
    if isStopping {
      progress.note("stopped; continue with: \(Program.current.name) resume \(folder.relativePath)")
      Interruption.endIfRequested()
    }
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

  private func isFinished(_ seed: Int) throws -> Bool {
    guard let run = try? RunFolder(runFolder(seed)) else { return false }
    return try RunHistory(run).state == .finished && FileManager.default.fileExists(atPath: run.replayFile.path)
  }

  private func start(_ arguments: [String], log: URL) throws -> pid_t {
    let descriptor = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else {
      throw TrainingError("cannot write \(log.relativePath): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    let program = "/proc/self/exe"
    var words = ([CommandLine.arguments.first ?? "sinew"] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var process: pid_t = 0
    let code = sinew_child_start(program, words, descriptor, &process)
    guard code == 0 else { throw TrainingError("cannot start a run: \(String(cString: strerror(code)))") }
    return process
  }

  private func line(_ running: [Int]) -> String {
    let parts = running.map { seed -> String in
      guard let run = try? RunFolder(runFolder(seed)), let history = try? RunHistory(run), history.steps > 0 else {
        return "seed \(seed) starts"
      }
      return "seed \(seed): \(100 * history.step / history.steps) %"
    }
    return parts.joined(separator: " · ")
  }

  private func lastLine(of seed: Int, reported: Bool) -> String {
    let text = (try? String(contentsOf: logFile(seed), encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").map(String.init)
    let wanted = reported ? lines.last { $0.hasPrefix("evaluation") } : lines.last { $0.hasPrefix("sinew:") }
    return (wanted ?? lines.last ?? "it said nothing").replacing("sinew: ", with: "", maxReplacements: 1)
  }
}
