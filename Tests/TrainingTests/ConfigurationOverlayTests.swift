import Foundation
import SinewLearners
import SinewSettings
import SinewTestSupport
import Testing

@testable import SinewTraining

struct ConfigurationOverlayTests {
  let document: ValueTree

  init() throws {
    var configuration = RunConfiguration(algorithm: "sac", environment: "hopper")
    configuration.threads = 2
    document = try RunFolder.document(configuration, Algorithm.named("sac"))
  }

  private func overlaid(_ assignments: String...) throws -> ValueTree {
    var tree = document
    for assignment in assignments { try tree.overlay(assignment: assignment) }
    return tree
  }

  private func settings(_ assignments: String...) throws -> (configuration: RunConfiguration, algorithm: Algorithm) {
    var tree = document
    for assignment in assignments { try tree.overlay(assignment: assignment) }
    return try RunFolder.settings(from: tree, algorithm: Algorithm.named("sac"))
  }

  @Test func setsByPathOrByItsEnd() throws {
    #expect(try overlaid("hyperparameters.batch_size=64") == overlaid("batch_size=64"))
    #expect(try overlaid("batch_size=64")["hyperparameters"]?["replay"]?["batch_size"] == .integer(64))
    #expect(try overlaid("evaluation.every=7")["evaluation"]?["every"] == .integer(7))
    #expect(try overlaid("episodes=3")["evaluation"]?["episodes"] == .integer(3))
  }

  @Test func readsEveryKind() throws {
    #expect(try settings("steps=2e5").configuration.steps == 200_000)
    #expect(try settings("steps=200_000").configuration.steps == 200_000)
    #expect(try settings("environment=/tmp/my robot/task.yaml").configuration.environment == "/tmp/my robot/task.yaml")
    #expect(try settings("precision=bf16").configuration.precision == .bfloat16)
    #expect(try overlaid("discount=1")["hyperparameters"]?["discount"] == .number(1))
    #expect(
      try overlaid("hidden_sizes=[64, 32]")["hyperparameters"]?["network"]?["hidden_sizes"]
        == .list([.integer(64), .integer(32)]))
    #expect(try overlaid("target_entropy=-2.5")["hyperparameters"]?["target_entropy"] == .number(-2.5))
    #expect(try overlaid("target_entropy=null") == document)
  }

  @Test func laterOnesWin() throws {
    #expect(try settings("seed=1", "seed=2").configuration.seed == 2)
  }

  @Test(arguments: [
    ("discont=0.9", "--set: unknown key 'discont'; did you mean 'discount'?"),
    ("evaluation.evry=5", "--set: unknown key 'evaluation.evry'; did you mean 'evaluation.every'?"),
    ("every=5", "--set: the key 'every' could mean 'evaluation.every' or 'checkpoint.every'"),
    ("batch_size=many", "--set: hyperparameters.replay.batch_size: expected an integer, such as 256, got 'many'"),
    ("batch_size=2.5", "--set: hyperparameters.replay.batch_size: expected an integer, such as 256, got '2.5'"),
    ("batch_size=[1]", "--set: hyperparameters.replay.batch_size: expected an integer, such as 256, got a list"),
    ("discount=inf", "--set: hyperparameters.discount: expected a number, such as 0.99, got 'inf'"),
    ("hidden_sizes=64", "--set: hyperparameters.network.hidden_sizes: expected a list, such as [256, 256], got '64'"),
    ("hidden_sizes=[a]", "--set: hyperparameters.network.hidden_sizes: expected an integer, such as 256, got 'a'"),
    ("steps={a: 1}", "--set: steps: expected an integer, such as 1000000, got a table of keys"),
    ("evaluation=5", "--set: evaluation: expected a table of keys (every, episodes), got '5'"),
    ("steps", "--set 'steps': expected key=value, such as batch_size=256"),
    ("=5", "--set '=5': expected key=value, such as batch_size=256"),
  ])
  func refusesInOneLine(assignment: String, message: String) throws {
    #expect(line { _ = try overlaid(assignment) } == message)
  }

  @Test(arguments: [
    ("steps=0", "steps must be at least 1, not 0"), ("seed=-1", "seed must be 0 or more, not -1"),
    ("num_envs=0", "num_envs must be 1 to 4096, not 0"), ("keep=0", "checkpoint.keep must be at least 1, not 0"),
    ("precision=f16", "precision must be f32 or bf16, not 'f16'"),
  ])
  func refusesWhatCannotBe(assignment: String, message: String) throws {
    #expect(line { _ = try settings(assignment) } == message)
  }

  @Test func readsAFileWithPartOfTheKeys() throws {
    var tree = document
    try tree.overlay(yaml: "steps: 5\nbatch_size: 8\nevaluation:\n  every: 3\n", place: "f.yaml")
    #expect(try overlaid("steps=5", "batch_size=8", "evaluation.every=3") == tree)
    try tree.overlay(yaml: "", place: "f.yaml")
    try tree.overlay(yaml: "# nothing\n", place: "f.yaml")
  }

  @Test func itsOwnFileChangesNothing() throws {
    let changed = try overlaid("steps=5", "hidden_sizes=[1,2,3]", "target_entropy=-1", "seed=9")
    var tree = document
    try tree.overlay(yaml: changed.yaml, place: "config.yaml")
    #expect(tree == changed)
  }

  @Test(arguments: [
    ("stepz: 5", "f.yaml: unknown key 'stepz'; did you mean 'steps'?"),
    ("evaluation:\n  evry: 5", "f.yaml: unknown key 'evaluation.evry'; did you mean 'evaluation.every'?"),
    ("- 1\n- 2", "f.yaml: expected keys and values, such as 'steps: 100000'"),
    ("just words", "f.yaml: expected keys and values, such as 'steps: 100000'"),
    ("steps: [1", "f.yaml: not valid YAML: "), ("steps:\n  a: 5", "f.yaml: steps: expected an integer"),
    ("[a]: 5", "f.yaml: a key must be a word"), ("steps: 5\nsteps: *b", "f.yaml: not valid YAML: "),
  ])
  func refusesFiles(text: String, message: String) throws {
    var tree = document
    let shown = try #require(line { try tree.overlay(yaml: text, place: "f.yaml") })
    #expect(shown.hasPrefix(message), "\(shown)")
    #expect(!shown.contains("\n"))
  }

  /// Deep nesting would overrun a recursive parser's stack, aliases of aliases its memory.
  @Test func survivesHostileFiles() throws {
    var tree = document
    let deep = ["[", "{a: ", "- "].map { String(repeating: $0, count: 20_000) }
    let indented = (0..<300).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
    for text in deep + ["hidden_sizes: " + deep[0], indented] {
      #expect(line { try tree.overlay(yaml: text, place: "f.yaml") } == "f.yaml: nested too deeply")
    }
    let bomb = "a: &a [1,1,1,1,1,1,1,1]\n" + (1...30).map { "a\($0): &b\($0) [*a,*a]" }.joined(separator: "\n")
    #expect(line { try tree.overlay(yaml: bomb, place: "f.yaml") }?.hasPrefix("f.yaml: unknown key 'a'") == true)

    let scratch = try TemporaryFolder()
    let file = scratch.path("f.yaml")
    try Data(repeating: UInt8(ascii: "#"), count: 1 << 20).write(to: file)
    #expect(line { try tree.overlay(yamlFile: file) }?.hasSuffix("larger than 65536 bytes") == true)
    try Data([0x73, 0xFF, 0xFE]).write(to: file)
    #expect(line { try tree.overlay(yamlFile: file) }?.hasSuffix("not UTF-8 text") == true)
    #expect(line { try tree.overlay(yamlFile: scratch.url) }?.hasSuffix("is a folder, not a file") == true)
    #expect(line { try tree.overlay(yamlFile: scratch.path("no")) }?.hasSuffix("No such file or directory") == true)
    #expect(tree == document)
  }

  @Test func namesTheNearestAlgorithm() throws {
    let names = try Algorithm.all.map(\.name).joined(separator: ", ")
    #expect(line { _ = try Algorithm.named("sacc") } == "unknown algorithm 'sacc'; did you mean 'sac'?")
    #expect(line { _ = try Algorithm.named("zzzz") } == "unknown algorithm 'zzzz'; known algorithms: \(names)")
  }
}
