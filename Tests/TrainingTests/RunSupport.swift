import Foundation
import SinewEnvironments
import SinewTestSupport
import SinewTraining
import Testing

extension TemporaryFolder {
  func path(_ name: String) -> URL { url.appending(path: name) }
}

/// A run of the drift learner on the point environment.
struct DriftRun {
  var learner = DriftLearner.Configuration()
  var settings: RunConfiguration
  var environment: () -> any Environment = { LineEnvironment() }

  init(steps: Int = 200) {
    settings = RunConfiguration(algorithm: "drift", environment: "line")
    settings.steps = steps
    settings.seed = 3
    settings.threads = 1
    settings.reportEvery = 20
    settings.evaluation.every = 50
    settings.evaluation.episodes = 2
    settings.checkpoint.every = 40
  }

  func start(in folder: URL?) throws -> Trainer {
    try Trainer(
      algorithm: Algorithm(DriftLearner.self, configuration: learner), configuration: settings, folder: folder,
      makeEnvironment: { _ in environment() })
  }

  func resume(_ folder: URL, steps: Int? = nil) throws -> Trainer {
    try Trainer(
      resuming: folder, steps: steps, algorithms: [Algorithm(DriftLearner.self)],
      makeEnvironment: { _ in environment() })
  }
}

/// Every file below `folder` with its bytes, by path.
func contents(of folder: URL) throws -> [String: Data] {
  let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
  var files: [String: Data] = [:]
  for name in names {
    let file = folder.appending(path: name)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue else {
      continue
    }
    files[name] = try Data(contentsOf: file)
  }
  return files
}

/// The lines of a metrics file without what a clock put in.
func timelessMetrics(of folder: URL) throws -> [[String: Double]] {
  try String(contentsOf: folder.appending(path: "metrics.jsonl"), encoding: .utf8).split(separator: "\n").map { line in
    var values = try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))
    for clock in ["seconds", "processor_seconds", "steps_per_second", "updates_per_second"] { values[clock] = nil }
    return values
  }
}

/// Everything of a run that its seed decides.
func expectSameRun(_ first: URL, _ second: URL, sourceLocation: SourceLocation = #_sourceLocation) throws {
  for folder in ["checkpoints", "best"] {
    let (one, other) = try (contents(of: first.appending(path: folder)), contents(of: second.appending(path: folder)))
    #expect(!one.isEmpty, sourceLocation: sourceLocation)
    #expect(one.keys.sorted() == other.keys.sorted(), sourceLocation: sourceLocation)
    for (name, data) in one {
      #expect(other[name] == data, "\(folder)/\(name) differs", sourceLocation: sourceLocation)
    }
  }
  #expect(try timelessMetrics(of: first) == timelessMetrics(of: second), sourceLocation: sourceLocation)
}
