import Foundation
import Testing

/// Standard streams that are closed, full or unread; files that may not grow; output that is no file.
struct StreamTests {
  let command: Command

  init() throws { command = try Command() }

  private func tiny(_ out: String) -> String { command.tiny(out).map { "'\($0)'" }.joined(separator: " ") }

  @Test func closedStreamsDoNotBecomeTheFilesOfARun() throws {
    let result = try command.shell("sinew \(tiny("run")) 0<&- 1>&- 2>&-")
    #expect(result.status == 0 && !result.wasKilled)
    let metrics = try String(contentsOf: command.path("run/metrics.jsonl"), encoding: .utf8)
    #expect(metrics.split(separator: "\n").allSatisfy { $0.hasPrefix(#"{"step":"#) && $0.hasSuffix("}") })
    #expect(metrics.split(separator: "\n").count == 4)
  }

  @Test(arguments: ["2>/dev/full", "2>&-"])
  func anErrorThatCannotBeSaidIsStillTheExitCode(redirection: String) throws {
    let result = try command.shell("sinew evaluate nothing \(redirection)")
    #expect(result.status == 1 && !result.wasKilled)
    #expect(try command.shell("sinew train sacc \(redirection)").status == 2)
  }

  @Test func anUnreadPipeIsOneLine() throws {
    let result = try command.shell("(sleep 0.2; sinew env list) | true; echo ${PIPESTATUS[0]} > status")
    #expect(try String(contentsOf: command.path("status"), encoding: .utf8) == "1\n")
    #expect(result.errors == "sinew: cannot write to standard output: Broken pipe\n")
  }

  @Test func aFileThatMayNotGrowIsOneLine() throws {
    let result = try command.shell("ulimit -f 1; sinew env view pendulum --output page.html")
    #expect(result.status == 1)
    #expect(result.errors.hasSuffix("page.html: File too large\n"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    let left = try FileManager.default.contentsOfDirectory(atPath: command.folder.path)
    #expect(left.allSatisfy { !$0.contains("page") }, "\(left)")
  }

  @Test(arguments: [
    ("safetensors", ["export", "push-t-flow"]), ("html", ["env", "view", "pendulum"]),
  ])
  func onlyFilesAreReplaced(ending: String, arguments: [String]) throws {
    let (pipe, link, folder) = ("pipe.\(ending)", "link.\(ending)", "folder.\(ending)")
    #expect(mkfifo(command.path(pipe).path, 0o600) == 0)
    try Data("old".utf8).write(to: command.path("target"))
    symlink("target", command.path(link).path)
    try FileManager.default.createDirectory(at: command.path(folder), withIntermediateDirectories: false)
    for (name, kind) in [(pipe, "a pipe"), (link, "a symbolic link"), (folder, "a folder")] {
      let result = try command.run(arguments + ["--output", name])
      guard !result.errors.contains("no run folder") else { continue }
      #expect(result.status == 1)
      #expect(result.errors.contains("\(name): it is \(kind)"), "\(result.errors)")
    }
    #expect(try String(contentsOf: command.path("target"), encoding: .utf8) == "old")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: command.path(link).path) == "target")
  }

  /// A shell's job, a container or a supervisor may start a process with signals blocked, and that is inherited.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aBlockedSignalStillEndsIt(code: Int32) throws {
    var (blocked, before) = (sigset_t(), sigset_t())
    sigemptyset(&blocked)
    sigaddset(&blocked, code)
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    let started = Result { try command.start(["bench", "env", "pendulum", "--seconds", "600"]) }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    let process = try started.get()
    while process.process.isRunning {
      process.send(code)
      usleep(50_000)
    }
    let result = try process.finish()
    #expect(result.wasKilled && result.status == code, "\(result)")
  }

  @Test func filmsAreNoExceptions() throws {
    try Data("old".utf8).write(to: command.path("target"))
    symlink("target", command.path("film.mp4").path)
    let result = try command.run(["env", "view", "pendulum", "--video", "film.mp4", "--size", "64x64"])
    #expect(result.status == 1 && result.errors.hasSuffix("film.mp4: it is a symbolic link, not a file\n"))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: command.path("film.mp4").path) == "target")
  }

  /// A film that a full disk cuts short is no film.
  @Test func aFilmThatCannotBeWrittenWholeIsNotLeft() throws {
    let result = try command.shell("ulimit -f 4; sinew env view pendulum --video film.mp4")
    #expect(result.status == 1)
    #expect(result.errors.contains("cannot write film.mp4: "), "\(result.errors)")
    let left = try FileManager.default.contentsOfDirectory(atPath: command.folder.path)
    #expect(left.allSatisfy { !$0.contains("film") }, "\(left)")
  }

  /// A program that writes only half of what it is asked for and says nothing of it.
  @Test func aFilmThatIsNotWholeIsNotLeft() throws {
    let program = command.path("half")
    try "#!/bin/sh\nfor last; do :; done\ncat > /dev/null\nhead -c 3000 /dev/zero > \"$last\"\n".write(
      to: program, atomically: true, encoding: .utf8)
    chmod(program.path, 0o755)
    let result = try command.run(
      ["env", "view", "pendulum", "--video", "film.mp4", "--size", "64x64"], environment: ["SINEW_FFMPEG": program.path]
    )
    #expect(result.status == 1)
    #expect(result.errors == "sinew: cannot write film.mp4: what ffmpeg wrote is not whole; is the disk full?\n")
    #expect(!FileManager.default.fileExists(atPath: command.path("film.mp4").path))
  }

  /// What is read must be a file: a pipe would be waited for.
  @Test func pipesAreNotWaitedFor() throws {
    try command.folder.makeRecipe()
    #expect(try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    #expect(try command.run(command.tiny("run")).status == 0)
    for name in ["p.yaml", "p.hdf5", "p.safetensors", "p.xml"] { #expect(mkfifo(command.path(name).path, 0o600) == 0) }
    func replace(_ name: String) {
      unlink(command.path(name).path)
      #expect(mkfifo(command.path(name).path, 0o600) == 0)
    }
    replace("data-v0/data/metadata.json")
    replace("run/best/learner.safetensors")
    replace("run/metrics.jsonl")
    for line in [
      "train sac --env pendulum --config p.yaml", "train sac --env ./p.yaml", "env check p.xml", "env info ./p.yaml",
      "train bc --dataset p.hdf5", "train bc --dataset ./data-v0", "dataset info p.yaml", "evaluate p.safetensors",
      "dataset validate data-v0", "evaluate run", "resume run --steps 30",
    ] {
      let process = try command.start(line.split(separator: " ").map(String.init))
      defer { process.send(SIGKILL) }
      #expect(eventually { !process.process.isRunning }, "\(line)")
      process.send(SIGKILL)
      let result = try process.finish()
      #expect((1...2).contains(result.status) && !result.wasKilled, "\(line): \(result.errors)")
      #expect(
        result.errors.contains("a pipe, not a file") || result.errors.contains("is not a file"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
  }

  @Test func whatAFileSaysDoesNotCommandTheTerminal() throws {
    let escape = "\u{1B}[31m"
    try command.folder.makeRecipe()
    #expect(try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    let file = command.path("data-v0/data/metadata.json")
    var text = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    text["description"] = "red \(escape) \u{9B}31m \u{202E}\nturned"
    text["ke\(escape)y"] = "value"
    text["environment"] = "pen\(escape)dulum"
    try JSONSerialization.data(withJSONObject: text).write(to: file)
    for arguments in [["dataset", "info", "data-v0"], ["dataset", "info", "data-v0", "--json"]] {
      let result = try command.run(arguments)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains(#"red \u001b[31m \u009b31m \u202e\u000aturned"#) || arguments.contains("--json"))
      #expect(result.output.unicodeScalars.allSatisfy { ![0x1B, 0x9B, 0x202E].contains($0.value) })
    }
    let trained = try command.run(["train", "bc", "--dataset", "./data-v0"])
    #expect(trained.status != 0 && !trained.errors.contains("\u{1B}"), "\(trained.errors)")

    try "description: \"a\\e[2Jb\"\nmodel: no\(escape).xml\n".write(
      to: command.path("task.yaml"), atomically: true, encoding: .utf8)
    let task = try command.run(["env", "info", "./task.yaml"])
    #expect(task.status != 0 && !task.errors.contains("\u{1B}"), "\(task.errors)")
  }

  @Test func aPolicyThatIsMissingIsNamed() throws {
    try command.folder.makeRecipe(policy: "none.safetensors")
    let result = try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"])
    #expect(result.status == 2 && !result.errors.contains("NSCocoa"))
    #expect(result.errors.hasSuffix("none.safetensors: No such file or directory\n"), "\(result.errors)")
  }
}
