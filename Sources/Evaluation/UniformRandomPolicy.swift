import Foundation
import SinewEnvironments
import SinewPolicies
import SinewTensor

/// Actions uniform in [−1, 1], whatever is observed: the warm-up of online learners, and what a return is compared
/// with.
public final class UniformRandomPolicy: Policy, Stateful {
  /// Observation components, which are ignored.
  public let observationSize: Int
  /// Action components.
  public let actionSize: Int
  private var generator: RandomGenerator

  /// A policy whose actions come from `generator`.
  public init(observationSize: Int, actionSize: Int, generator: RandomGenerator) {
    self.observationSize = observationSize
    self.actionSize = actionSize
    self.generator = generator
  }

  /// A policy for an environment, from a seed.
  public convenience init(for environment: any Environment, seed: Int = 0) {
    self.init(
      observationSize: environment.observationSpace.count, actionSize: environment.actionSpace.count,
      generator: RandomGenerator(seed: UInt64(seed)).split("random policy"))
  }

  /// Fills `count` rows of actions. There is no mode, so `deterministic` changes nothing.
  public func act(
    observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>
  ) {
    for index in 0..<count * actionSize { actions[index] = Float(generator.uniform(-1...1)) }
  }

  /// Adds nothing: there are no weights.
  public func saveParameters(to state: inout StateDictionary, prefix: String) {}

  /// Takes nothing.
  public func loadParameters(from state: StateDictionary, prefix: String) {}

  /// Saves the generator.
  public func saveState(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "generator", generator: generator)
  }

  /// Loads the generator.
  public func loadState(from state: StateDictionary, prefix: String) throws {
    generator = try state.generator(prefix + "generator")
  }
}

extension UniformRandomPolicy: ActionDensity {
  /// The same for every action that is at no bound.
  public func logProbabilities(observations: [Float], actions: [Float], count: Int) -> [Double] {
    (0..<count).map { row in
      (0..<actionSize).reduce(0.0) { sum, index in
        sum + (abs(Double(actions[row * actionSize + index])) < actionBound ? log(0.5) : log((1 - actionBound) / 2))
      }
    }
  }
}
