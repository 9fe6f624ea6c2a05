import Foundation
import SinewLearners
import SinewTestSupport
import Testing

@testable import SinewTraining

struct RunFolderTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  @Test func writesEverySettingAndReadsItBack() throws {
    var hyperparameters = SAC.Configuration()
    hyperparameters.network.hiddenSizes = [8, 9]
    hyperparameters.actorLearningRate = 1e-3
    var configuration = RunConfiguration(algorithm: "sac", environment: "/some where/task.yaml")
    configuration.seed = 77
    configuration.environmentCount = 3
    configuration.checkpoint.every = 5
    let algorithm = try Algorithm(SAC.self, configuration: hyperparameters)
    let folder = try RunFolder(
      creating: scratch.path("a/b/run"), configuration: configuration, algorithm: algorithm)
    let settings = try RunFolder(folder.url).settings()
    #expect(settings.configuration == configuration)
    #expect(settings.algorithm.hyperparameters == algorithm.hyperparameters)
  }

  @Test func leavesWhatIsThereAlone() throws {
    let run = DriftRun(steps: 1)
    try run.start(in: scratch.path("run")).run()
    let before = try contents(of: scratch.url)
    #expect(line { _ = try run.start(in: scratch.path("run")) }?.contains("already holds a run") == true)
    #expect(line { _ = try run.start(in: scratch.url) }?.contains("is not empty") == true)
    #expect(line { _ = try run.start(in: scratch.path("run/config.yaml")) }?.contains("is not empty") == true)
    #expect(try contents(of: scratch.url) == before)
    try FileManager.default.createDirectory(at: scratch.path("empty"), withIntermediateDirectories: true)
    try run.start(in: scratch.path("empty")).run()
  }

  @Test func saysWhatIsNoRun() throws {
    #expect(line { _ = try RunFolder(scratch.path("none")) }?.hasPrefix("no run folder at ") == true)
    #expect(line { _ = try RunFolder(scratch.url) }?.hasSuffix("is not a run folder: it has no config.yaml") == true)
  }

  @Test func oneProcessTrainsAtATime() throws {
    let run = DriftRun(steps: 100)
    let trainer = try run.start(in: scratch.path("run"))
    let message = line { _ = try run.resume(scratch.path("run")) }
    let end = "is being trained by this process (\(getpid())), by a trainer whose run has not ended"
    #expect(message?.hasSuffix(end) == true, "\(message ?? "")")
    withExtendedLifetime(trainer) {}
  }

  /// A trainer that has finished, or was stopped, lets others go on, and does not go on behind their backs.
  @Test func aRunThatHasEndedIsAnybodys() throws {
    let run = DriftRun(steps: 100)
    let first = try run.start(in: scratch.path("run"))
    var steps = 0
    let outcome = try first.run(stopWhen: {
      steps += 1
      return steps >= 30
    })
    #expect(outcome == .interrupted)
    let second = try run.resume(scratch.path("run"))
    #expect(try second.run() == .finished)
    let message = line { try first.run() }
    #expect(
      message?.contains("has been trained further, to step 100, since this trainer stopped at ") == true,
      "\(message ?? "")")
    let third = try run.resume(scratch.path("run"), steps: 120)
    #expect(try third.run() == .finished)
    withExtendedLifetime((first, second, third)) {}
  }

  @Test func namesTheCheckpointsThereAre() throws {
    try DriftRun(steps: 100).start(in: scratch.path("run")).run()
    let folder = try RunFolder(scratch.path("run"))
    #expect(try folder.checkpointSteps() == [40, 80, 100])
    #expect(try folder.checkpoint(named: "best") == .best)
    #expect(try folder.checkpoint(named: "last") == .step(100))
    #expect(try folder.checkpoint(named: "step-40") == .step(40))
    #expect(
      line { _ = try folder.checkpoint(named: "step-41") }?
        .hasSuffix("has no checkpoint 'step-41'; it has best, step-40, step-80, step-100") == true)
  }
}
