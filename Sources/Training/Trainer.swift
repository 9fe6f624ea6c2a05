import Foundation
import SinewDatasets
import SinewEnvironments
import SinewEvaluation
import SinewFiles
import SinewPolicies
import SinewSettings
import SinewTensor

/// Runs the training of one algorithm: the loop, its evaluations, metrics and checkpoints.
///
///     let trainer = try Trainer(algorithm: .named("sac"), environment: "pendulum", steps: 10_000)
///     try trainer.run()
///     print(try Evaluation(of: trainer.policy, in: EnvironmentCatalogue.make("pendulum")))
///
/// With a run folder everything that decides the rest of the run is in each checkpoint: a run that was killed and is
/// resumed reaches the same bits as one that never was.
public final class Trainer {
  /// The algorithm with its hyper-parameters.
  public let algorithm: Algorithm
  /// The settings of the run.
  public let configuration: RunConfiguration
  /// The run folder; nil for a run that is kept in memory only.
  public let folder: RunFolder?
  /// Steps done: of environments, or of a learner from a dataset.
  public internal(set) var step = 0
  /// The step and the mean return of the best evaluation so far.
  public internal(set) var best: (step: Int, returnMean: Double)?
  /// The last evaluation that this process made.
  public internal(set) var lastEvaluation: Evaluation?
  /// The step that it was made at.
  public internal(set) var lastEvaluationStep: Int?
  /// The policy as it is now.
  public var policy: any Policy { loop.policy }

  /// Whether there is an environment to evaluate the policy in.
  var evaluates: Bool { configuration.environment != RunConfiguration.noEnvironment }
  let loop: any TrainingLoop
  let task: LearnerTask
  let makeEnvironment: () throws -> any Environment
  var evaluationEnvironment: (any Environment)?
  var speed = Speedometer()
  var logger: MetricsLogger?
  let checkpoints: CheckpointWriter?
  /// What names meant when the trainer was made.
  private let additions = Additions.current
  private(set) var lock: RunLock?
  /// The step of the last checkpoint that there is.
  public internal(set) var lastCheckpoint: Int?
  /// What was to be done after a step (evaluation, report, checkpoint) and was interrupted: the step before it. It is
  /// done first when the run goes on.
  var unfinished: Int?
  /// The step of the checkpoint on the disk that says so, and is written anew once it is done.
  var unfinishedCheckpoint: Int?

  /// How a call of `run` ended.
  public enum Outcome: Sendable, Equatable {
    /// All steps are done.
    case finished
    /// Stopped on request, with a checkpoint where there is a run folder.
    case interrupted
  }

  /// A new run.
  ///
  /// - Parameters:
  ///   - algorithm: what learns.
  ///   - configuration: everything else.
  ///   - folder: where to keep the run; must not exist or be empty. Nil keeps nothing.
  ///   - makeEnvironment: makes one environment; by default the catalogue's of that name, of which the run then keeps
  ///     the files.
  ///   - loadDataset: gives the dataset of a run; by default the catalogue's.
  /// Throws `UsageError` for settings that cannot be, and what the environment or the disk throw.
  public convenience init(
    algorithm: Algorithm, configuration: RunConfiguration, folder: URL? = nil,
    makeEnvironment: ((String) throws -> any Environment)? = nil,
    loadDataset: (RunConfiguration) throws -> Dataset = { try DatasetCatalogue.load(for: $0) }
  ) throws {
    try configuration.validate()
    let robot = makeEnvironment == nil ? RunRobot() : nil
    let makeEnvironment = configuration.preparing(
      makeEnvironment
        ?? configuration.hostingGymnasium { try robot?.make($0) ?? EnvironmentCatalogue.make($0) })
    let preparation = try Preparation(algorithm, configuration, makeEnvironment, loadDataset)
    try preparation.takeWeights()
    let run = try folder.map {
      try RunFolder(creating: $0, configuration: preparation.configuration, algorithm: algorithm, robot: robot)
    }
    try self.init(algorithm, preparation, run, makeEnvironment)
    try start()
  }

  /// A new run in memory with everything but the essentials at its default.
  public convenience init(
    algorithm: Algorithm, environment: String, steps: Int, seed: Int = 0, folder: URL? = nil
  ) throws {
    var configuration = RunConfiguration(algorithm: algorithm.name, environment: environment)
    configuration.steps = steps
    configuration.seed = seed
    try self.init(algorithm: algorithm, configuration: configuration, folder: folder)
  }

  /// Continues a run from its last checkpoint, or from the beginning where it was stopped before the first.
  ///
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - steps: a new total of steps, to train longer than was planned.
  ///   - algorithms: where the run's algorithm is looked up.
  ///   - makeEnvironment: makes one environment; by default of the files that the run keeps.
  ///   - loadDataset: as for a new run.
  public convenience init(
    resuming folder: URL, steps: Int? = nil, algorithms: [Algorithm]? = nil,
    makeEnvironment: ((String) throws -> any Environment)? = nil,
    loadDataset: (RunConfiguration) throws -> Dataset = { try DatasetCatalogue.load(for: $0) }
  ) throws {
    let run = try RunFolder(folder)
    try run.refuseLinks()
    var (configuration, algorithm) = try run.settings(among: algorithms ?? Algorithm.all)
    let planned = configuration.steps
    configuration.steps = steps ?? planned
    try configuration.validate()
    let robot = try makeEnvironment == nil ? RunRobot(of: run) : nil
    let makeEnvironment = configuration.preparing(
      makeEnvironment
        ?? configuration.hostingGymnasium { try robot?.make($0) ?? EnvironmentCatalogue.make($0) })
    let last = try Self.lastCheckpoint(of: run, fitting: algorithm)
    let preparation = try Preparation(algorithm, configuration, makeEnvironment, loadDataset)
    configuration = preparation.configuration
    try self.init(algorithm, preparation, run, makeEnvironment)
    try run.removeLeftovers()
    if let last {
      try load(.step(last), of: run)
    } else {
      try preparation.takeWeights()
      try start()
    }
    try checkpoints?.removeOld()
    guard configuration.steps >= step else {
      throw UsageError("\(folder.relativePath) has done \(step) steps already; name more than \(configuration.steps)")
    }
    if configuration.steps != planned { try run.write(configuration, algorithm) }
  }

  /// The step of the last checkpoint; nil where there is none. Throws where the sizes that the settings claim are not
  /// those of its arrays: that is looked at before memory is taken for them.
  private static func lastCheckpoint(of run: RunFolder, fitting algorithm: Algorithm) throws -> Int? {
    // Another process that trains here would take checkpoints away while they are read.
    let lock = try run.lock()
    return try withExtendedLifetime(lock) {
      guard let last = try run.checkpointSteps().last else { return nil }
      do { try algorithm.requireFit(run.read("learner", of: .step(last))) } catch {
        throw cannotContinue(run, .step(last), error)
      }
      return last
    }
  }

  private init(
    _ algorithm: Algorithm, _ preparation: Preparation, _ folder: RunFolder?,
    _ makeEnvironment: @escaping (String) throws -> any Environment
  ) throws {
    let configuration = preparation.configuration
    self.algorithm = algorithm
    self.configuration = configuration
    self.folder = folder
    (loop, task) = (preparation.loop, preparation.task)
    self.makeEnvironment = { try makeEnvironment(configuration.environment) }
    checkpoints = folder.map { CheckpointWriter($0, keep: configuration.checkpoint.keep) }
    lock = try folder?.lock()
  }

  /// Begins at step 0, clearing what an earlier attempt left of metrics and best learner.
  private func start() throws {
    if let folder {
      try FileSystem.remove(folder.bestFolder)
      logger = try MetricsLogger(folder.url, keepingUpTo: -1, settings: settings)
    }
    try loop.begin()
  }

  /// Trains until all steps are done or somebody wants it to stop. Where a step would take long to its end, the last
  /// checkpoint is what stays. Prints nothing: whoever is to see the progress is an observer, such as a
  /// ``ProgressLine``.
  ///
  /// - Parameters:
  ///   - observers: who is told what happens.
  ///   - isStopRequested: whether the run is to end; asked after every step, and within long ones.
  ///
  /// Throws `TrainingError` naming the step and the quantity for a non-finite loss, action or state; the checkpoints
  /// on disk stay as they were.
  @discardableResult
  public func run(
    observers: [any TrainingObserver] = [], stopWhen isStopRequested: () -> Bool = { false }
  ) throws -> Outcome {
    defer { for observer in observers { observer.ended(self) } }
    return try additions.use {
      try train(observers) { isStopRequested() || observers.contains { $0.wantsToStop(self) } }
    }
  }

  private func train(_ observers: [any TrainingObserver], stopWhen isStopRequested: () -> Bool) throws -> Outcome {
    func checkpoint() throws {
      try writeCheckpoint()
      if folder != nil { for observer in observers { observer.wroteCheckpoint(self) } }
    }
    Execution.threads = configuration.threads
    try takeLock()
    // A run that has ended is anybody's, this process's other trainers among them.
    defer { lock = nil }
    speed.start(step: step)
    if step < configuration.steps, let folder { try FileSystem.remove(folder.replayFile) }
    while step < configuration.steps || unfinished != nil {
      let before = unfinished ?? step
      do {
        if unfinished == nil { step += try loop.advance(stopWhen: isStopRequested) }
      } catch is InterruptedStep { return .interrupted } catch {
        try keep(before: error)
        throw stopped(by: error, at: before + 1)
      }
      unfinished = nil
      let isLast = step >= configuration.steps
      func isDue(_ interval: Int) -> Bool { isLast || interval > 0 && step / interval > before / interval }
      do {
        if isDue(configuration.evaluation.every), evaluates, try !evaluate(stopWhen: isStopRequested) {
          unfinished = before
          try checkpoint()
          return .interrupted
        }
      } catch let error as any OutsideFailure {
        unfinished = before
        try keep(before: error)
        throw stopped(by: error, at: step)
      }
      if lastEvaluationStep == step, let lastEvaluation {
        for observer in observers { observer.evaluated(lastEvaluation, in: self) }
      }
      if isDue(configuration.reportEvery) { try report(to: observers) }
      if isDue(configuration.checkpoint.every) { try checkpoint() }
      for observer in observers { observer.stepped(self) }
      if !isLast, isStopRequested() {
        if lastCheckpoint != step { try checkpoint() }
        return .interrupted
      }
    }
    if evaluates { try writeReplay() }
    return .finished
  }

  /// Writes a checkpoint where what failed spoilt nothing here.
  private func keep(before error: any Error) throws {
    if error is any OutsideFailure, step > 0, lastCheckpoint != step { try writeCheckpoint() }
  }

  /// Locks the run again, where an earlier call has let it go.
  private func takeLock() throws {
    guard let folder, lock == nil else { return }
    let taken = try folder.lock()
    if let last = try folder.checkpointSteps().last, last > step {
      throw TrainingError(
        "\(folder.url.relativePath) has been trained further, to step \(last), since this trainer stopped at \(step)")
    }
    lock = taken
  }

  /// The error to end the run with: where it happened, what, and what is still good.
  func stopped(by error: any Error, at step: Int) -> TrainingError {
    var line = "stopped at step \(step): \(firstLine("\(error)"))"
    if let folder {
      let last = (try? folder.checkpointSteps())?.last
      line +=
        last.map { "; the last good checkpoint is \(folder.folder(of: .step($0)).relativePath)" }
        ?? "; there is no checkpoint yet"
    }
    return TrainingError(line)
  }
}
