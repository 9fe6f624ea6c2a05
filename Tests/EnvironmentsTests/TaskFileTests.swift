import Foundation
import SinewEnvironments
import SinewTestSupport
import Testing

/// What a wrong `task.yaml` says: one line with the file, the line, the key and what would be right.
@Suite struct TaskFileTests {
  private static let good = """
    description: A pendulum
    model: rod.xml
    control_period: 0.05
    time_limit: 200
    observation:
      - cosine: {coordinate: hinge}
      - velocities: {clip: 8}
    reward:
      - angle_squared: {coordinate: hinge, at: start, weight: -1}
      - alive: {weight: 1}
    termination:
      - position_outside: {coordinate: hinge, low: -9}
    reset:
      - positions: {uniform: 0.1}
    speed_limits: {hinge: 8}

    """

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let model = try EnvironmentCatalogue.taskFile("pendulum").deletingLastPathComponent()
      .appendingPathComponent("pendulum.xml")
    try folder.write(try String(contentsOf: model, encoding: .utf8), to: "rod.xml")
  }

  /// The error of a task file, with the folder cut from its front.
  private func error(_ text: String) throws -> String {
    let path = try folder.write(text, to: "task.yaml")
    let line = message { try EnvironmentCatalogue.make(path) }
    #expect(!line.contains("\n"))
    return line.replacing(folder.url.path + "/", with: "")
  }

  private static let wrong: [(String, String, String)] = [
    (
      "time_limit: 200", "time_limt: 200",
      "task.yaml:4: unknown key 'time_limt'; did you mean 'time_limit'?"
    ),
    (
      "speed_limits:", "sped_limits:",
      "task.yaml:15: unknown key 'sped_limits'; did you mean 'speed_limits'?"
    ),
    (
      "- alive: {weight: 1}", "- alive: {wieght: 1, weight: 2}",
      "task.yaml:10: unknown key of reward.alive 'wieght'; did you mean 'weight'?"
    ),
    ("time_limit: 200", "", "task.yaml:1: time_limit is missing; it takes a number"),
    (
      "- alive: {weight: 1}", "- alive: {wieght: 1}",
      "task.yaml:10: unknown key of reward.alive 'wieght'; did you mean 'weight'?"
    ),
    ("- alive: {weight: 1}", "- alive", "task.yaml: reward.alive.weight is missing; it takes a number"),
    (
      "- alive: {weight: 1}", "- alive: {weight: .nan}",
      "task.yaml:10: reward.alive.weight: expected a number, found '.nan'"
    ),
    (
      "- alive: {weight: 1}", "- alive: {weight: much}",
      "task.yaml:10: reward.alive.weight: expected a number, found 'much'"
    ),
    (
      "- alive: {weight: 1}", "- alife: {weight: 1}",
      "task.yaml:10: unknown term in reward 'alife'; did you mean 'alive'?"
    ),
    (
      "- cosine: {coordinate: hinge}", "- cosine: {coordinate: hing}",
      "task.yaml:6: unknown coordinate in observation.cosine.coordinate 'hing'; did you mean 'hinge'?"
    ),
    (
      "at: start", "at: begin",
      "task.yaml:9: unknown value of reward.angle_squared.at 'begin'; known: start, end"
    ),
    ("clip: 8", "clip: -8", "task.yaml:7: observation.velocities.clip: expected a number of at least 0, found '-8'"),
    (
      "{uniform: 0.1}", "{uniform: 0.1, normal: 0.2}",
      "task.yaml:14: reset.positions.normal: give uniform or normal noise, not both"
    ),
    ("{uniform: 0.1}", "{only: [arm]}", "task.yaml:14: unknown coordinate in reset.positions.only 'arm'; known: hinge"),
    (
      "{uniform: 0.1}", "{only: hinge}",
      "task.yaml:14: reset.positions.only: expected a list in brackets, found 'hinge'"
    ),
    ("{uniform: 0.1}", "{except: [hinge]}", "task.yaml:14: reset.positions.except: no coordinate is left"),
    ("hinge, low: -9", "hinge", "task.yaml:12: termination.position_outside.low: give low, high or both"),
    (
      "low: -9", "low: 9, high: 8",
      "task.yaml:12: termination.position_outside.low: 9.0 is not below high, which is 8.0"
    ),
    (
      "control_period: 0.05", "control_period: 0.051",
      "task.yaml:3: control_period: 0.051 s is not a whole multiple of the model's timestep, 0.0025 s"
    ),
    (
      "control_period: 0.05", "control_period: 0",
      "task.yaml:3: control_period: expected a number from 1e-06 to 100, found '0'"
    ),
    ("time_limit: 200", "time_limit: 1.5", "task.yaml:4: time_limit: expected a whole number, found 1.5"),
    ("time_limit: 200", "time_limit: [200]", "task.yaml:4: time_limit: expected a number, found a list"),
    ("time_limit: 200", "time_limit: 200\ntime_limit: 300", "task.yaml:4: the key 'time_limit' occurs more than once"),
    (
      "speed_limits: {hinge: 8}", "speed_limits: {hing: 8}",
      "task.yaml:15: unknown coordinate in speed_limits 'hing'; did you mean 'hinge'?"
    ),
    ("speed_limits: {hinge: 8}", "speed_limits: fast", "task.yaml:15: expected keys with values"),
    ("speed_limits: {hinge: 8}", "speed_limits: {hinge: 8", "task.yaml:16: did not find expected ',' or '}'"),
    ("- alive: {weight: 1}", "- {alive: {weight: 1}, upright: {weight: 2}}", "task.yaml:8: reward: each element is"),
    (
      "- alive: {weight: 1}", "- product: {weight: 1, factors: [product: {factors: [alive]}]}",
      "task.yaml:10: unknown term in reward.product.factors 'product'"
    ),
    (
      "- alive: {weight: 1}", "- product: {weight: 1}",
      "task.yaml:10: reward.product.factors: a product needs at least one factor"
    ),
    (
      "- alive: {weight: 1}", "- position_near: {coordinate: hinge, margin: 1, value_at_margin: 0, weight: 1}",
      "task.yaml:10: reward.position_near.value_at_margin: a gaussian never reaches 0"
    ),
    ("model: rod.xml", "model: stick.xml", "stick.xml"),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  fricton: 2",
      "task.yaml:16: unknown key of parameters 'fricton'; did you mean 'friction'?"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  damping.hing: 2",
      "task.yaml:16: unknown key of parameters 'damping.hing'; did you mean 'damping.hinge'?"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  mass: {unifrom: [1, 2]}",
      "task.yaml:16: unknown key of parameters.mass 'unifrom'; did you mean 'uniform'?"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  mass: {uniform: [1, 2], clip: [1, 2]}",
      "task.yaml:16: unknown key of parameters.mass 'clip'; known: uniform"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  gravity: 1\n  mass: {uniform: [0, 2]}",
      "task.yaml:17: parameters.mass: 0 is outside of 0.001 to 1000"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  mass: {uniform: [2, 1]}",
      "task.yaml:16: parameters.mass: uniform: 2.0 is above 1.0"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  mass: {uniform: [a, 1]}",
      "task.yaml:16: parameters.mass.uniform: expected numbers in brackets, found a list"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  mass: heavy",
      "task.yaml:16: parameters.mass: expected a number or a distribution such as {uniform: [0.8, 1.2]}, found 'heavy'"
    ),
    (
      "speed_limits: {hinge: 8}", "parameters:\n  pushes.force: 1",
      "task.yaml:16: parameters.pushes.force: stands under the key pushes, not under parameters"
    ),
    (
      "speed_limits: {hinge: 8}", "pushes: {force: 3, bodi: pole}",
      "task.yaml:15: unknown key of pushes 'bodi'; did you mean 'body'?"
    ),
    (
      "speed_limits: {hinge: 8}", "pushes: {force: 3, body: world}", "task.yaml:15: pushes.body: cannot move"
    ),
    (
      "speed_limits: {hinge: 8}", "pushes: {force: 3, direction: up}",
      "task.yaml:15: pushes.direction: expected 'horizontal' or an axis such as [1, 0, 0], found 'up'"
    ),
    (
      "speed_limits: {hinge: 8}", "pushes: {force: 3, direction: [0, 0, 0]}",
      "task.yaml:15: pushes.direction: an axis must not be zero"
    ),
    (
      "speed_limits: {hinge: 8}", "pushes: {interval: -1}", "task.yaml:15: pushes.interval: -1 is outside of 0 to 10000"
    ),
  ]

  @Test(arguments: wrong.indices)
  func saysWhatIsWrong(_ index: Int) throws {
    let (part, replacement, expected) = Self.wrong[index]
    #expect(Self.good.contains(part))
    let found = try error(Self.good.replacing(part, with: replacement))
    #expect(found.contains(expected), "\(found)")
  }

  @Test func readsAGoodFile() throws {
    #expect(try error(Self.good) == "")
    let definition = try EnvironmentCatalogue.definition(folder.url.path + "/")
    #expect(definition.description == "A pendulum" && definition.substeps == 20 && definition.timeLimit == 200)
  }

  @Test func refusesWhatIsNoTask() throws {
    #expect(try error("").hasSuffix("empty; it needs a model"))
    #expect(try error("- a\n- b").hasSuffix("expected keys with values"))
    #expect(try error("model: rod.xml\ncontrol_period: 0.05\ntime_limit: 9").contains("at least one observation term"))
    #expect(try error("\u{0}\u{1}").contains("task.yaml"))
    #expect(try error("a: 1\nb: *c").contains("task.yaml:2"))
    #expect(try error(String(repeating: "[", count: 100_000)).contains("task.yaml:1"))
    #expect(try error(String(repeating: "#", count: 2 << 20)).hasSuffix("at most 1048576 are read"))
    try Data([0xFF, 0xFE, 0x00, 0xD8]).write(to: folder.url.appendingPathComponent("task.yaml"))
    #expect(message { try EnvironmentCatalogue.make(folder.url.path + "/") }.hasSuffix("not UTF-8 text"))
  }

  /// However a file is cut, it's an error or a task, not a crash.
  @Test func survivesTruncationAndDamage() throws {
    let text = try String(contentsOf: EnvironmentCatalogue.taskFile("cartpole-swingup"), encoding: .utf8)
      .replacing("cartpole-swingup.xml", with: "rod.xml")
    let bytes = Array(text.utf8)
    let file = folder.url.appendingPathComponent("task.yaml")
    for end in stride(from: 0, to: bytes.count, by: 7) {
      try Data(bytes[..<end]).write(to: file)
      #expect(!message { try EnvironmentCatalogue.make(file.path) }.contains("\n"))
      var damaged = bytes
      damaged[end] = UInt8(truncatingIfNeeded: end &* 37)
      try Data(damaged).write(to: file)
      #expect(!message { try EnvironmentCatalogue.make(file.path) }.contains("\n"))
    }
  }

  /// Aliases that would expand to 10⁹ elements.
  @Test func survivesAnAliasBomb() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<9 {
      text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }
    #expect(try error(text + "? *a8\n: 1") == "task.yaml: anchors (&name) are not read; write the values out")
    #expect(try error(Self.good.replacing("A pendulum", with: "R&D, rods & motors")) == "")
  }
}
