import Foundation
import Testing

/// Parameters and wrappers on the command line, from training to an exported policy.
struct SweepTests {
  let command: Command

  init() throws { command = try Command() }

  private func json(_ arguments: String) throws -> [String: Any] {
    let result = try command.run(arguments.split(separator: " ").map(String.init) + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    return try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  private func parameters(_ result: [String: Any]) throws -> [String: [Double]] {
    let list = result["parameters"] as? [[String: Any]] ?? []
    return try Dictionary(
      uniqueKeysWithValues: list.map {
        (try #require($0["name"] as? String), try #require($0["values"] as? [Double]))
      })
  }

  @Test func aPolicyIsEvaluatedInAFamily() throws {
    let plain = try json("evaluate hopper-expert --episodes 3")
    #expect(try parameters(plain).isEmpty)
    let family = try json("evaluate hopper-expert --episodes 3 --parameter mass=uniform:0.5,2 --parameter friction=0.9")
    let values = try parameters(family)
    #expect(values["friction"] == [0.9, 0.9, 0.9])
    #expect(Set(values["mass"] ?? []).count == 3 && (values["mass"] ?? []).allSatisfy { (0.5...2).contains($0) })
    #expect(family["return_mean"] as? Double != plain["return_mean"] as? Double)
  }

  /// A point of a sweep is the evaluation with that value set.
  @Test func aSweepIsATable() throws {
    let sweep = try json("evaluate hopper-expert --episodes 2 --sweep gravity=0.9:1.1:3 --parameter friction=0.9")
    #expect(sweep["parameter"] as? String == "gravity")
    let points = try #require(sweep["points"] as? [[String: Any]])
    #expect(points.compactMap { $0["value"] as? Double } == [0.9, 1, 1.1])
    #expect(points.allSatisfy { ($0["return_ci95"] as? [Double])?.count == 2 })
    let single = try json("evaluate hopper-expert --episodes 2 --parameter friction=0.9 --parameter gravity=0.9")
    #expect(points[0]["returns"] as? [Double] == single["returns"] as? [Double])
    let table = try command.run(
      "evaluate hopper-expert --episodes 2 --sweep gravity=1,0.5".split(separator: " ").map(String.init))
    let lines = table.output.split(separator: "\n")
    #expect(lines.count == 4 && lines[1].hasPrefix("gravity"))
    #expect(lines[2].trimmingCharacters(in: .whitespaces).hasPrefix("1 "))
  }

  /// A member of a family is the evaluation with its values set.
  @Test func membersOfAFamilyAreRanked() throws {
    let file = command.path("family.yaml")
    try Data("parameters:\n  - mass=uniform:0.5,2\n  - friction=log_uniform:0.3,3\n".utf8).write(to: file)
    let options = "evaluate hopper-expert --family family.yaml --members 3 --episodes 2"
    let found = try json("\(options) --against hopper-medium")
    let policies = try #require(found["policies"] as? [[String: Any]])
    #expect(policies.compactMap { $0["run"] as? String } == ["hopper-expert", "hopper-medium"])
    let members = try policies.map { try #require($0["members"] as? [[String: Any]]) }
    let drawn = try members.map { try $0.map { try #require($0["parameters"] as? [String]) } }
    #expect(drawn[0].count == 3 && drawn[0] == drawn[1] && Set(drawn[0]).count == 3)
    let single = try json(
      "evaluate hopper-medium --episodes 2 " + drawn[0][1].map { "--parameter \($0)" }.joined(separator: " "))
    #expect(members[1][1]["returns"] as? [Double] == single["returns"] as? [Double])
    #expect((found["rankings"] as? [[String: Any]])?.count == 1)
    let table = try command.run(options.split(separator: " ").map(String.init))
    #expect(table.output.split(separator: "\n").count == 3, "\(table.output)")
    let misfit = try command.run((options + " --against push-t-flow").split(separator: " ").map(String.init))
    #expect(misfit.status == 2)
    #expect(misfit.errors.hasPrefix("sinew: push-t-flow: the policy takes 5 observations"), "\(misfit.errors)")
    for (text, message) in [
      ("parameters:\n  - mas=2\n", "family.yaml: unknown parameter of hopper 'mas'; did you mean 'mass'?"),
      ("parameters:\n  - mass=uniform:2\n", "family.yaml: parameters: mass: uniform takes two numbers, low and high"),
      ("parameters:\n  - mass=2\n  - mass=3\n", "family.yaml: parameters: mass is there twice"),
      ("parameters: []\n", "family.yaml: parameters lists nothing, such as mass=uniform:0.8,1.2"),
    ] {
      try Data(text.utf8).write(to: file)
      let refused = try command.run(options.split(separator: " ").map(String.init))
      #expect(refused.status == 2 && refused.errors == "sinew: \(message)\n", "\(refused.errors)")
    }
  }

  /// What a run was trained in, its policy is evaluated in: by its folder and by its exported file.
  @Test func aRunKeepsItsEnvironment() throws {
    let trained = try command.run(
      command.small(
        steps: 400, out: "run", "--wrap", "action_repeat:2", "--wrap", "frame_stack:2", "--wrap",
        "normalise_observation",
        "--parameter", "mass=uniform:0.8,1.2"))
    #expect(trained.status == 0, "\(trained.errors)")
    let config = try String(contentsOf: command.path("run/config.yaml"), encoding: .utf8)
    #expect(config.contains("parameters: [\"mass=uniform:0.8,1.2\"]\n"))
    let evaluated = try json("evaluate run --episodes 3")
    #expect(evaluated["lengths"] as? [Int] == [100, 100, 100])
    #expect(try parameters(evaluated)["mass"].map { Set($0).count } == 3)
    #expect(try parameters(json("evaluate run --episodes 3 --parameter mass=1"))["mass"] == [1, 1, 1])
    #expect(try command.run(["export", "run", "-o", "policy.safetensors"]).status == 0)
    let exported = try json("evaluate policy.safetensors --episodes 3")
    #expect(exported["returns"] as? [Double] == evaluated["returns"] as? [Double])
    #expect(try command.run(["resume", "run", "--steps", "450"]).status == 0)
  }
}
