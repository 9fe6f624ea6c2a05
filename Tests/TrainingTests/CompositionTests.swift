import Foundation
import SinewDatasets
import SinewEvaluation
import SinewPolicies
import SinewSettings
import SinewSteering
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// From a dataset to runs, and what is made of them at test time.
@Suite(.serialized) final class CompositionTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// A proportional controller on the line, with noise.
  private func dataset(highest: Float = 4) throws -> Dataset {
    var builder = Dataset.Builder(
      DatasetInfo(
        name: "line-demos", environment: "line", observationSize: 2, actionLow: [-2], actionHigh: [highest]))
    let environment = LineEnvironment()
    var generator = RandomGenerator(seed: 1)
    for episode in 0..<6 {
      var observation: [Float] = try environment.reset(seed: UInt64(episode))
      var (observations, actions, rewards) = (observation, [Float](), [Float]())
      for _ in 0..<20 {
        let action = [Float(-1.5 * Double(observation[0]) + 0.3 * generator.normal())]
        var span = observation.mutableSpan
        let outcome = environment.step(action: action.span, observation: &span)
        observations += observation
        actions += action
        rewards.append(Float(outcome.reward))
      }
      try builder.append(
        EpisodeData(observations: observations, actions: actions, rewards: rewards, terminated: false, truncated: true))
    }
    return try builder.build()
  }

  private func train(_ name: String, steps: Int = 30, highest: Float = 4, as folder: String) throws
    -> (name: String, saved: RunFolder.SavedLearner)
  {
    var settings = RunConfiguration(
      algorithm: name, environment: highest == 4 ? "line" : RunConfiguration.noEnvironment)
    (settings.steps, settings.threads, settings.dataset) = (steps, 1, "line-demos")
    (settings.evaluation.every, settings.evaluation.episodes) = (steps, 1)
    var algorithm = try Algorithm.named(name)
    var hyperparameters = algorithm.hyperparameters
    let small: [(String, ValueTree)] = [
      ("batch_size", .integer(16)), ("width", .integer(16)), ("blocks", .integer(1)),
      ("prediction_horizon", .integer(8)), ("action_horizon", .integer(4)), ("embedding_size", .integer(8)),
      ("hidden_sizes", .list([.integer(8)])),
    ]
    for (key, value) in small { _ = hyperparameters.replace(key, with: value) }
    algorithm = algorithm.with(hyperparameters: hyperparameters)
    let data = try dataset(highest: highest)
    let url = temporary.path(folder)
    try Trainer(
      algorithm: algorithm, configuration: settings, folder: url, makeEnvironment: { _ in LineEnvironment() },
      loadDataset: { _ in data }
    ).run()
    return (folder, try RunFolder(url).loadLearner())
  }

  @Test func chunkPoliciesAreTrainedFromDatasetsAndComposed() throws {
    let (diffusion, flow) = (try train("diffusion-policy", as: "a"), try train("flow-policy", as: "b"))
    #expect(diffusion.saved.policy is DiffusionPolicy && flow.saved.policy is FlowPolicy)
    let search = try CompositionSearch(
      diffusion, flow, weights: [0, 0.5, 1], in: LineEnvironment(successBelow: 0.5), episodes: 3, seed: 4)
    func alone(_ run: (name: String, saved: RunFolder.SavedLearner)) throws -> [Double] {
      try Evaluation(of: run.saved.policy, in: LineEnvironment(), episodes: 3, seed: 4).returns
    }
    #expect(search.rows.map(\.weight) == [0, 0.5, 1])
    #expect(try search.rows[0].evaluation.returns == alone(diffusion))
    #expect(try search.rows[2].evaluation.returns == alone(flow))
    #expect(search.rows[1].evaluation.returns != search.rows[0].evaluation.returns)
    #expect(search.rows.allSatisfy { $0.evaluation.latency.median > 0 && $0.evaluation.latency.mean > 0 })
    #expect(search.cells.allSatisfy { $0.count == search.header.count })

    let page = search.page(title: "<a> & b", subtitle: "line")
    #expect(page.contains("&lt;a&gt; &amp; b") && page.contains("<svg") && page.contains("success rate"))
    #expect(!page.contains("http") && !page.contains("src="))
    #expect(page.range(of: "\\bnan\\b", options: .regularExpression) == nil)
    let json = try search.tree.indentedJSON
    let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let weights = try #require(object["weights"] as? [[String: Any]])
    for key in ["weight", "return_mean", "return_ci95", "success_rate", "success_ci95", "latency_us_p50"] {
      #expect(weights.allSatisfy { $0[key] != nil }, "\(key)")
    }
  }

  @Test func aSavedPolicyIsSteeredByASavedCritic() throws {
    let (flow, iql) = (try train("flow-policy", as: "a"), try train("iql", as: "critic"))
    let (critic, owner) = try RunFolder(temporary.path("critic")).loadCritic()
    func returns(_ temperature: Double, _ samples: Int) throws -> [Double] {
      let policy = try flow.saved.steer(
        flow.saved.policy, name: "a", by: (critic, owner, "critic"), samples: samples, temperature: temperature)
      return try Evaluation(of: policy, in: LineEnvironment(), episodes: 2, seed: 4).returns
    }
    let alone = try Evaluation(of: flow.saved.policy, in: LineEnvironment(), episodes: 2, seed: 4).returns
    #expect(try returns(0, 1) == alone)
    #expect(try returns(0, 8) != alone)
    #expect(try returns(0, 8) == returns(0, 8))
    // Any policy that can sample is steered, not only those that plan.
    let guided = try iql.saved.steer(
      iql.saved.policy, name: "critic", by: (critic, owner, "critic"), samples: 4, temperature: 0.1)
    let first = try Evaluation(of: guided, in: LineEnvironment(), episodes: 2, seed: 4).returns
    #expect(try Evaluation(of: guided, in: LineEnvironment(), episodes: 2, seed: 4).returns == first)
  }

  @Test func runsThatDoNotFitAreNamed() throws {
    let flow = try train("flow-policy", steps: 2, as: "a")
    let wide = try train("flow-policy", steps: 2, highest: 5, as: "wide")
    let cloned = try train("bc", steps: 2, as: "bc")
    typealias Saved = RunFolder.SavedLearner
    #expect(
      line { _ = try Saved.compose([(flow.name, flow.saved, 0.5), (cloned.name, cloned.saved, 0.5)]) }
        == "bc cannot be composed: its policy makes no predictions about noisy actions; diffusion-policy and flow-policy do"
    )
    #expect(
      line { _ = try Saved.compose([(flow.name, flow.saved, 0.5), (wide.name, wide.saved, 0.5)]) }
        == "action 0 goes from -2.0 to 5.0 for wide, from -2.0 to 4.0 for a: both must have the same action space")
    #expect(line { _ = try RunFolder(temporary.path("bc")).loadCritic() }?.contains("has no critic") == true)
  }
}
