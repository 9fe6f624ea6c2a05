import ArgumentParser
import Foundation

struct TransferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "Let a policy act in another simulator's version of its task, and say what it keeps.",
    discussion: """
      Of an environment here, the other is Gymnasium's that its task.yaml names (hopper: gym:Hopper-v5); of an \
      environment of Gymnasium's, ours of that task. Each episode begins in the same state on both sides, where \
      MuJoCo can be told it. Documentation/transfer.md.
      """)

  @Argument(help: ArgumentHelp("Run folders, policy files, or names of policies that ship.", valueName: "run"))
  var runs: [String]

  @Option(name: .customLong("env"), help: "Where the policy was trained, of a file that does not say it.")
  var environment: String?

  @Option(help: ArgumentHelp("Where else it acts (default: the other one of the same task).", valueName: "env"))
  var to: String?

  @Option(help: ArgumentHelp("Episodes on each side.", valueName: "n"))
  var episodes = 20

  @Option(help: ArgumentHelp("The seed that the episodes are split from.", valueName: "s"))
  var seed = 0

  @Option(
    help: ArgumentHelp(
      "Episodes have parted where a component of the observation differs by this share of its spread.",
      valueName: "share"))
  var apart = 0.1

  @Option(help: ArgumentHelp("best, last, or step-N (default: best where there is one).", valueName: "which"))
  var checkpoint: String?

  @OptionGroup var gymnasium: GymnasiumOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if runs.isEmpty { throw ValidationError("name a run, or several") }
    if episodes < 1 { throw ValidationError("--episodes must be at least 1, not \(episodes)") }
    if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
    guard apart > 0, apart.isFinite else { throw ValidationError("--apart must be above 0, not \(apart)") }
  }

  func run() throws {
    var results: [Result] = []
    for run in runs { results.append(Result(run: run, transfer: try transfer(run))) }
    try output.print(Result.text(results), json: Result.json(results))
  }

  private func transfer(_ run: String) throws -> Transfer {
    let saved = try RunFolder.SavedLearner.named(run, checkpoint: checkpoint)
    let home = environment.map { environmentReference($0) } ?? saved.environment
    if home == RunConfiguration.noEnvironment { throw UsageError("\(run) has no environment: name one with --env") }
    let other = try to.map { environmentReference($0) } ?? Self.counterpart(of: home)
    let ours = [home, other].first { !GymnasiumSettings.isReference($0) }
    let (first, second) = (
      try saved.makeEnvironment(home == saved.environment ? nil : home, adjusting: gymnasium.adjust),
      try saved.makeEnvironment(other, adjusting: gymnasium.adjust)
    )
    // What the run drew anew for each episode would be on one side alone.
    for parameter in first.parameters where parameter.isSet { try first.releaseParameter(parameter.name) }
    let progress = ProgressLine()
    defer { progress.close() }
    return try Transfer(
      of: saved.policy, from: first, to: second,
      names: Transfer.Names(ours.flatMap { try? EnvironmentCatalogue.definition($0) }), episodes: episodes, seed: seed,
      apart: apart, afterEpisode: { done in progress.tick { "\(run): episode \(done)/\(2 * episodes)" } })
  }

  /// The other simulator's environment of the same task.
  private static func counterpart(of environment: String) throws -> String {
    if GymnasiumSettings.isReference(environment) {
      let id = String(environment.dropFirst(GymnasiumSettings.prefix.count))
      if let twin = EnvironmentCatalogue.twin(ofGymnasium: id) { return twin }
      throw UsageError("\(environment) has no counterpart here: name where else the policy acts with --to")
    }
    if let id = try EnvironmentCatalogue.definition(environment).gymnasium { return GymnasiumSettings.prefix + id }
    throw UsageError(
      "\(environment) has no counterpart in Gymnasium, for its task has no key 'gymnasium': name where else the policy "
        + "acts with --to")
  }
}

extension TransferCommand {
  /// What became of a run's policy, for people and for programs.
  struct Result {
    var run: String
    var transfer: Transfer

    private static func seconds(_ value: Double) -> String { String(format: "%.2f", value) }
    private static func share(_ value: Double) -> String { String(format: "%.1f", 100 * value) }
    private static func kept(_ kept: (share: Double, interval: ClosedRange<Double>)?) -> String {
      guard let kept else { return "no share: a return at home is not above 0" }
      return "\(share(kept.share)) % (\(share(kept.interval.lowerBound)) to \(share(kept.interval.upperBound)) %)"
    }

    static func text(_ results: [Result]) -> String {
      if results.count == 1, let only = results.first { return only.text }
      let rows = results.map { result in
        let (home, away) = (result.transfer.home, result.transfer.away)
        return [
          result.run, home.environment, figure(home.returnMean), away.environment, figure(away.returnMean),
          figure(away.lengthMean), kept(result.transfer.kept), result.transfer.medianParting.map(seconds) ?? "-",
        ]
      }
      let header = ["run", "trained in", "return", "acts in", "return", "length", "kept", "parts after s"]
      let table = aligned([header] + rows)
      return (table + ["all together: \(kept(Transfer.kept(results.map(\.transfer))))"]).joined(separator: "\n")
    }

    private var text: String {
      let (home, away) = (transfer.home, transfer.away)
      let starts =
        transfer.hasSameStarts ? "the same starts on both sides" : "starts of the same distribution, not the same ones"
      let heading =
        "\(run): trained in \(home.environment), acts in \(away.environment); \(home.returns.count) episodes, seed "
        + "\(home.seed), \(starts)"
      let table = aligned([
        Evaluate.Result.header(nil), Evaluate.Result.row(home.environment, home),
        Evaluate.Result.row(away.environment, away),
      ])
      let figures = aligned(
        [["", "", home.environment, away.environment, "ratio"]]
          + transfer.quantities.map { quantity in
            func precise(_ value: Double) -> String { String(format: "%.4f", value) }
            return [
              quantity.kind.replacing("_", with: " "), quantity.of, precise(quantity.home), precise(quantity.away),
              quantity.ratio.map { String(format: "%.2f", $0) } ?? "-",
            ]
          })
      return ([heading] + table + ["kept: \(Self.kept(transfer.kept))"] + parting + figures).joined(separator: "\n")
    }

    private var parting: [String] {
      guard let median = transfer.medianParting else { return [] }
      let all = transfer.partings.map(\.seconds)
      let (first, last) = (all.min() ?? median, all.max() ?? median)
      let component = transfer.firstToPart.map { ", most of them (\($0.episodes)) in \($0.component)" } ?? ""
      return [
        "parts by \(Self.share(transfer.apart)) % of a component's spread after \(Self.seconds(median)) s at the "
          + "median (\(Self.seconds(first)) to \(Self.seconds(last)) s)\(component)"
      ]
    }

    static func json(_ results: [Result]) throws -> ValueTree {
      if results.count == 1, let only = results.first { return try only.json }
      let kept = Transfer.kept(results.map(\.transfer))
      return .table(
        [ValueTree.Entry("runs", .list(try results.map { try $0.json }))] + entries(kept))
    }

    private static func entries(_ kept: (share: Double, interval: ClosedRange<Double>)?) -> [ValueTree.Entry] {
      guard let kept else { return [] }
      return [
        ValueTree.Entry("kept", .number(kept.share)),
        ValueTree.Entry(
          "kept_ci95", .list([.number(kept.interval.lowerBound), .number(kept.interval.upperBound)])),
      ]
    }

    /// The run, both sides as `evaluate` has them, then what they have in common and in what they differ.
    private var json: ValueTree {
      get throws {
        .table(
          [
            ValueTree.Entry("run", .text(run)),
            ValueTree.Entry("home", try ValueTree(encoding: transfer.home.summary)),
            ValueTree.Entry("away", try ValueTree(encoding: transfer.away.summary)),
          ] + Self.entries(transfer.kept) + [
            ValueTree.Entry("same_starts", .boolean(transfer.hasSameStarts)),
            ValueTree.Entry("apart", .number(transfer.apart)),
            ValueTree.Entry("partings", try ValueTree(encoding: transfer.partings)),
            ValueTree.Entry("quantities", try ValueTree(encoding: transfer.quantities)),
          ])
      }
    }
  }
}
