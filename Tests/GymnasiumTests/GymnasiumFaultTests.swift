import Foundation
import SinewEnvironments
import SinewSettings
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewGymnasium

/// Whatever goes wrong in Python is one line here, and no process is left.
@Suite(.enabled(if: GymnasiumPython.isUsed, "\(GymnasiumPython.note)")) struct GymnasiumFaultTests {
  /// Steps until something is wrong.
  private func fault(
    _ arguments: [String], timeLimit: Double = 60, meanwhile: (GymnasiumEnvironment) -> Void = { _ in }
  ) throws -> (line: String?, process: pid_t) {
    let environment = try makeHost("gym:SinewTests/Bad-v0", arguments, timeLimit: timeLimit).make()
    let text = line {
      _ = try environment.reset(seed: 0)
      for step in 0..<10 {
        if step == 3 { meanwhile(environment) }
        _ = try environment.step([0.01])
      }
    }
    return (text, environment.process)
  }

  @Test(arguments: [
    ("raise", "a step of environment 0: ValueError: the motor is (sinew_test_environments.py, line "),
    ("exit", "a step of environment 0: SystemExit: 3 (sinew_test_environments.py, line "),
    ("nan", "number 1 of the observation is nan"), ("reward", "the reward is nan"),
    ("shape", "the observation has shape (3,) of float64, but its space says (2,) of float64"),
    ("quit", " ended with code 7 in a step of environment 0"),
    ("kill", " was ended by signal 9 (Killed) in a step of environment 0"),
  ])
  func inAStep(fault name: String, words: String) throws {
    let (text, process) = try fault(["fault=\(name)"])
    let line = try #require(text)
    #expect(line.hasPrefix("gym:SinewTests/Bad-v0: ") && line.contains(words), "\(line)")
    #expect(!line.contains("\n"))
    #expect(!isAlive(process))
  }

  @Test func thatPrintsIsNotAtFault() throws { #expect(try fault(["fault=print"]).line == nil) }

  @Test func inAReset() throws {
    let (text, _) = try fault(["fault=raise", "where=reset"])
    #expect(text?.contains("a reset of environment 0: ValueError: the motor is (") == true)
  }

  @Test(arguments: [
    ("fault=raise", "SinewTests/Bad-v0: cannot be made: ValueError: the motor is (sinew_test_environments.py"),
    ("fault=kill", "was ended by signal 9 (Killed) while it was started"),
    ("fault=quit", "ended with code 7 while it was started"), ("fault=hang", "was not ready within 3 s: it was ended"),
  ])
  func whileItIsMade(argument: String, words: String) throws {
    let text = line { _ = try makeHost("gym:SinewTests/Bad-v0", [argument, "where=make"], timeLimit: 3).make() }
    #expect(text?.contains(words) == true, "\(text ?? "")")
  }

  @Test(arguments: [
    (
      "space",
      "the observation space at b is Discrete, which is not supported: only Box, and Dict and Tuple of Box, are"
    ),
    ("action", "the action space is Discrete, which is not supported"),
    ("unbounded", "action 0 goes from -inf to inf: a policy's actions"),
  ])
  func inASpace(fault: String, words: String) throws {
    let text = line { _ = try makeHost("gym:SinewTests/Bad-v0", ["fault=\(fault)"]).make() }
    #expect(text?.contains(words) == true, "\(text ?? "")")
  }

  @Test func aWorkerThatHangsIsEnded() throws {
    let (text, process) = try fault(["fault=hang"], timeLimit: 2)
    #expect(
      text?.contains("has not answered for 2 s in a step of environment 0: it was ended") == true, "\(text ?? "")")
    #expect(!isAlive(process))
  }

  @Test(arguments: [SIGKILL, SIGSTOP])
  func aWorkerThatIsKilledOrStopped(signal: Int32) throws {
    let (text, process) = try fault([], timeLimit: 2) { kill($0.process, signal) }
    let words = signal == SIGKILL ? "was ended by signal 9 (Killed)" : "has not answered for 2 s"
    #expect(text?.contains(words) == true, "\(text ?? "")")
    #expect(!isAlive(process))
  }

  @Test func namesThatAreNotKnown() throws {
    let near = line { _ = try makeHost("gym:HalfCheeta-v5").make() }
    #expect(near?.contains("Gymnasium has no environment 'HalfCheeta-v5'; did you mean") == true, "\(near ?? "")")
    let far = line { _ = try makeHost("gym:qqqqqqq").make() }
    #expect(far?.contains("a module that registers it is named with --gym-module") == true, "\(far ?? "")")
    let argument = line { _ = try makeHost("gym:Hopper-v5", ["frce=1"]).make() }
    #expect(argument?.contains("Hopper-v5: cannot be made: TypeError: ") == true && argument?.contains("frce") == true)
    #expect(line { _ = try makeHost("gym:Hopper-v5", ["frce"]).make() }?.contains("expected name=value") == true)
    var settings = try testSettings()
    settings.module = "no_such_module"
    let module = line { _ = try GymnasiumHost("gym:Hopper-v5", settings).make() }
    #expect(module?.contains("the module no_such_module cannot be imported: ModuleNotFoundError: ") == true)
  }

  /// A program that is called Python.
  private func shim(_ text: String, in folder: TemporaryFolder) throws -> String {
    let path = try folder.write("#!/bin/sh\n\(text)\n", to: "python")
    chmod(path, 0o755)
    return path
  }

  @Test func pythonsThatWillNotDo() throws {
    let folder = try TemporaryFolder()
    let python = try #require(GymnasiumPython.path)
    func problem(_ program: String) -> String? {
      var settings = GymnasiumSettings()
      settings.python = program
      // A file that was just written cannot be run while a process that another thread starts still has it open.
      for _ in 0..<100 {
        let text = line { _ = try GymnasiumHost("gym:Hopper-v5", settings).make() }
        guard text?.contains(String(cString: strerror(ETXTBSY))) == true else { return text }
        usleep(20_000)
      }
      return nil
    }
    #expect(problem("/no/such/python") == "there is no Python at /no/such/python")
    #expect(problem("nopython") == "there is no Python called 'nopython' on PATH")
    #expect(throws: GymnasiumError.self) { try PythonInterpreter.find(nil, variables: ["PATH": folder.url.path]) }
    let bare = try shim("exec '\(python)' -I -S \"$@\"", in: folder)
    #expect(problem(bare)?.contains("has no numpy: install it with") == true, "\(problem(bare) ?? "")")
    try folder.write("__version__ = '0.26.3'", to: "old/gymnasium/__init__.py")
    let old = try shim("PYTHONPATH='\(folder.url.path)/old' exec '\(python)' \"$@\"", in: folder)
    #expect(problem(old)?.contains("gymnasium 0.26.3 of ") == true && problem(old)?.contains("is too old") == true)
    #expect(problem(try shim("exit 4", in: folder))?.contains("ended with code 4 while it was started") == true)
  }

  @Test func theActiveVirtualEnvironmentComesFirst() throws {
    let folder = try TemporaryFolder()
    for name in ["venv/bin/python", "bin/python3"] {
      chmod(try folder.write("#!/bin/sh", to: name), 0o755)
    }
    let path = folder.url.path
    #expect(try PythonInterpreter.find(nil, variables: ["PATH": "\(path)/bin"]) == "\(path)/bin/python3")
    #expect(
      try PythonInterpreter.find(nil, variables: ["PATH": "\(path)/bin", "VIRTUAL_ENV": "\(path)/venv"])
        == "\(path)/venv/bin/python")
    #expect(try PythonInterpreter.find("python3", variables: ["PATH": "/nowhere:\(path)/bin"]) == "\(path)/bin/python3")
  }

  @Test func workersEndWithTheirLastEnvironment() throws {
    var host: GymnasiumHost? = try makeHost("gym:SinewTests/Line-v0", count: 2, threads: 2)
    var environments = try (0..<2).compactMap { _ in try host?.make() }
    let processes = environments.map(\.process)
    #expect(Set(processes).count == 2 && processes.allSatisfy(isAlive))
    _ = try environments[0].reset(seed: 0)
    // With a step that nobody waits for.
    try environments[0].anticipate(action: [0.1].span)
    host = nil
    environments = []
    #expect(!processes.contains(where: isAlive))
  }

  @Test func aVectorGoesOnAfterAFault() throws {
    let host = try makeHost("gym:SinewTests/Bad-v0", ["fault=raise"], count: 2, threads: 2)
    let vector = try VectorEnvironment(count: 2, seed: 0, make: host.make)
    try vector.reset()
    let batch: [Float] = [0, 0]
    for _ in 0..<4 { try vector.step(actions: batch.span) }
    #expect(throws: GymnasiumError.self) { try vector.step(actions: batch.span) }
    try vector.reset()
    try vector.step(actions: batch.span)
    #expect(vector.observations[1] == 1)
  }
}
