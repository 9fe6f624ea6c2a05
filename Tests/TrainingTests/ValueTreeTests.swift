import SinewSettings
import Testing

@testable import SinewTraining

struct ValueTreeTests {
  struct Nested: Codable, Equatable {
    var everyNSteps = 5
    var name = "a b"
  }
  struct Example: Codable, Equatable {
    var learningRate: Float = 3e-4
    var discount = 0.99
    var hiddenSizes = [256, 128]
    var usesClipping = true
    var targetEntropy: Double?
    var label: String?
    var schedule = Nested()
  }

  @Test func keepsTheOrderOfDeclarationAndAbsentValues() throws {
    let tree = try ValueTree(encoding: Example())
    #expect(
      tree.yaml == """
        learning_rate: 0.0003
        discount: 0.99
        hidden_sizes: [256, 128]
        uses_clipping: true
        target_entropy: null
        label: null
        schedule:
          every_n_steps: 5
          name: "a b"

        """)
  }

  @Test func showsAsJSON() throws {
    let tree = try ValueTree(encoding: Example())
    #expect(
      tree.json
        == #"{"learning_rate":0.0003,"discount":0.99,"hidden_sizes":[256,128],"uses_clipping":true,"target_entropy":null,"label":null,"schedule":{"every_n_steps":5,"name":"a b"}}"#
    )
    #expect(ValueTree.table([ValueTree.Entry("bad", .number(.nan))]).json == #"{"bad":null}"#)
    #expect(ValueTree.text("a\"b\\c\nd\u{1}").json == #""a\"b\\c\nd\u0001""#)
  }

  @Test func decodesWhatItEncoded() throws {
    var example = Example()
    example.learningRate = 0.1
    example.discount = 1 / 3
    example.targetEntropy = -1.5
    example.hiddenSizes = []
    #expect(try ValueTree(encoding: example).decoded(as: Example.self) == example)
  }

  @Test(arguments: [
    ("learningRate", "learning_rate"), ("targetQValue", "target_q_value"), ("returnCI95", "return_ci95"),
    ("num_envs", "num_envs"), ("seed", "seed"), ("useLCB", "use_lcb"), ("layer2Size", "layer2_size"),
  ])
  func writesSnakeCase(name: String, key: String) { #expect(snakeCase(name) == key) }

  /// Texts that a YAML reader would take for something else are quoted.
  @Test(arguments: ["true", "No", "1e5", "007", "", "a: b", "- x", "*alias", "~", "null", "a#b", "ü"])
  func quotesTexts(text: String) throws {
    let yaml = ValueTree.table([ValueTree.Entry("x", .text(text))]).yaml
    #expect(yaml.hasPrefix("x: \""))
    var tree = ValueTree.table([ValueTree.Entry("x", .text("other"))])
    try tree.overlay(yaml: yaml, place: "test")
    #expect(tree["x"] == .text(text))
  }
}
