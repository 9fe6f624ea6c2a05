import SinewEnvironments
import SinewTensor
import SinewTestSupport
import Testing

/// Twice what a velocity is, or what its settings make of it.
private struct DoubledReward: RewardTerm {
  static let name = "doubled"
  static let summary = "Twice a velocity (m/s)."
  static let settings = [
    TaskReference.Key("coordinate", "coordinate", nil, "Which one."),
    TaskReference.Key("spoilt", "`true` or `false`", "false", "Whether it is no number."),
    TaskReference.Key("steps", "whole number", "1", "A factor."),
  ]
  private let index: Int
  private let spoilt: Bool
  private let steps: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.velocities)
    spoilt = try settings.flag("spoilt", default: false)
    steps = try settings.wholeNumber("steps", in: 1...3, default: 1)
  }

  func value(_ state: TaskState) -> Double { spoilt ? .nan : 2 * Double(steps) * state.velocities[index] }
}

/// Remembers where an episode began.
private struct StartObservation: ObservationTerm {
  static let name = "start"
  static let summary = "Where the hinge began (rad)."
  let bounds: [ClosedRange<Float>]
  let componentCount = 1

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    bounds = [ClosedRange<Float>](repeating: -10...10, count: try settings.wholeNumber("bounds", in: 1...2, default: 1))
  }
  static let settings = [TaskReference.Key("bounds", "whole number", "1", "How many it says to have.")]

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    observation[start] = Float(state.startPositions[0])
  }
}

private struct BackwardTermination: TerminationTerm {
  static let name = "backward"
  static let summary = "When the hinge turns backward."
  init(_ settings: TaskSettings, _ context: TermContext) throws {}
  func isMet(_ state: TaskState) -> Bool { state.velocities[0] < 0 }
}

private struct RaisedReset: ResetTerm {
  static let name = "raised"
  static let summary = "The hinge at a right angle."
  init(_ settings: TaskSettings, _ context: TermContext) throws {}
  func apply(to state: TaskState, using generator: inout RandomGenerator) { state.positions[0] = 0.5 * .pi }
}

/// Reads a key that it does not list, or throws an error of its own.
private struct CarelessReward: RewardTerm {
  struct Failure: Error, CustomStringConvertible { let description = "nothing will do\nat all" }
  static let name = "careless"
  static let summary = "None."
  init(_ settings: TaskSettings, _ context: TermContext) throws {
    if try settings.flag("listed", default: false) { throw Failure() }
    _ = try settings.optionalText("unlisted")
  }
  static let settings = [TaskReference.Key("listed", "`true` or `false`", "false", "Whether it throws.")]
  func value(_ state: TaskState) -> Double { 0 }
}

/// What a program adds to the environments: terms, environments, wrappers.
@Suite struct AdditionTests {
  private let folder: TemporaryFolder
  private static let terms: [TermCatalogue.Addition] = [
    .reward(DoubledReward.self), .observation(StartObservation.self), .termination(BackwardTermination.self),
    .reset(RaisedReset.self), .reward(CarelessReward.self),
  ]

  init() throws {
    folder = try TemporaryFolder()
    let model = try EnvironmentCatalogue.taskFile("pendulum").deletingLastPathComponent()
      .appendingPathComponent("pendulum.xml")
    try folder.write(try String(contentsOf: model, encoding: .utf8), to: "rod.xml")
  }

  private func task(reward: String, observation: String = "start", more: String = "") throws -> any Environment {
    let text = """
      model: rod.xml
      control_period: 0.05
      time_limit: 200
      observation: [\(observation)]
      reward: [\(reward)]
      reset: [raised]
      \(more)
      """
    let path = try folder.write(text, to: "task.yaml")
    return try EnvironmentAdditions(terms: Self.terms).use { try EnvironmentCatalogue.make(path) }
  }

  @Test func termsAreWrittenInTaskFiles() throws {
    let environment = try task(
      reward: "doubled: {coordinate: hinge, weight: 0.5}", observation: "start, velocities", more: "success: [backward]"
    )
    let start = try environment.reset(seed: 1)
    #expect(start[0] == Float(0.5 * Double.pi))
    let (observation, outcome) = try environment.step([1])
    #expect(observation[0] == start[0])
    #expect(abs(outcome.reward - Double(observation[1])) < 1e-6)
    #expect(environment.rewardTerms.map(\.name) == ["doubled"])
    #expect(environment.isSuccess == (observation[1] < 0))
    #expect(checkEnvironment(try task(reward: "doubled: {coordinate: hinge, weight: 1}"), steps: 60) == [])
    // The factors of a product are rewards too.
    let product = try task(reward: "product: {factors: [doubled: {coordinate: hinge}, alive], weight: 1}")
    _ = try product.reset(seed: 1)
    #expect(try product.step([1]).outcome.reward == 2 * outcome.reward)
  }

  @Test func aTermThatIsNotAddedIsUnknown() throws {
    let path = try folder.write(
      "{model: rod.xml, control_period: 0.05, time_limit: 9, observation: [positions], reward: [doubld: {weight: 1}]}",
      to: "task.yaml")
    #expect(message { try EnvironmentCatalogue.make(path) }.contains("unknown term in reward 'doubld'; known:"))
    let line = try EnvironmentAdditions(terms: Self.terms).use { message { try EnvironmentCatalogue.make(path) } }
    #expect(line.hasSuffix("unknown term in reward 'doubld'; did you mean 'doubled'?"), "\(line)")
  }

  @Test(arguments: [
    ("doubled: {weight: 1}", "reward.doubled.coordinate is missing; it takes text"),
    ("doubled: {coordinate: hing, weight: 1}", "'hing'; did you mean 'hinge'?"),
    ("doubled: {coordinat: hinge, weight: 1}", "unknown key of reward.doubled 'coordinat'; did you mean 'coordinate'?"),
    (
      "doubled: {coordinate: hinge, steps: 4, weight: 1}",
      "reward.doubled.steps: expected a number from 1 to 3, found '4'"
    ),
    (
      "doubled: {coordinate: hinge, steps: 1.5, weight: 1}",
      "reward.doubled.steps: expected a whole number, found 1.5"
    ),
    ("careless: {weight: 1}", "the term 'careless' asks for 'unlisted', which is not among its settings"),
    ("careless: {listed: true, weight: 1}", "reward.careless: nothing will do at all"),
  ])
  func settingsThatCannotBeRead(_ reward: String, _ expected: String) {
    let line = message { try task(reward: reward) }
    #expect(line.hasSuffix(expected) && !line.contains("\n"), "\(line)")
  }

  @Test func aTermThatIsNoNumberIsNamed() throws {
    let environment = try task(reward: "alive: {weight: 1}, doubled: {coordinate: hinge, spoilt: true, weight: 1}")
    _ = try environment.reset(seed: 1)
    #expect(message { try environment.step([0]) }.hasSuffix(": the reward term 'doubled' is nan at step 1"))
    let line = message { try task(reward: "alive: {weight: 1}", observation: "start: {bounds: 2}") }
    #expect(line.hasSuffix("the observation term 'start' has 1 components, but 2 bounds and 1 labels"), "\(line)")
  }

  private struct Taken: RewardTerm {
    static let name = "alive"
    static let summary = "Another."
    init(_ settings: TaskSettings, _ context: TermContext) throws {}
    func value(_ state: TaskState) -> Double { 0 }
  }

  private struct Shouted: RewardTerm {
    static let name = "Not-A-Term"
    static let summary = "None."
    init(_ settings: TaskSettings, _ context: TermContext) throws {}
    func value(_ state: TaskState) -> Double { 0 }
  }

  private func point(_ name: String) -> AddedEnvironment { AddedEnvironment(name, "a point") { PointEnvironment() } }
  private func wrapper(_ name: String) -> AddedWrapper { AddedWrapper(name, "nothing") { $0 } }

  @Test func namesThatAreTaken() throws {
    func line(
      _ terms: [TermCatalogue.Addition] = [], _ environments: [AddedEnvironment] = [], _ wrappers: [AddedWrapper] = []
    ) -> String {
      message { try EnvironmentAdditions(environments: environments, terms: terms, wrappers: wrappers) }
    }
    #expect(line([.reward(Taken.self)]) == "the term of reward 'alive' comes with Sinew: give yours another name")
    #expect(
      line([.reward(DoubledReward.self), .reward(DoubledReward.self)])
        == "the term of reward 'doubled' is added twice: one of the two needs another name")
    #expect(
      line([.reward(Shouted.self)])
        == "'Not-A-Term' cannot be the name of the term of reward: it takes small letters and digits, like torque_squared"
    )
    #expect(line([], [point("hopper")]) == "the environment 'hopper' comes with Sinew: give yours another name")
    #expect(line([], [point("none")]) == "the environment 'none' comes with Sinew: give yours another name")
    #expect(
      line([], [point("a"), point("a")]) == "the environment 'a' is added twice: one of the two needs another name")
    #expect(line([], [point("my/env.yaml")]).hasPrefix("'my/env.yaml' cannot be the name of the environment"))
    #expect(
      line([], [], [wrapper("frame_stack")]) == "the wrapper 'frame_stack' comes with Sinew: give yours another name")
    #expect(
      line([], [], [wrapper("a"), wrapper("a")]) == "the wrapper 'a' is added twice: one of the two needs another name")
  }

  @Test func environmentsAreNamed() throws {
    let additions = try EnvironmentAdditions(environments: [point("dot")])
    #expect(!EnvironmentCatalogue.names.contains("dot"))
    try additions.use {
      #expect(EnvironmentCatalogue.names.contains("dot") && EnvironmentCatalogue.names.contains("hopper"))
      let made = try EnvironmentCatalogue.make("dot")
      #expect(made is PointEnvironment)
      #expect(message { try EnvironmentCatalogue.make("dott") } == "unknown environment 'dott'; did you mean 'dot'?")
      #expect(
        message { try EnvironmentCatalogue.definition("dot") }
          == "the environment 'dot' is a Swift type: it has no task file")
    }
    #expect(message { try EnvironmentCatalogue.make("dot") }.hasPrefix("unknown environment 'dot'"))
  }

  @Test(arguments: [
    (PointEnvironment.Fault.emptyObservation, "the environment 'dot' has an observation space without components"),
    (
      .unboundedAction,
      "the environment 'dot' bounds action 0 by -1.0 and inf: both must be finite, the first below the second"
    ),
    (
      .reversedBounds,
      "the environment 'dot' bounds observation 0 by 2.0 and -2.0: the first must not be above the second"
    ),
    (.zeroPeriod, "the environment 'dot' has a control period of 0.0 s: it must be above 0"),
  ])
  func environmentsThatCannotBe(_ fault: PointEnvironment.Fault, _ expected: String) {
    let dot = AddedEnvironment("dot", "a point") { PointEnvironment(fault: fault) }
    #expect(message { try dot.make() } == expected)
  }

  @Test func wrappersTakeNumbers() throws {
    let shift = AddedWrapper("shift", "nothing", number: WrapperNumber("steps", in: 1...3, isWhole: true)) { base, _ in
      base
    }
    #expect(try shift.number(in: "shift:2") == 2)
    #expect(
      message { try shift.number(in: "shift:4") as Any }
        == "the wrapper shift takes a whole number from 1 to 3 after a colon (steps), found 'shift:4'")
    #expect(message { try wrapper("plain").number(in: "plain:1") as Any } == "the wrapper plain takes no number")
    let broken = AddedWrapper("broken", "no actions") { _ in PointEnvironment(fault: .unboundedAction) }
    #expect(
      message { try broken.wrap(PointEnvironment(), number: nil) }.hasPrefix(
        "point in the wrapper 'broken' bounds action 0"))
  }
}
