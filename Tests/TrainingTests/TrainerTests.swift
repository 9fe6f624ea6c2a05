import Foundation
import SinewEnvironments
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// The loop itself.
@Suite
struct TrainerTests {
  private func batches(_ run: DriftRun) throws -> [(rewards: [Float], discount: [Float], next: [Float])] {
    var seen: [(rewards: [Float], discount: [Float], next: [Float])] = []
    let inspection = DriftLearner.Inspection { batch in
      seen.append((batch.reward.floats, batch.discount.floats, batch.nextObservation.floats))
    }
    _ = try DriftLearner.$inspect.withValue(inspection) { try run.start(in: nil).run() }
    return seen
  }

  @Test func updatesAsOftenAsItShould() throws {
    var run = DriftRun(steps: 50)
    // The warm-up ends with step 10, after which each step is worth an update.
    #expect(try batches(run).count == 41)
    run.learner.replay.updatesPerStep = 0.25
    #expect(try batches(run).count == 10)
    run.learner.replay.updatesPerStep = 2
    run.settings.environmentCount = 5
    #expect(try batches(run).count == 90)
  }

  /// Steps count all environments together; the last vector step may go beyond.
  @Test func countsEveryEnvironment() throws {
    var run = DriftRun(steps: 50)
    run.settings.environmentCount = 4
    let trainer = try run.start(in: nil)
    try trainer.run()
    #expect(trainer.step == 52)
  }

  @Test func aTimeLimitIsNoTermination() throws {
    var run = DriftRun(steps: 200)
    run.learner.replay.batchSize = 32
    run.environment = { LineEnvironment(maximumSteps: 5) }
    let truncated = try batches(run)
    #expect(truncated.allSatisfy { $0.discount.allSatisfy { $0 == 1 } })
    // The last observation of an episode shows its step, 5; the first of the next one would show 0.
    let shownSteps = Set(
      truncated.flatMap { batch in stride(from: 1, to: batch.next.count, by: 2).map { batch.next[$0] } })
    #expect(shownSteps == [1, 2, 3, 4, 5])

    run.environment = { LineEnvironment(terminatesBeyond: 0) }
    #expect(try batches(run).allSatisfy { $0.discount.allSatisfy { $0 == 0 } })
  }

  @Test func followsItsSeedAlone() throws {
    func weights(_ change: (inout DriftRun) -> Void) throws -> [Float] {
      var run = DriftRun(steps: 60)
      run.settings.environmentCount = 3
      change(&run)
      let trainer = try run.start(in: nil)
      try trainer.run()
      return try #require(trainer.policy as? DriftPolicy).weights
    }
    let reference = try weights { _ in }
    #expect(try weights { _ in } == reference)
    #expect(try weights { $0.settings.threads = 2 } == reference)
    #expect(try weights { $0.settings.evaluation.every = 7 } == reference)
    #expect(try weights { $0.settings.reportEvery = 1 } == reference)
    #expect(try weights { $0.settings.seed = 4 } != reference)
  }

  @Test func reportsAndEvaluatesOnTime() throws {
    let scratch = try TemporaryFolder()
    let trainer = try DriftRun(steps: 110).start(in: scratch.path("run"))
    #expect(try trainer.run() == .finished)
    let lines = try timelessMetrics(of: scratch.path("run"))
    #expect(
      lines.filter { $0["updates"] != nil || $0["episodes"] != nil }.compactMap { $0["step"] } == [
        20, 40, 60, 80, 100, 110,
      ])
    #expect(lines.filter { $0["evaluation_return_mean"] != nil }.compactMap { $0["step"] } == [50, 100, 110])
    // Episodes of twenty steps: one in each interval of twenty, none in the last ten.
    #expect(lines.compactMap { $0["episodes"] } == [1, 1, 1, 1, 1, 0])
    // Metrics are means over the interval: updates 1 to 11, then 12 to 31.
    #expect(lines.compactMap { $0["updates"] }.prefix(2) == [6, 21.5])
    let best = try #require(trainer.best)
    #expect(best.returnMean == lines.compactMap { $0["evaluation_return_mean"] }.max())
    #expect(try RunFolder(scratch.path("run")).loadPolicy(among: [Algorithm(DriftLearner.self)]).step == best.step)
  }

  @Test func refusesAHyperparameterOutOfRange() throws {
    let scratch = try TemporaryFolder()
    var run = DriftRun()
    run.learner.rate = -1
    #expect(line { _ = try run.start(in: scratch.path("run")) } == "drift: rate is -1.0, expected 0 or more")
    #expect(try contents(of: scratch.url).isEmpty)
  }

  // MARK: Faults

  private func fault(_ change: (inout DriftRun) -> Void) throws -> (message: String?, checkpoints: [Int]) {
    let scratch = try TemporaryFolder()
    var run = DriftRun()
    change(&run)
    let trainer = try run.start(in: scratch.path("run"))
    let message = line { try trainer.run() }
    return (message, try trainer.folder?.checkpointSteps() ?? [])
  }

  @Test func stopsAtALossThatIsNotFinite() throws {
    let (message, checkpoints) = try fault { $0.learner.spoiltUpdate = 60 }
    #expect(message?.hasPrefix("stopped at step 69: loss is nan; the last good checkpoint is ") == true)
    #expect(message?.hasSuffix("run/checkpoints/step-40") == true)
    #expect(checkpoints == [40])
    #expect(
      try fault { $0.learner.spoiltUpdate = 3 }.message == "stopped at step 12: loss is nan; there is no checkpoint yet"
    )
  }

  /// Weights spoilt by the very update before a checkpoint show in no loss yet.
  @Test func writesNoSpoiltCheckpoint() throws {
    let (message, checkpoints) = try fault {
      $0.learner.spoiltWeights = 71
      $0.settings.evaluation.every = 0
    }
    #expect(message?.hasPrefix("stopped at step 80: weights of the learner holds inf; the last good") == true)
    #expect(checkpoints == [40])
  }

  @Test func stopsAtAnActionThatIsNotFinite() throws {
    let (message, _) = try fault { $0.learner.spoiltWeights = 51 }
    #expect(
      message?.hasPrefix("stopped at step 61: action 0 of the policy is nan; the last good") == true, "\(message ?? "")"
    )
  }

  /// A robot that explodes ends the run with its body and its step, and nothing of it is stored.
  @Test func stopsAtAStateThatExplodes() throws {
    let scratch = try TemporaryFolder()
    var run = DriftRun()
    run.settings.parameters = ["motor_strength=1000000"]
    let trainer = try Trainer(
      algorithm: Algorithm(DriftLearner.self, configuration: run.learner), configuration: run.settings,
      folder: scratch.path("run"), makeEnvironment: { _ in try EnvironmentCatalogue.make("half-cheetah") })
    let message = try #require(line { try trainer.run() })
    #expect(
      message.firstMatch(of: /^stopped at step \d+: .*speed of body '\w+' is .* after step \d+; there is no/) != nil,
      "\(message)")
    for (file, part) in trainer.loop.states where file == "replay-buffer" {
      var state = StateDictionary()
      part.saveState(to: &state, prefix: "")
      let rows = try #require(state[floats: "rows"])
      #expect(rows.allSatisfy { abs($0) < 1e6 })
      // The newest observation stands where the next step will.
      #expect(state.shape("rows")?[0] == (trainer.step == 0 ? 0 : trainer.step + 1))
    }
  }

  @Test func stopsAtAnObservationThatIsNotFinite() throws {
    let (message, _) = try fault { $0.environment = { LineEnvironment(spoiltObservation: 15) } }
    #expect(message == "stopped at step 15: observation 0 is nan; there is no checkpoint yet")
  }

  @Test func stopsAtARewardThatIsNotFinite() throws {
    let (message, _) = try fault { $0.environment = { LineEnvironment { $0 == 15 ? .infinity : nil } } }
    #expect(message == "stopped at step 15: the reward is inf; there is no checkpoint yet")
  }
}
