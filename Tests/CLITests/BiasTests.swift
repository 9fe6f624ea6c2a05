import Foundation
import Testing

/// `bias`: of runs with a critic, and of one without.
struct BiasTests {
  let command: Command

  init() throws { command = try Command() }

  private let few = ["--episodes", "2", "--pairs", "3", "--rollouts", "2"]

  @Test(arguments: ["sac", "td3", "dsac-t", "flash-sac"]) func aCriticIsCompared(algorithm: String) throws {
    var train = command.tiny("run")
    train[1] = algorithm
    #expect(try command.run(train).status == 0)
    let result = try command.run(["bias", "run", "--out", "page.html"] + few)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("6 pairs of 2 episodes, discount 0.99, sums of at most 459 steps"))
    #expect(result.output.contains(/\n +mean +-?[0-9]/) && result.output.contains(/\nsmallest +-?[0-9]/))
    #expect(try String(contentsOf: command.path("page.html"), encoding: .utf8).contains("<svg"))
    // The same seed gives the same figures.
    #expect(try command.run(["bias", "run", "--out", "page.html"] + few).output == result.output)
    let every = try command.run(["bias", "run", "--every-checkpoint", "--json"] + few)
    #expect(every.status == 0 && every.output.contains(#""step":10"#) && every.output.contains(#""step":20"#))
  }

  @Test func withoutACriticThereIsNothingToCompare() throws {
    let train = [
      "train", "reinforce", "--env", "pendulum", "--out", "run", "--steps", "20", "--seed", "1", "--set",
      "evaluation.episodes=1",
    ]
    let trained = try command.run(train)
    #expect(trained.status == 0, "\(trained.errors)")
    let result = try command.run(["bias", "run"])
    #expect(
      result.status == 2 && result.errors == "sinew: run has no critic: reinforce learns none\n", "\(result.errors)")
    #expect(try command.run(["bias", "run", "--episodes", "0"]).status == 2)
  }
}
