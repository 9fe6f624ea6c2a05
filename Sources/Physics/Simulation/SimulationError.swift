/// Why a simulation could not be built or go on: one line.
public enum SimulationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The model has something that cannot be simulated.
  case model(name: String, message: String)
  /// An argument has the wrong number of elements.
  case count(what: String, expected: Int, found: Int)
  /// An argument holds a number that is not finite or is out of bounds.
  case value(what: String, index: Int, value: Double)
  /// A body's state is not finite or faster than `SimulationConfiguration.maximumSpeed`.
  case unstable(body: String, step: Int, quantity: String, value: Double)
  /// Masses, forces or constraints so far apart that rounding left a step without a solution.
  case unsolvable(step: Int)
  /// More contacts at once than the solver can be asked for.
  case contacts(step: Int, limit: Int)
  /// The state was lost by an earlier error and has not been set since.
  case lost(step: Int)

  /// The line.
  public var description: String {
    switch self {
    case .model(let name, let message): "\(name): \(message)"
    case .count(let what, let expected, let found): "\(what): \(found) numbers given, \(expected) needed"
    case .value(let what, let index, let value): "\(what)[\(index)] is \(value), which is not finite or out of bounds"
    case .unstable(let body, let step, let quantity, let value):
      "the simulation is unstable: \(quantity) of \(body) is \(value) after step \(step)"
    case .unsolvable(let step):
      "step \(step) has no solution in double precision: masses, forces or constraints are too far apart"
    case .contacts(let step, let limit): "more than \(limit) contacts at once in step \(step)"
    case .lost(let step): "the state was lost in step \(step); set a state or restore a snapshot first"
    }
  }
}

/// How a `Simulation` computes. The defaults are right for robots.
public struct SimulationConfiguration: Sendable, Equatable {
  /// Share of a joint's drift that one step takes back (ODE's ERP), 0…1.
  public var errorReduction: Double = 1
  /// Softness of joints (ODE's CFM), velocity per force, > 0.
  public var constraintForceMixing: Double = 1e-10
  /// Steps of ODE's iterative solver (`dWorldQuickStep`) instead of its exact one; nil for the exact one. Its order of
  /// rows is random, from one sequence that all threads share: not reproducible where other simulations run too.
  public var iterations: Int?
  /// A body faster than this, m/s or rad/s, stops the simulation with an error.
  public var maximumSpeed: Double = 10_000

  /// The defaults.
  public init() {}
}

/// Two geometries that touched in the last step.
public struct Contact: Sendable, Equatable {
  /// Index of one geometry in `Model.geometries`.
  public var first: Int
  /// Index of the other.
  public var second: Int
  /// Where, in world coordinates, metres.
  public var position: SIMD3<Double>
  /// Unit normal in world coordinates, from the first geometry into the second.
  public var normal: SIMD3<Double>
  /// How far the geometries overlap, metres; negative within a margin.
  public var depth: Double
  /// Magnitude of the force along the normal, N, ≥ 0.
  public var normalForce: Double

  /// A contact from its parts.
  public init(
    first: Int, second: Int, position: SIMD3<Double>, normal: SIMD3<Double>, depth: Double, normalForce: Double
  ) {
    self.first = first
    self.second = second
    self.position = position
    self.normal = normal
    self.depth = depth
    self.normalForce = normalForce
  }
}
