import Foundation
import SinewFiles
import SinewSettings
import SinewTensor
import SinewTestSupport
import SinewTraining
import Testing

/// Policies of other programs: plain networks with a word on what they are.
struct PlainPolicyTests {
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func write(_ metadata: [String: String]) throws -> URL {
    var state = StateDictionary()
    state.set("layers.0.weight", floats: [1, -1, 0.5, 2], shape: [2, 2])
    state.set("layers.0.bias", floats: [0, 0.25], shape: [2])
    state.set("layers.1.weight", floats: [1, 0, -1, 0], shape: [2, 2])
    state.set("layers.1.bias", floats: [0.1, -3], shape: [2])
    state.metadata = metadata
    let url = scratch.url.appending(path: "policy.safetensors")
    try state.write(to: url)
    return url
  }

  @Test func actsAsItsNumbersSay() throws {
    let saved = try RunFolder.SavedLearner(
      exported: write(["policy": "gaussian", "environment": "gym:Hopper-v5", "algorithm": "stable-baselines3-sac"]))
    #expect(saved.environment == "gym:Hopper-v5" && saved.algorithm == "stable-baselines3-sac")
    #expect(saved.policy.observationSize == 2 && saved.policy.actionSize == 1)
    var action: [Float] = [0]
    var span = action.mutableSpan
    let observation: [Float] = [1, 2]
    saved.policy.act(observations: observation.span, count: 1, deterministic: true, actions: &span)
    // Rows are inputs: the first layer gives 1 + 1 and −1 + 4 + 0.25, the second the mean 2 − 3.25 + 0.1, then log σ.
    #expect(abs(Double(action[0]) - tanh(-1.15)) < 1e-6)
  }

  /// What Stable-Baselines3 does with its own policy (`Fixtures/make_stable_baselines3.py`).
  @Test func actsAsStableBaselines3Does() throws {
    let name = "Fixtures/stable-baselines3-sac"
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "safetensors"))
    let saved = try RunFolder.SavedLearner(exported: url)
    #expect(saved.environment == "gym:Hopper-v5" && saved.algorithm == "stable-baselines3-sac" && saved.step == 400)
    let file = try StateDictionary(contentsOf: url)
    let observations = try #require(file[floats: "expected.observations"])
    let expected = try #require(file[floats: "expected.actions"])
    var actions = expected.map { _ in Float(9) }
    var span = actions.mutableSpan
    saved.policy.act(observations: observations.span, count: 4, deterministic: true, actions: &span)
    #expect(actions.count == 12 && zip(actions, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(actions)")
  }

  @Test func whereItWasTrainedMayBeUnsaid() throws {
    #expect(try RunFolder.SavedLearner(exported: write(["policy": "gaussian"])).environment == "none")
    let unknown = line { _ = try RunFolder.SavedLearner(exported: write(["policy": "banana"])) }
    #expect(unknown?.contains("policy: banana") == true, "\(unknown ?? "")")
  }
}
