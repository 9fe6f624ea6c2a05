import ArgumentParser
import Foundation

struct OffPolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ope",
    abstract: "Estimate what policies are worth from a dataset, without the environment.",
    discussion: """
      Fitted Q evaluation (fqe), doubly robust (dr), rollouts in a fitted model (model), weighted (wis) and plain (is) \
      importance sampling; where they agree, and what of it cannot be trusted. Values are discounted. \
      Documentation/ope.md explains every number.

      Settings for --set:
      discount, smoothing, episodes
      least_log_ratio, greatest_log_ratio: limits of a step's ratio
      fqe.updates, .members, .batch_size, .learning_rate, \
      .weight_decay, .averaging_rate, .network.hidden_sizes
      behaviour.updates, …: who recorded the data
      model.updates, .members, .starts, …
      """)

  @OptionGroup var policies: PolicyOptions

  @Option(help: DatasetCommand.reference)
  var dataset: String

  @OptionGroup var cutting: EpisodeLengthOption

  @Option(
    help: ArgumentHelp(
      "Some of \(OffPolicyEstimator.allCases.map(\.rawValue).joined(separator: ",")) (default: all).",
      valueName: "names"))
  var estimators: String?

  @Flag(help: "Value policies as they draw actions, not their deterministic ones.")
  var sampled = false

  @Option(
    help: ArgumentHelp("The policy that recorded the data by drawing (default: one is fitted).", valueName: "run"))
  var behaviour: String?

  @Option(help: ArgumentHelp("Episodes of each policy in the environment, for its true value.", valueName: "n"))
  var truth: Int?

  @Option(
    help: ArgumentHelp("True discounted values, in the policies' order, commas between.", valueName: "values"))
  var trueValues: String?

  @Option(name: .customLong("env"), help: "The environment of --truth (default: the dataset's).")
  var environment: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("One setting, such as fqe.updates=20000; repeatable.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: ArgumentHelp("The seed of everything that is drawn.", valueName: "s"))
  var seed = 0

  @Option(help: ArgumentHelp("Threads; the result does not depend on it.", valueName: "n"))
  var threads = 1

  @Option(help: ArgumentHelp("Write a page.", valueName: "file.html"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
    try requireOption("threads", threads, in: 1...Execution.mostThreads)
    if let truth { try requireOption("truth", truth, in: 1...1_000_000) }
    if truth != nil, trueValues != nil { throw ValidationError("--truth or --true-values, not both") }
  }

  private func chosenEstimators() throws -> [OffPolicyEstimator] {
    guard let estimators else { return OffPolicyEstimator.allCases }
    return try estimators.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let estimator = OffPolicyEstimator(rawValue: String(name)) else {
        throw UnknownNameError(
          kind: "estimator", name: String(name), known: OffPolicyEstimator.allCases.map(\.rawValue))
      }
      return estimator
    }
  }

  private func settings() throws -> OffPolicySettings {
    var tree = try ValueTree(encoding: OffPolicySettings())
    for assignment in assignments { try tree.overlay(assignment: assignment) }
    let settings = try tree.decoded(as: OffPolicySettings.self)
    try settings.check()
    return settings
  }

  func run() throws {
    try requirePageName(out)
    let settings = try settings()
    let estimators = try chosenEstimators()
    try requireWritable([out])
    let progress = ProgressLine()
    let data = try DatasetCatalogue.load(dataset, episodeLength: cutting.episodeLength, note: progress.note)
    let entrants = try entrants(data, asksForDensity: self.estimators != nil && estimators.contains { $0.needsDensity })
    let known = try values(for: entrants.count)
    let environments = try truth.map { _ in try entrants.map { try makeEnvironment($0, data.info) } }
    let density = try behaviour.map { try recorder($0, data) }
    Execution.threads = threads
    Interruption.install()
    defer { progress.close() }
    do {
      let evaluator = try OffPolicyEvaluator(
        data, settings, estimators: estimators, behaviour: density, seed: seed,
        progress: { text in progress.tick { text } }, stopWhen: { Interruption.isRequested })
      var entries: [OffPolicyReport.Entry] = []
      for (index, entrant) in entrants.enumerated() {
        let target = entrant.target
        var entry: OffPolicyReport.Entry
        do {
          entry = OffPolicyReport.Entry(
            name: entrant.name, step: entrant.step, findings: try evaluator.findings(of: target))
        } catch let error as TrainingError { throw TrainingError("\(entrant.name): \(error)") }
        if let environment = environments?[index], let truth {
          entry.truth = try TrueValue.measure(
            target, in: environment, episodes: truth, discount: settings.discount, seed: seed,
            afterEpisode: { episode in progress.tick { "\(entrant.name): episode \(episode)/\(truth)" } },
            stopWhen: { Interruption.isRequested }
          ).discounted
        } else if let known {
          entry.truth = [known[index]]
        }
        progress.note("\(entrant.name) is valued (\(index + 1)/\(entrants.count))")
        entries.append(entry)
      }
      let figures = OffPolicyFigures(
        dataset: data, settings: settings, sampled: sampled, behaviour: behaviour, seed: seed, truth: truth,
        report: OffPolicyReport(entries))
      if let out {
        try figures.report.page(title: "Policies on \(data.info.name.printable())", notes: figures.notes).write(
          toFile: out)
      }
      progress.close()
      try output.print(
        (figures.text + (out.map { ["written: \($0)"] } ?? [])).joined(separator: "\n"), json: figures.json)
    } catch is InterruptedStep {
      Interruption.endIfRequested()
      throw TrainingError("stopped")
    }
  }

  // MARK: Policies

  private struct Entrant {
    var name: String
    var step: Int
    var target: TargetPolicy
    /// Nil for random actions.
    var saved: RunFolder.SavedLearner?
  }

  private func entrants(_ data: Dataset, asksForDensity: Bool) throws -> [Entrant] {
    try policies.load().map { name, saved in
      guard let saved else {
        let random = UniformRandomPolicy(
          observationSize: data.info.observationSize, actionSize: data.info.actionSize,
          generator: RandomGenerator(seed: UInt64(seed)).split("random policy"))
        return Entrant(name: name, step: 0, target: try TargetPolicy(random, samples: true), saved: nil)
      }
      do {
        try data.info.requireFit(saved.task)
        let target = try TargetPolicy(saved.policy, samples: sampled)
        if asksForDensity, !OffPolicyEvaluator.hasDensity(target) {
          throw UsageError(
            "importance sampling needs a density, and what it draws actions from has none that is known: leave is, wis "
              + "and dr out, or --sampled")
        }
        return Entrant(name: name, step: saved.step, target: target, saved: saved)
      } catch { throw UsageError("\(name): \(error)") }
    }
  }

  private func recorder(_ name: String, _ data: Dataset) throws -> any ActionDensity {
    let saved = try RunFolder.SavedLearner.named(name)
    do { try data.info.requireFit(saved.task) } catch { throw UsageError("--behaviour \(name): \(error)") }
    guard let density = GaussianDensity(of: saved.policy) else {
      throw UsageError("--behaviour \(name): what it draws actions from has no density that is known")
    }
    return density
  }

  private func values(for count: Int) throws -> [Double]? {
    guard let trueValues else { return nil }
    let values = trueValues.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmingCharacters(in: .whitespaces)) ?? .nan
    }
    guard values.count == count, values.allSatisfy(\.isFinite) else {
      throw UsageError(
        "--true-values \(trueValues): expected \(count) numbers with commas between, one for each policy")
    }
    return values
  }

  private func makeEnvironment(_ entrant: Entrant, _ info: DatasetInfo) throws -> any SinewEnvironments.Environment {
    guard let reference = environment.map({ environmentReference($0) }) ?? info.environment else {
      throw UsageError("\(dataset) does not say its environment: name one with --env")
    }
    let made =
      try entrant.saved?.makeEnvironment(reference == entrant.saved?.environment ? nil : reference)
      ?? EnvironmentCatalogue.make(reference)
    // What does not fit is said before anything is fitted.
    do { _ = try EpisodeRunner(policy: entrant.target.policy, environment: made) } catch {
      throw UsageError("\(entrant.name): \(error)")
    }
    return made
  }
}

extension OffPolicyEstimator {
  fileprivate var needsDensity: Bool { self == .importance || self == .wis || self == .dr }
}

extension DatasetInfo {
  /// Throws `UsageError` where a policy sees or does other things than were recorded.
  fileprivate func requireFit(_ task: LearnerTask) throws {
    guard task.observationSize == observationSize, task.actionSize == actionSize else {
      throw UsageError(
        "it takes \(task.observationSize) observations and gives \(task.actionSize) actions, but \(self.name.printable()) "
          + "has \(observationSize) and \(actionSize)")
    }
    for index in actionLow.indices {
      let tolerance = 1e-4 * (actionHigh[index] - actionLow[index])
      guard abs(task.actionLow[index] - actionLow[index]) <= tolerance,
        abs(task.actionHigh[index] - actionHigh[index]) <= tolerance
      else {
        throw UsageError(
          "its action \(index) goes from \(task.actionLow[index]) to \(task.actionHigh[index]), in "
            + "\(self.name.printable()) from \(actionLow[index]) to \(actionHigh[index])")
      }
    }
  }
}
