import Foundation
import SinewEnvironments
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewGymnasium

/// The environments of `Fixtures/sinew_test_environments.py`.
func fixtureModule() throws -> String {
  try #require(Bundle.module.resourceURL).appending(path: "Fixtures/sinew_test_environments.py").path
}

func testSettings(_ arguments: [String] = []) throws -> GymnasiumSettings {
  var settings = GymnasiumSettings()
  let python: String = try #require(GymnasiumPython.path, "\(GymnasiumPython.note)")
  settings.python = python
  settings.module = try fixtureModule()
  settings.arguments = arguments
  return settings
}

func makeHost(
  _ reference: String, _ arguments: [String] = [], count: Int = 1, threads: Int = 1, renders: Bool = false,
  timeLimit: Double = 60
) throws -> GymnasiumHost {
  var settings = try testSettings(arguments)
  settings.timeLimit = timeLimit
  return try GymnasiumHost(reference, settings, count: count, threads: threads, renders: renders)
}

/// The error's line; nil where `body` does not throw.
func line(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch { return "\(error)" }
}

/// Whether there is such a process, and it has not ended.
func isAlive(_ process: pid_t) -> Bool {
  guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
  return text.split(separator: ")").last?.split(separator: " ").first != "Z"
}

/// Numbers that are the same each time.
func actions(_ space: BoxSpace, steps: Int, count: Int = 1) -> [[Float]] {
  var generator = RandomGenerator(seed: 11)
  return (0..<steps).map { _ in
    (0..<count).flatMap { _ in
      zip(space.low, space.high).map { Float(generator.uniform(Double($0)...Double($1))) }
    }
  }
}
