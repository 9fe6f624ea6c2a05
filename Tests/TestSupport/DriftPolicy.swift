import SinewPolicies
import SinewTensor

/// tanh of a random linear map, with noise unless deterministic.
package final class DriftPolicy: Policy {
  package let observationSize: Int
  package let actionSize: Int
  package var weights: [Float]
  package var generator: RandomGenerator

  package init(observationSize: Int, actionSize: Int, generator: RandomGenerator) {
    self.observationSize = observationSize
    self.actionSize = actionSize
    self.generator = generator
    weights = Array(repeating: 0.1, count: observationSize * actionSize)
  }

  package func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    for row in 0..<count {
      for action in 0..<actionSize {
        var sum = deterministic ? 0 : Float(generator.normal())
        for index in 0..<observationSize {
          sum += weights[action * observationSize + index] * observations[row * observationSize + index]
        }
        actions[row * actionSize + action] = sum / (1 + abs(sum))
      }
    }
  }

  package func saveParameters(to state: inout StateDictionary, prefix: String) {
    state[floats: prefix + "weights"] = weights
  }
  package func loadParameters(from state: StateDictionary, prefix: String) throws {
    weights = try state.floats(prefix + "weights", count: weights.count)
  }
}
