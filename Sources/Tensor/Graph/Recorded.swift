import SinewKernels

/// A computation that is written down the first time it runs and carried out as a plan from then on.
///
/// ```swift
/// let step = Recorded()
/// let metrics = step([batch.observation, batch.action]) {
///   let loss = meanSquaredError(critic(batch.observation, batch.action), target)
///   optimiser.descend(loss)
///   return ["critic_loss": loss]
/// }
/// ```
///
/// The closure runs once for each variant and combination of input shapes (and again should parameters it uses move
/// into an optimiser's buffer later). Whatever it computes in Swift (numbers, conditions) is fixed then; what changes
/// from run to run must be in the inputs, in parameters, or drawn from a ``RandomStream``, or make another variant.
/// Later runs allocate nothing, reuse buffers by lifetime, and use every thread of ``Execution``.
public final class Recorded {
  private struct Entry {
    var variant: Int
    var shapes: [[Int]]
    var plan: Plan
    var outputs: [Tensor]
    var metrics: Metrics?

    func matches(_ inputs: [Tensor], _ variant: Int) -> Bool {
      guard variant == self.variant, inputs.count == shapes.count else { return false }
      for (input, shape) in zip(inputs, shapes) where input.shape != shape { return false }
      return true
    }
  }

  private var entries: [Entry] = []

  /// What products inside are multiplied in.
  public let precision: Precision

  /// An empty recording; nothing is computed yet.
  public init(precision: Precision = .float32) {
    self.precision = precision
  }

  /// Runs `body` on `inputs` and returns its results: the same tensors each time, overwritten by the next run.
  ///
  /// - Parameters:
  ///   - inputs: the tensors that may be others in a later run.
  ///   - body: the computation.
  @discardableResult
  public func callAsFunction(_ inputs: [Tensor], _ body: () -> [Tensor]) -> [Tensor] {
    entries[run(inputs, 0, body)].outputs
  }

  /// Runs `body` on `inputs` and returns its figures: the same tensors each time, overwritten by the next run.
  ///
  /// - Parameters:
  ///   - inputs: the tensors that may be others in a later run.
  ///   - variant: tells computations on inputs of the same shapes apart, such as updates with and without the actor's.
  ///   - body: the computation.
  public func callAsFunction(_ inputs: [Tensor], variant: Int = 0, _ body: () -> Metrics) -> Metrics {
    var recorded: Metrics?
    let index = run(inputs, variant) {
      let metrics = body()
      recorded = metrics
      return metrics.tensors
    }
    if let recorded { entries[index].metrics = recorded }
    return entries[index].metrics ?? [:]
  }

  /// Runs the plan of these shapes, written down first where there is none, and returns the place of its entry.
  private func run(_ inputs: [Tensor], _ variant: Int, _ body: () -> [Tensor]) -> Int {
    precondition(Recording.current == nil, "a recorded computation cannot run inside another recording")
    var index = entries.firstIndex { $0.matches(inputs, variant) } ?? record(inputs, variant, body)
    if entries[index].plan.isStale() {
      entries.remove(at: index)
      index = record(inputs, variant, body)
    }
    entries[index].plan.bind(inputs)
    entries[index].plan.run()
    return index
  }

  private func record(_ inputs: [Tensor], _ variant: Int, _ body: () -> [Tensor]) -> Int {
    let recording = Recording(precision: precision)
    let outputs = recording.record(body)
    let plan = Plan(recording, outputs: outputs, inputs: inputs)
    entries.append(Entry(variant: variant, shapes: inputs.map(\.shape), plan: plan, outputs: outputs))
    return entries.count - 1
  }

  /// How many instructions the plan of the latest shapes has.
  public var instructionCount: Int { entries.last?.plan.instructionCount ?? 0 }
}
