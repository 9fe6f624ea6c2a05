import SinewKernels

/// What a recorded computation does each time it runs: for measuring it.
///
/// Confined to the thread that runs the computation.
public final class PlanProfile {
  private let plan: Plan
  private let productPlan: Plan

  private init(_ plan: Plan) {
    self.plan = plan
    productPlan = Plan(productsOf: plan)
  }

  /// The plans that `body` records, in order: those of computations (``Recorded``) that see their shapes for the first
  /// time.
  public static func plans(recordedBy body: () throws -> Void) rethrows -> [PlanProfile] {
    let collection = PlanCollection()
    try PlanCollection.$current.withValue(collection) { try body() }
    return collection.plans.map(PlanProfile.init)
  }

  /// Its matrix products, in order.
  public var products: [ProductShape] { plan.products }

  /// How many instructions a run takes.
  public var instructionCount: Int { plan.instructionCount }

  /// How often the plan has been run.
  public var runCount: Int { plan.runCount }

  /// Runs the plan's matrix products and nothing else: the same layouts, operands and order, without what is fused into
  /// them. Gradients and intermediate results are overwritten, as the next run of the plan does anyway; parameters
  /// stay. Rows that the plan leaves out because they are zero are multiplied here.
  public func runProducts() { productPlan.run() }
}

/// The plans recorded by the current task while somebody collects them.
final class PlanCollection: @unchecked Sendable {
  @TaskLocal static var current: PlanCollection?

  var plans: [Plan] = []
}
