import Foundation
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// What was learned from a dataset goes on in an environment.
@Suite(.serialized) struct OnlineStartTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  /// Small, with warm-up to step 30.
  private func algorithm(_ name: String, _ settings: [String: ValueTree] = [:]) throws -> Algorithm {
    let algorithm = try Algorithm.named(name)
    var tree = algorithm.hyperparameters
    let small: [String: ValueTree] = [
      "batch_size": .integer(8), "hidden_sizes": .list([.integer(8), .integer(8)]), "warm_up_steps": .integer(30),
    ]
    for (key, value) in small.merging(settings, uniquingKeysWith: { $1 }) {
      let isThere = tree.replace(key, with: value)
      #expect(isThere, "\(key)")
    }
    return algorithm.with(hyperparameters: tree)
  }

  private func start(_ algorithm: Algorithm, _ settings: RunConfiguration, in name: String) throws -> Trainer {
    try Trainer(
      algorithm: algorithm, configuration: settings, folder: scratch.path(name),
      makeEnvironment: { _ in LineEnvironment() }, loadDataset: { _ in try OfflineTrainingTests.dataset() })
  }

  private func resume(_ name: String) throws -> Trainer {
    try Trainer(
      resuming: scratch.path(name), makeEnvironment: { _ in LineEnvironment() },
      loadDataset: { _ in try OfflineTrainingTests.dataset() })
  }

  /// A run from the dataset alone, and the settings of one that goes on in the environment.
  private func learn(_ algorithm: Algorithm) throws -> (offline: Trainer, online: RunConfiguration) {
    var offline = DriftRun(steps: 20).settings
    (offline.algorithm, offline.environment, offline.dataset) = (algorithm.name, "", "line-random")
    let trainer = try start(algorithm, offline, in: "offline")
    try trainer.run()
    var online = DriftRun(steps: 120).settings
    (online.algorithm, online.start) = (algorithm.name, scratch.path("offline").path)
    return (trainer, online)
  }

  private func actions(_ policy: any Policy, _ observations: [Float] = [0.5, 2, -1, 3, 0.1, 7]) -> [Float] {
    let count = observations.count / 2
    var actions = [Float](repeating: 0, count: count)
    var span = actions.mutableSpan
    policy.act(observations: observations.span, count: count, deterministic: true, actions: &span)
    return actions
  }

  /// It acts as it did until the warm-up is over, learns, and can be killed before its first checkpoint and after.
  private func check(_ algorithm: Algorithm, _ settings: RunConfiguration, from offline: Trainer) throws {
    let learned = actions(offline.policy)
    let trainer = try start(algorithm, settings, in: "whole")
    #expect(actions(trainer.policy) == learned)
    try trainer.run { trainer.step >= 29 }
    #expect(trainer.step == 29 && actions(trainer.policy) == learned)
    try trainer.run()
    #expect(actions(trainer.policy) != learned)
    #expect(try timelessMetrics(of: scratch.path("whole")).contains { $0["return_mean"] != nil })

    for step in [10, 47] {
      let stopped = try start(algorithm, settings, in: "stopped-\(step)")
      try stopped.run {
        guard stopped.step >= step else { return false }
        try? FileManager.default.copyItem(at: scratch.path("stopped-\(step)"), to: scratch.path("killed-\(step)"))
        return true
      }
      try resume("killed-\(step)").run()
      try expectSameRun(scratch.path("whole"), scratch.path("killed-\(step)"))
    }
  }

  @Test(arguments: ["bc", "td3-bc", "iql", "awac", "cql", "rebrac", "edac", "a2pr"])
  func goesOnWithItsDataset(name: String) throws {
    let algorithm = try algorithm(name)
    var (offline, online) = try learn(algorithm)
    (online.dataset, online.mix) = ("line-random", 0.5)
    try check(algorithm, online, from: offline)
  }

  @Test func calibratedValuesGoOnToo() throws {
    let algorithm = try algorithm("cql", ["calibrated": .boolean(true), "sampled_actions": .integer(2)])
    var (offline, online) = try learn(algorithm)
    (online.dataset, online.mix) = ("line-random", 0.5)
    try check(algorithm, online, from: offline)
  }

  /// Without the dataset the statistics stay those that the weights know, and so do the units of values.
  @Test(arguments: ["td3-bc", "iql"]) func goesOnWithoutItsDataset(name: String) throws {
    let algorithm = try algorithm(name)
    let (offline, online) = try learn(algorithm)
    try check(algorithm, online, from: offline)
    let states = try [("offline", 20), ("whole", 120)].map {
      try RunFolder(scratch.path($0)).read("learner", of: .step($1))
    }
    for array in ["normalisation.mean", "normalisation.reciprocal_scale", "reward_scale.factor"]
    where array.hasPrefix("normalisation") || name == "iql" {
      #expect(states[0][floats: array] == states[1][floats: array], "\(array)")
    }
    guard name == "iql" else { return }
    #expect(try #require(states[0][floats: "reward_scale.factor"])[0] > 5)
    // A run that acts does not come to rest.
    #expect(states[0][floats: "actor_optimiser.scalars"]?[0] ?? 1 < 1e-4)
    #expect(states[1][floats: "actor_optimiser.scalars"]?[0] == 3e-4)
  }

  /// Another learner goes on: soft actor-critic with the networks of conservative Q-learning.
  @Test func anotherLearnerGoesOn() throws {
    let (offline, settings) = try learn(algorithm("cql"))
    var online = settings
    online.algorithm = "sac"
    let raw = line { _ = try start(algorithm("sac"), online, in: "raw") }
    #expect(
      raw?.hasSuffix("offline are for normalised observations: add --set normalise_observations=true") == true,
      "\(raw ?? "")")
    try check(algorithm("sac", ["normalise_observations": .boolean(true)]), online, from: offline)
  }

  /// Imitation before reinforcement learning: targets that a cloned policy has not are what they follow.
  @Test func aClonedPolicyIsImprovedOn() throws {
    let (offline, settings) = try learn(algorithm("bc"))
    var online = settings
    (online.algorithm, online.dataset, online.mix) = ("td3", "line-random", 0.5)
    let td3 = try algorithm("td3", ["normalise_observations": .boolean(true)])
    let trainer = try start(td3, online, in: "first")
    try trainer.run { trainer.step >= 29 }
    let state = try RunFolder(scratch.path("first")).read("learner", of: .step(29))
    let weights = try #require(state[floats: "actor.layers.0.weight"])
    #expect(state[floats: "target_actor.layers.0.weight"] == weights)
    try check(td3, online, from: offline)
  }

  /// Episodes begin with the guide's steps, fewer as the run goes on, and a killed run goes on alike with the guide that
  /// it had.
  @Test func anotherPolicyBeginsEpisodes() throws {
    let (offline, _) = try learn(algorithm("td3-bc"))
    var settings = DriftRun(steps: 120).settings
    (settings.algorithm, settings.guide, settings.guideSteps) = ("sac", scratch.path("offline").path, 10)
    settings.environmentCount = 2
    let sac = try algorithm("sac")
    try start(sac, settings, in: "whole").run()
    let stopped = try start(sac, settings, in: "stopped")
    try stopped.run {
      guard stopped.step >= 57 else { return false }
      try? FileManager.default.copyItem(at: scratch.path("stopped"), to: scratch.path("killed"))
      return true
    }
    try resume("killed").run()
    try expectSameRun(scratch.path("whole"), scratch.path("killed"))

    let guided = GuidedPolicy(
      offline.policy, learner: DriftPolicy(observationSize: 2, actionSize: 1, generator: RandomGenerator(seed: 1)),
      environments: 1, most: 4, generator: RandomGenerator(seed: 2))
    var counts: Set<Int> = []
    for _ in 0..<200 {
      guided.endEpisode(of: 0)
      let steps = (0..<8).map { _ in actions(guided, [0.5, 2]) == actions(offline.policy, [0.5, 2]) }
      let count = steps.count { $0 }
      #expect(steps == (0..<8).map { $0 < count })
      counts.insert(count)
    }
    #expect(counts == [0, 1, 2, 3, 4])
    guided.most = 0
    guided.endEpisode(of: 0)
    #expect(actions(guided, [0.5, 2]) != actions(offline.policy, [0.5, 2]))

    settings.dataset = "line-random"
    #expect(line { try settings.validate() }?.hasPrefix("guide needs a run that acts") == true)
  }

  @Test func chunksAreLearnedFromADatasetAlone() throws {
    var settings = DriftRun(steps: 20).settings
    (settings.algorithm, settings.dataset, settings.mix) = ("flow-policy", "line-random", 0.5)
    let message = line { _ = try start(Algorithm.named("flow-policy"), settings, in: "chunks") }
    #expect(message == "flow-policy learns from a dataset alone: leave --mix out")
  }
}
