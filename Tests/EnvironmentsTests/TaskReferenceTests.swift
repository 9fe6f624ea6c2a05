import Foundation
import SinewPhysics
import SinewSettings
import Testing
import Yams

@testable import SinewEnvironments

/// The reference of task files says what the terms ask for, and the page is made of it.
@Suite struct TaskReferenceTests {
  private static let model = """
    <mujoco>
      <worldbody>
        <geom name="floor" type="plane" size="5 5 1"/>
        <body name="torso" pos="0 0 1">
          <freejoint name="root"/>
          <geom name="shell" type="box" size="0.2 0.1 0.1"/>
          <body name="foot" pos="0 0 -0.3">
            <joint name="knee" axis="0 1 0" range="-90 90"/>
            <geom name="sole" type="sphere" size="0.05"/>
          </body>
        </body>
        <body name="block" pos="2 0 0.1"><freejoint/><geom type="box" size="0.1 0.1 0.1"/></body>
        <body name="goal" pos="2 1 0.1">
          <joint name="goal_x" type="slide" axis="1 0 0"/><joint name="goal_y" type="slide" axis="0 1 0"/>
          <geom type="box" size="0.1 0.1 0.1" contype="0" conaffinity="0"/>
        </body>
      </worldbody>
      <actuator><motor name="knee" joint="knee" ctrlrange="-1 1"/></actuator>
    </mujoco>
    """

  private static let names: [TaskReference.Section: [String]] = [
    .observation: TermCatalogue.shipped.observation.map { $0.name },
    .reward: TermCatalogue.shipped.reward.map { $0.name },
    .termination: TermCatalogue.shipped.termination.map { $0.name },
    .success: TermCatalogue.shipped.success.map { $0.name },
    .commands: TermCatalogue.shipped.command.map { $0.name }, .reset: TermCatalogue.shipped.reset.map { $0.name },
  ]

  @Test(arguments: TaskReference.Section.allCases)
  func everyTermIsThereOnce(section: TaskReference.Section) {
    let documented = TaskReference.terms.filter { $0.section == section }.map(\.name)
    #expect(documented.sorted() == Self.names[section]?.sorted())
  }

  /// What a term's reader asks for is what its settings list, and its example is read.
  @Test(arguments: TaskReference.terms.map { "\($0.section.rawValue) \($0.name)" })
  func settingsAreThoseThatAreRead(of name: String) throws {
    let term = try #require(TaskReference.terms.first { "\($0.section.rawValue) \($0.name)" == name })
    let model = try Model(mjcf: Self.model, name: "model.xml")
    let maze = try Maze(settings("{cell: 1, map: \"#####\\n#S.G#\\n#####\"}"))
    let context = TermContext(model: model, maze: maze)
    if term.section != .commands {
      _ = try VelocityCommand(settings("{}"), context)
      _ = try PathCommand(settings("{body: torso}"), context)
    }
    let settings = try settings("{\(term.exampleSettings ?? "")}")
    let weighted = term.section == .reward ? ["weight"] : []
    if term.section == .reward { _ = try settings.number("weight") }
    func make(_ types: [any Term.Type]) throws {
      _ = try #require(types.first { $0.name == term.name }).init(settings, context)
    }
    switch term.section {
    case .observation: try make(TermCatalogue.shipped.observation)
    case .reward: try make(TermCatalogue.shipped.reward)
    case .termination, .success: try make(TermCatalogue.shipped.termination)
    case .commands: try make(TermCatalogue.shipped.command)
    case .reset: try make(TermCatalogue.shipped.reset)
    }
    try settings.finish()
    #expect(settings.askedKeys.sorted() == (term.settings.map(\.key) + weighted).sorted())
  }

  private func settings(_ text: String) throws -> TaskSettings {
    try TaskSettings(#require(try Yams.compose(yaml: text)), file: "task.yaml", path: "term")
  }

  @Test func keysAreThoseThatAreRead() throws {
    let text = """
      {model: x, control_period: 0.02, time_limit: 5, observation: [positions], reward: [{alive: {weight: 1}}],
       terrain: {geometry: floor, half_size: 2}, maze: {cell: 1, map: "#####\\n#S.G#\\n#####"}, pushes: {force: 1}}
      """
    let settings = try settings(text)
    _ = try TaskDefinition(settings, name: "t") { settings in
      _ = try settings.text("model")
      return try Model(mjcf: Self.model, name: "model.xml")
    }
    #expect(settings.askedKeys.sorted() == TaskReference.keys.map(\.key).sorted())
    for (section, keys) in [
      ("terrain", TaskReference.terrain), ("maze", TaskReference.maze), ("pushes", TaskReference.pushes),
    ] {
      for key in keys where key.usual != nil {
        #expect(throws: UnknownNameError.self, "\(section).\(key.key)x") {
          let wrong = try self.settings(text.replacing("\(section): {", with: "\(section): {\(key.key)x: 1, "))
          _ = try TaskDefinition(wrong, name: "t") { settings in
            _ = try settings.text("model")
            return try Model(mjcf: Self.model, name: "model.xml")
          }
        }
      }
    }
    #expect(TaskReference.distributions.map(\.key).sorted() == ParameterDistribution.kinds.sorted())
  }

  @Test func thePageIsMadeOfIt() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appendingPathComponent("Documentation/tasks.md"), encoding: .utf8)
    #expect(page == TaskReference.markdown, "make it anew: sinew env terms --markdown > Documentation/tasks.md")
  }

  /// A key that there is not is named before one that is missing.
  @Test func unknownComesBeforeMissing() throws {
    let text =
      "{model: x, control_period: 0.02, time_limit: 5, observations: [positions], reward: [{alive: {weight: 1}}]}"
    let error = #expect(throws: UnknownNameError.self) {
      _ = try TaskDefinition(try settings(text), name: "t") { _ in try Model(mjcf: Self.model, name: "model.xml") }
    }
    #expect(error?.description.hasSuffix("'observations'; did you mean 'observation'?") == true)
  }
}
