import Foundation
import SinewEvaluation
import SinewFiles
import SinewSettings
import SinewTraining

/// A search for settings: its folder, what it has tried, and what it tries next. Whoever owns it makes the runs.
///
///     tune.yaml        what it is to do
///     default.yaml     the settings that are varied from
///     journal.jsonl    a line a trial that has ended
///     trials/N/        the runs of trial N, one for each seed
///     tune.html        every trial, each setting's effect
///     best.yaml        the best settings, for `sinew train --config`
///     report/          runs of the best and of the default settings on seeds of their own
public final class TuningStudy {
  /// Where it is.
  public let folder: URL
  /// What it is to do.
  public let plan: TuningPlan
  /// What is varied.
  public let space: SearchSpace
  /// What a run is worth.
  public let objective: TuningObjective
  /// The settings that are varied from.
  public let configuration: RunConfiguration
  private let document: ValueTree
  private let algorithm: Algorithm
  private let method: any SearchMethod
  private let journal: TuningJournal
  private let lock: RunLock
  private var begun: [Int: Proposal] = [:]
  private var isExhausted = false
  private var latest: (trials: [TuningTrial], surrogate: Surrogate?)?

  /// A trial that is to be run.
  public struct Task: Sendable {
    /// Its number, from 0.
    public let number: Int
    /// The steps of its runs.
    public let steps: Int
    /// The trial whose runs it goes on with; nil for new ones.
    public let continued: Int?
    let proposal: Proposal
  }

  /// Begins a study in a folder, which is made where there is none.
  ///
  /// Throws `UsageError` where the plan cannot be, and where the folder holds something.
  public convenience init(
    creating folder: URL, _ plan: TuningPlan, configuration: RunConfiguration, algorithm: Algorithm
  ) throws {
    let document = try RunFolder.document(configuration, algorithm)
    try plan.validate()
    _ = try TuningObjective(plan.objective)
    _ = try Self.method(plan, plan.searchSpace(of: document, algorithm))
    if FileSystem.exists(folder) {
      guard FileSystem.isDirectory(folder), try FileSystem.names(in: folder).isEmpty else {
        throw UsageError(
          "\(folder.relativePath) is not empty: continue a search with 'sinew resume', or name another folder")
      }
    }
    try FileSystem.makeDirectory(folder)
    try FileSystem.write(document.yaml, to: folder.appending(path: "default.yaml"))
    // Last: a folder with it can be gone on with.
    try FileSystem.write(ValueTree(encoding: plan).yaml, to: folder.appending(path: Self.planName))
    try self.init(resuming: folder)
  }

  private static let planName = "tune.yaml"

  /// Whether a folder is that of a study.
  public static func isStudy(_ folder: URL) -> Bool { FileSystem.exists(folder.appending(path: planName)) }

  /// Goes on with a study. Throws where it is none, its files are not as it left them, or another process is at it.
  public init(resuming folder: URL) throws {
    self.folder = folder
    lock = try RunLock(folder)
    var tree = try ValueTree(encoding: TuningPlan())
    tree["space"] = .list([.text("")])
    try tree.overlay(yamlFile: folder.appending(path: Self.planName))
    plan = try tree.decoded()
    try plan.validate()
    let base = folder.appending(path: "default.yaml")
    let name = try ValueTree.text(under: "algorithm", inYAMLFile: base)
    var document = try RunFolder.document(RunConfiguration(algorithm: name, environment: ""), Algorithm.named(name))
    try document.overlay(yamlFile: base)
    self.document = document
    (configuration, algorithm) = try RunFolder.settings(from: document, algorithm: Algorithm.named(name))
    objective = try TuningObjective(plan.objective)
    space = try plan.searchSpace(of: document, algorithm)
    method = try Self.method(plan, space)
    journal = try TuningJournal(folder.appending(path: "journal.jsonl"), space, trials: method.trials)
  }

  private static func method(_ plan: TuningPlan, _ space: SearchSpace) throws -> any SearchMethod {
    let seed = UInt64(plan.seed)
    switch plan.method {
    case .bayes: return BayesianSearch(space, trials: plan.trials, atOnce: plan.atOnce, seed: seed)
    case .random: return RandomSearch(space, trials: plan.trials, seed: seed)
    case .halving:
      let halving = SuccessiveHalving(space, settings: plan.trials, seed: seed)
      guard halving.smallestBudget * Double(plan.steps) >= 1 else {
        throw UsageError("halving from \(plan.trials) settings leaves less than one of \(plan.steps) steps to each")
      }
      return halving
    }
  }

  /// How many trials there are in all.
  public var trialCount: Int { method.trials }
  /// The trials that have ended, by number.
  public var trials: [TuningTrial] { journal.trials.values.sorted { $0.number < $1.number } }

  /// The next trial that can be begun; nil where those that go on must end first, or there is none.
  public func next() -> Task? {
    guard !isExhausted,
      let number = (0..<method.trials).first(where: { journal.trials[$0] == nil && begun[$0] == nil })
    else { return nil }
    let needed = method.needed(for: number)
    let known = (0..<needed).compactMap { journal.trials[$0] }
    guard known.count == needed else { return nil }
    let pending = (needed..<number).compactMap { begun[$0]?.point ?? journal.trials[$0]?.point }
    let observations = known.map { Observation($0.point, $0.value) }
    guard let proposal = method.proposal(for: number, known: observations, pending: pending) else {
      isExhausted = true
      return nil
    }
    begun[number] = proposal
    let steps = max(1, Int((proposal.budget * Double(plan.steps)).rounded()))
    return Task(number: number, steps: steps, continued: proposal.continued, proposal: proposal)
  }

  /// Whether trials are left to begin.
  public var hasMore: Bool {
    !isExhausted && (0..<method.trials).contains { journal.trials[$0] == nil && begun[$0] == nil }
  }

  /// The folder of a trial's runs; one that goes on with another's has them there.
  public func folder(of task: Task) -> URL {
    var first = task.number
    var before = task.continued
    while let number = before, number < first { (first, before) = (number, journal.trials[number]?.continued) }
    return folder.appending(path: "trials/\(first)")
  }

  /// What a trial's settings are called: `critic_learning_rate=0.001, batch_size=64`.
  public func label(_ point: [Double]) -> String {
    space.settings(at: point).map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }

  /// The settings of a trial's point.
  public func label(of task: Task) -> String { label(task.proposal.point) }

  /// What the runs of a trial are made with. Throws `UsageError` where its settings do not go together.
  public func settings(of task: Task) throws -> (configuration: RunConfiguration, algorithm: Algorithm) {
    var (configuration, algorithm) = try settings(at: task.proposal.point)
    configuration.steps = task.steps
    return (configuration, algorithm)
  }

  private func settings(at point: [Double]) throws -> (configuration: RunConfiguration, algorithm: Algorithm) {
    var document = document
    for (key, value) in space.settings(at: point) { try document.overlay(assignment: "\(key)=\(value)") }
    return try RunFolder.settings(from: document, algorithm: algorithm)
  }

  /// The settings of a side of the report.
  public func settings(of side: Side) throws -> (configuration: RunConfiguration, algorithm: Algorithm) {
    guard side == .best, let best else { return (configuration, algorithm) }
    return try settings(at: best.point)
  }

  /// Keeps what came of a trial: the runs that its folder holds, or why it failed.
  @discardableResult
  public func record(_ task: Task, runs: [RunHistory], failure: String?) throws -> TuningTrial {
    var trial = TuningTrial(
      number: task.number, point: task.proposal.point, steps: task.steps, continued: task.continued)
    let values = runs.map { objective.value(of: $0) }
    trial.failure = failure ?? (values.contains(nil) || values.isEmpty ? "a run has no evaluation" : nil)
    if trial.failure == nil {
      trial.runs = values.compactMap { $0 }
      let value = Statistics.interquartileMean(trial.runs)
      if value.isFinite { trial.value = value } else { trial.failure = "its value is not finite" }
    }
    try journal.append(trial)
    begun[task.number] = nil
    return trial
  }

  /// The trials of the most steps, which alone can be compared.
  var whole: [TuningTrial] {
    let most = trials.filter { $0.value != nil }.map(\.steps).max()
    return trials.filter { $0.steps == most }
  }

  /// What is known of the space from the trials of the most steps; nil where none has a value.
  public var surrogate: Surrogate? {
    if let latest, latest.trials == whole { return latest.surrogate }
    latest = (whole, Surrogate(space, whole.map { Observation($0.point, $0.value) }))
    return latest?.surrogate
  }

  /// The best trial: of Bayesian optimisation that with the greatest mean by what is known, which is not fooled by a
  /// lucky one; else that of the greatest value. Nil where none has one.
  public var best: TuningTrial? {
    let candidates = whole.filter { $0.value != nil }
    let process = plan.method == .bayes ? surrogate?.process : nil
    return candidates.max { first, second in
      let means = [first, second].map { process?.posterior(at: $0.point).mean ?? 0 }
      return (means[0], first.value ?? 0) < (means[1], second.value ?? 0)
    }
  }

  /// Writes `best.yaml` and the page.
  public func write(_ report: TuningReport? = nil) throws {
    if best != nil {
      let (configuration, algorithm) = try settings(of: Side.best)
      try FileSystem.write(RunFolder.document(configuration, algorithm).yaml, to: bestFile)
    }
    try FileSystem.write(page(report), to: pageFile)
  }

  /// The best settings, as a configuration.
  public var bestFile: URL { folder.appending(path: "best.yaml") }
  /// The page.
  public var pageFile: URL { folder.appending(path: "tune.html") }

  /// What is compared on seeds that nothing was tuned with.
  public enum Side: String, Sendable, CaseIterable {
    case best, `default`
  }

  /// The folder of the runs of a side of the report.
  public func folder(of side: Side) -> URL { folder.appending(path: "report/\(side.rawValue)") }
}
