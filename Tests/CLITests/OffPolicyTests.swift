import Foundation
import SinewDatasets
import SinewTensor
import Testing

/// `sinew ope`: what it prints, and what it refuses.
@Suite(.serialized)
struct OffPolicyTests {
  let command: Command

  init() throws { command = try Command() }

  private let few = [
    "--set", "fqe.updates=60", "--set", "behaviour.updates=60", "--set", "model.updates=60", "--set",
    "fqe.network.hidden_sizes=[16]", "--set", "model.network.hidden_sizes=[16]", "--set",
    "behaviour.network.hidden_sizes=[16]", "--set", "discount=0.9",
  ]

  private func write(_ name: String, observations: Int = 3, episodes: Int = 6, low: Float = -2) throws {
    let info = DatasetInfo(
      name: name, environment: "pendulum", observationSize: observations, actionLow: [low], actionHigh: [-low])
    let writer = try MinariWriter(creating: command.path(name), info: info)
    var generator = RandomGenerator(seed: 1)
    for _ in 0..<episodes {
      try writer.append(
        EpisodeData(
          observations: (0..<21 * observations).map { _ in Float(generator.normal()) },
          actions: (0..<20).map { _ in Float(generator.uniform(Double(low)...Double(-low))) },
          rewards: (0..<20).map { _ in Float(generator.normal()) }, terminated: false, truncated: true))
    }
    try writer.finish()
  }

  /// A linear policy of three observations and one action in a file of its own.
  private func export(_ name: String, weight: Float, inputs: Int = 3) throws {
    var state = StateDictionary()
    state.set("layers.0.weight", floats: Array(repeating: weight, count: inputs), shape: [inputs, 1])
    state.set("layers.0.bias", floats: [0], shape: [1])
    state.metadata = ["policy": "deterministic", "environment": "pendulum"]
    try state.write(to: command.path(name))
  }

  @Test func policiesAreValuedRankedAndExplained() throws {
    try write("data")
    // An action of −1 to 1 is not the pendulum's −2 to 2, so that a plain file does not fit; a run's policy does.
    #expect(try command.run(command.tiny("run")).status == 0)
    let ope =
      ["ope", "run", "random", "--dataset", "./data", "--every-checkpoint", "--truth", "2", "--out", "page.html"] + few
    let result = try command.run(ope)
    #expect(result.status == 0, "\(result.errors)")
    for text in ["fqe", "wis", "is, wis and dr: recorded by a Gaussian", "rank correlation", "run@10", "regret@1"] {
      #expect(result.output.contains(text), "\(text)")
    }
    let page = try String(contentsOf: command.path("page.html"), encoding: .utf8)
    #expect(page.contains("<svg") && page.contains("What the numbers are"))
    let json = try command.run(ope + ["--json", "--threads", "2"])
    let figures = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let policies = try #require(figures["policies"] as? [[String: Any]])
    #expect(policies.count == 3)
    for policy in policies {
      let estimates = try #require(policy["estimates"] as? [[String: Any]])
      #expect(estimates.compactMap { $0["estimator"] as? String } == ["fqe", "dr", "model", "wis", "is"])
      #expect(estimates.allSatisfy { ($0["ci95"] as? [Double])?.count == 2 })
      #expect((policy["true_returns"] as? [Double])?.count == 2)
    }
    // The same seed gives the same figures, on any number of threads.
    #expect(try command.run(ope + ["--json"]).output == json.output)
  }

  @Test func aKnownRecorderAndTrueValuesAreTaken() throws {
    try write("data")
    #expect(try command.run(command.tiny("run")).status == 0)
    let result = try command.run(
      [
        "ope", "run", "--dataset", "./data", "--sampled", "--behaviour", "run", "--estimators", "wis,is",
        "--true-values", "3.5", "--json",
      ] + few)
    #expect(result.status == 0, "\(result.errors)")
    let figures = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let policy = try #require((figures["policies"] as? [[String: Any]])?.first)
    // Who recorded is the policy itself: every episode counts the same.
    #expect(abs(try #require(policy["effective_episodes"] as? Double) - 6) < 1e-6)
    #expect(policy["true_value"] as? Double == 3.5)
  }

  @Test func whatCannotBeIsOneLine() throws {
    try write("data")
    try write("wide", observations: 5)
    try export("plain.safetensors", weight: 0.1)
    try export("two.safetensors", weight: 0.1, inputs: 2)
    #expect(try command.run(command.tiny("run")).status == 0)
    var train = command.tiny("td3")
    train[1] = "td3"
    #expect(try command.run(train).status == 0)
    func refused(_ arguments: [String], _ text: String, status: Int32 = 2) throws {
      let result = try command.run(["ope"] + few + arguments)
      #expect(result.status == status && result.errors.contains(text), "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
    let data = ["--dataset", "./data"]
    try refused(
      ["run", "--dataset", "./wide"], "it takes 3 observations and gives 1 actions, but wide has 5 and 1")
    try refused(["hopper-medium", "--every-checkpoint"] + data, "hopper-medium is one policy: --every-checkpoint")
    try refused(["./plain.safetensors"] + data, "its action 0 goes from -1.0 to 1.0, in data from -2.0 to 2.0")
    try refused(["td3", "--sampled", "--estimators", "wis"] + data, ": importance sampling needs a density")
    try refused(["run", "--behaviour", "td3"] + data, "--behaviour td3: what it draws actions from has no density")
    try refused(["run", "--estimators", "fqa"] + data, "did you mean 'fqe'?")
    try refused(["run", "--set", "fqe.members=0"] + data, "fqe.members is 0, expected 1 to 100")
    try refused(["run", "--set", "discount=1"] + data, "discount is 1")
    try refused(
      ["run", "--set", "fqe.network.hidden_sizes=[999999,999999]"] + data,
      "fqe.network.hidden_sizes is [999999, 999999], which makes a network of 1e+12 parameters")
    try refused(
      ["run", "--set", "model.batch_size=1000000000"] + data, "model.batch_size is 1000000000, which would take")
    try refused(["run", "--true-values", "1,2"] + data, "expected 1 numbers")
    try refused(["run", "--truth", "2", "--env", "hopper"] + data, ": the policy takes 3 observations")
    try refused(["run", "--out", "page.txt"] + data, "a page is written as .html")
    try refused(["run", "--dataset", "./nothing"], "nothing", status: 1)
    try refused(["nothing"] + data, "nothing", status: 1)
    try export("mad.safetensors", weight: .nan)
    try write("plain", low: -1)
    try refused(["./mad.safetensors", "--dataset", "./plain"], "holds nan at 0", status: 1)
  }

  @Test func theBestOfSeveralIsChosen() throws {
    #expect(try command.run(command.tiny("run")).status == 0)
    let select = ["select", "run", "random", "--pulls", "12", "--episodes", "2", "--orders", "50"]
    let result = try command.run(select + ["--out", "page.html"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("2 policies in pendulum, 2 episodes of each, 50 orders, seed 0"))
    #expect(try String(contentsOf: command.path("page.html"), encoding: .utf8).contains("<svg"))
    let json = try command.run(select + ["--json"])
    let figures = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect((figures["ucb"] as? [[String: Any]])?.count == 12)
    let alone = try command.run(["select", "run"])
    #expect(alone.status == 2 && alone.errors == "sinew: a choice takes two policies at least\n")
    #expect(try command.run(select + ["--pulls", "99999", "--orders", "999999"]).status == 2)
    let other = try command.run(select + ["--env", "hopper"])
    #expect(other.status == 2 && other.errors.contains(": the policy takes 3 observations"))
  }
}
