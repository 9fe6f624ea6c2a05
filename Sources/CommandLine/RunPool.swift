import Foundation
import SinewChildProcess

/// Runs in processes of their own, some of them at a time, each with a log of what it prints. They end when this
/// process does.
final class RunPool {
  /// A run that is to be made: one seed of a folder of seeds.
  struct Job {
    let runs: SeedRuns
    let seed: Int
    /// A new total of steps; nil for what its settings say.
    var steps: Int?
    /// What it is called in the line of progress.
    var name: String
    /// The number of the trial that it is of.
    var group = 0
    /// Until when another process that is at this run is waited for.
    var patience: ContinuousClock.Instant?
  }

  /// How many run at once.
  let atOnce: Int
  /// What has not begun, the first first.
  var waiting: [Job] = []
  private var running: [(job: Job, process: pid_t)] = []
  private(set) var isStopping = false

  init(atOnce: Int) { self.atOnce = max(1, atOnce) }

  /// Whether there is a process for one more.
  var hasRoom: Bool { !isStopping && running.count + waiting.count < atOnce }
  /// Whether nothing runs and nothing will.
  var isDone: Bool { running.isEmpty && (waiting.isEmpty || isStopping) }

  /// Begins what there is room for, waits a moment, tells all to stop where that is requested, and gives those that
  /// have ended, with their exit codes.
  func step() throws -> [(job: Job, status: Int32)] {
    while !isStopping, running.count < atOnce, let index = nextIndex() {
      let job = waiting.remove(at: index)
      let process = try start(job.runs.arguments(job.seed, steps: job.steps), log: job.runs.logFile(job.seed))
      running.append((job, process))
    }
    usleep(50_000)
    if Interruption.isRequested, !isStopping {
      isStopping = true
      for (_, process) in running { kill(process, SIGTERM) }
    }
    var ended: [(job: Job, status: Int32)] = []
    for (job, process) in running {
      var status: Int32 = 0
      guard waitpid(process, &status, WNOHANG) == process else { continue }
      running.removeAll { $0.process == process }
      ended.append((job, status))
    }
    return ended
  }

  /// The first that can begin. A run of a command that was killed may still be writing its last checkpoint: a minute is
  /// left to it.
  private func nextIndex() -> Int? {
    waiting.indices.first { index in
      let job = waiting[index]
      guard (try? RunFolder(job.runs.runFolder(job.seed)))?.isLocked == true else { return true }
      waiting[index].patience = job.patience ?? .now + .seconds(60)
      return job.patience.map { $0 < .now } ?? false
    }
  }

  /// What runs, with how far each is.
  var line: String {
    running.map { job, _ in
      // Of a report the first part, the steps.
      let steps = job.runs.lastLine(of: job.seed)?.split(separator: " · ").first.map(String.init)
      return "\(job.name): \(steps ?? "starts")"
    }.joined(separator: " · ")
  }

  private func start(_ arguments: [String], log: URL) throws -> pid_t {
    let output = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard output >= 0 else { throw FileError("write", log.relativePath) }
    defer { close(output) }
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard nothing >= 0 else { throw FileError("read", "/dev/null") }
    defer { close(nothing) }
    var variables = ProcessInfo.processInfo.environment
    variables[Program.parentVariable] = "\(getpid())"
    var words = ([CommandLine.arguments.first ?? Program.current.name] + arguments).map { strdup($0) } + [nil]
    var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + settings { free(word) } }
    var process: pid_t = 0
    let files = [nothing, output, output]
    let code = sinew_child_start(&process, "/proc/self/exe", &words, &settings, files, Int32(files.count))
    guard code == 0 else { throw FileError("start", "a run", code: code) }
    return process
  }
}
