import ArgumentParser
import Foundation

extension EnvironmentCommand {
  struct View: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "See an environment move.",
      discussion: """
        Opens a page that shows it, or prints where the page is; --replay names its file. With --video or --picture \
        alone only these are written.
        """)

    /// What can be done without a policy.
    enum Actions: String, CaseIterable, ExpressibleByArgument {
      /// Uniform in their ranges.
      case random
      /// Zero, or the nearest to it that is allowed.
      case zero
    }

    @Argument(
      help:
        "A name from 'sinew env list', the path of a task.yaml, or an MJCF or URDF file; a URDF falls onto the ground.")
    var environment: String

    @OptionGroup var gymnasium: GymnasiumOptions

    @Flag(name: .customLong("fixed-base"), help: "Fix the root of a bare URDF to the world instead.")
    var fixedBase = false

    @Option(help: "What it does.")
    var actions = Actions.random

    @Option(help: ArgumentHelp("Episodes, of which a page shows three.", valueName: "n"))
    var episodes = 1

    @Option(help: ArgumentHelp("The seed of the episodes and the actions.", valueName: "s"))
    var seed = 0

    @OptionGroup var viewing: ViewingOptions

    func validate() throws {
      if episodes < 1 { throw ValidationError("--episodes must be at least 1, not \(episodes)") }
      if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
    }

    func run() throws {
      if GymnasiumSettings.isReference(environment) {
        guard viewing.replay == nil, viewing.draws else {
          throw UsageError("\(environment) draws itself: name a film with --video or a picture with --picture")
        }
        return try show(gymnasium.makeEnvironment(environment, renders: true))
      }
      let environment = try makeEnvironment()
      guard environment.simulation != nil else {
        throw UsageError("\(environment.name) has no physics to look at: its simulation is nil")
      }
      try show(environment)
    }

    private func makeEnvironment() throws -> any SinewEnvironments.Environment {
      if let added = EnvironmentCatalogue.added(environment) { return try added.make() }
      let definition =
        try EnvironmentCatalogue.isModelFile(environment)
        ? EnvironmentCatalogue.bareModel(environment, fixedBase: fixedBase)
        : EnvironmentCatalogue.definition(environment)
      if definition.isRigid { ProgressLine().note("\(environment): none of its bodies can move: it has no joints") }
      return try TaskEnvironment(definition)
    }

    private func show(_ environment: any SinewEnvironments.Environment) throws {
      let wantsPage = viewing.replay != nil || !viewing.draws
      try viewing.requireWritableFiles()
      let recording = viewing.recording(
        title: environment.name, subtitle: "\(actions.rawValue) actions, seed \(seed)", page: wantsPage)
      try runEpisodes(in: environment, observers: recording.observers)
      let page = wantsPage ? try viewing.replay ?? temporaryFile("\(environment.name).html") : nil
      try recording.write(page: page, picture: viewing.picture, of: environment)
      for file in [page, viewing.video, viewing.picture] { if let file { try printLine(file) } }
      if viewing.replay == nil, let page { open(page) }
    }

    private func runEpisodes(in environment: any SinewEnvironments.Environment, observers: [any EpisodeObserver]) throws
    {
      let space = environment.actionSpace
      let limit = environment.longestEpisode
      for episode in 0..<episodes {
        var generator = RandomGenerator(seed: UInt64(seed)).split("view").split(UInt64(episode))
        _ = try environment.reset(seed: generator.next())
        for observer in observers { try observer.episodeBegan(in: environment) }
        var (total, length, terminated) = (0.0, 0, false)
        while length < limit {
          let action = zip(space.low, space.high).map { low, high in
            actions == .random
              ? Float(generator.uniform(Double(low)...Double(high))) : Swift.min(Swift.max(0, low), high)
          }
          let outcome = try environment.step(action).outcome
          (total, length, terminated) = (total + outcome.reward, length + 1, outcome.terminated)
          for observer in observers { try observer.episodeStepped(in: environment, outcome: outcome) }
          if outcome.ended { break }
        }
        for observer in observers {
          try observer.episodeEnded(in: environment, total: total, length: length, terminated: terminated)
        }
      }
    }

    /// In a folder of its own, which stays: the page is still to be read.
    private func temporaryFile(_ name: String) throws -> String {
      let folder = FileManager.default.temporaryDirectory.appending(path: "sinew-\(UUID().uuidString.prefix(8))")
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      } catch {
        throw FileError(
          "cannot make a folder for the page: \(error.localizedDescription); name a file with --replay")
      }
      return folder.appending(path: name).path
    }

    /// Shows a page in a browser where there is a screen. Its path is printed whether or not that works.
    private func open(_ page: String) {
      let variables = ProcessInfo.processInfo.environment
      guard ["DISPLAY", "WAYLAND_DISPLAY"].contains(where: { variables[$0]?.isEmpty == false }) else { return }
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["xdg-open", page]
      process.standardError = FileHandle.nullDevice
      try? process.run()
    }
  }
}
