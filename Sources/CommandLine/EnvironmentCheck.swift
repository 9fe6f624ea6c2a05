import ArgumentParser
import Foundation

extension EnvironmentCommand {
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say how a model file is understood: MJCF, URDF, or the model of a task.",
      discussion: """
        Prints the tree of bodies with masses, joints and shapes, the actuators, everything that was left out with its line, \
        and whether the model can be simulated. Succeeds if it can. Of an environment that a Swift type implements it says \
        which promises it breaks: reproducible resets, snapshots, finite numbers, bounds. Documentation/models.md says what is read.
        """)

    @Argument(help: "An MJCF or URDF file, the path of a task.yaml, or a name from 'sinew env list'.")
    var file: String

    @Flag(name: .customLong("free-base"), help: "Let the root of a URDF float instead of fixing it to the world.")
    var freeBase = false

    @Option(
      help: ArgumentHelp("Timesteps to simulate without control, and again with random controls.", valueName: "n"))
    var steps = 200

    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (0...1_000_000).contains(steps) else { throw ValidationError("--steps takes 0 to 1000000") }
    }

    func run() throws {
      if let added = EnvironmentCatalogue.added(file) { return try check(added) }
      let model = try readModel()
      let floats = model.joints.contains { $0.kind == .free }
      if file.lowercased().hasSuffix(".urdf"), !floats, !freeBase {
        ProgressLine().note(
          "\(file): its root is fixed to the world; --free-base lets it float, as 'base: free' does in a task")
      }
      let report = ModelReport(model, trial: ModelTrial(model, steps: steps))
      try output.print(report.text, json: ValueTree(encoding: report))
      if let problem = report.trial?.problem { throw EnvironmentError("\(file): not simulated: \(problem)") }
    }

    /// An environment that a Swift type implements keeps its promises, or what it breaks is said.
    private func check(_ added: AddedEnvironment) throws {
      let problems = checkEnvironment(try added.make(), steps: steps)
      let verdict =
        problems.isEmpty ? "keeps what an environment promises, over \(steps) steps and more" : "broken promises:"
      try output.print(
        (["\(added.name): \(verdict)"] + problems.map { "  \($0)" }).joined(separator: "\n"),
        json: .table([
          ValueTree.Entry("name", .text(added.name)), ValueTree.Entry("problems", .list(problems.map { .text($0) })),
        ]))
      if !problems.isEmpty { throw TrainingError("\(added.name): \(problems[0])") }
    }

    private func readModel() throws -> Model {
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
      let isTask = [".yaml", ".yml"].contains { file.hasSuffix($0) } || isFolder.boolValue
      if isTask || (!exists && EnvironmentCatalogue.names.contains(file)) {
        let definition = try EnvironmentCatalogue.definition(file)
        try tryTask(definition)
        return definition.model
      }
      return try Model(contentsOf: URL(fileURLWithPath: file), freeBase: freeBase)
    }

    /// A task must begin an episode and take a step, too.
    private func tryTask(_ definition: TaskDefinition) throws {
      let environment = try TaskEnvironment(definition)
      _ = try environment.reset(seed: 0)
      let space = environment.actionSpace
      let middle = zip(space.low, space.high).map { ($0 + $1) / 2 }
      for _ in 0..<10 { if try environment.step(middle).outcome.terminated { break } }
    }
  }
}
