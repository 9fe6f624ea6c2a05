import SinewDatasets
import SinewTensor

/// One-step episodes with a known best action: the reward is −|a − best(s)|², and the behaviour is uniform or a
/// mixture.
struct Bandit {
  /// What an observation asks for.
  static func best(_ observation: Float) -> (Float, Float) { (0.5 * observation, -0.4) }

  /// Terminated one-step episodes whose actions `behaviour` draws.
  static func dataset(
    episodes: Int = 2000, seed: UInt64 = 5, behaviour: (Float, inout RandomGenerator) -> (Float, Float)
  ) throws -> Dataset {
    var generator = RandomGenerator(seed: seed)
    var builder = Dataset.Builder(
      DatasetInfo(name: "bandit", observationSize: 2, actionLow: [-1, -1], actionHigh: [1, 1]))
    for _ in 0..<episodes {
      // The second component is large and says nothing.
      let observation = [Float(generator.uniform(-1...1)), Float(generator.uniform(90...110))]
      let (x, y) = behaviour(observation[0], &generator)
      let (bestX, bestY) = best(observation[0])
      let reward = -(x - bestX) * (x - bestX) - (y - bestY) * (y - bestY)
      try builder.append(
        EpisodeData(
          observations: observation + observation, actions: [x, y], rewards: [reward], terminated: true,
          truncated: false))
    }
    return try builder.build()
  }

  static func uniform(_ observation: Float, _ generator: inout RandomGenerator) -> (Float, Float) {
    (Float(generator.uniform(-1...1)), Float(generator.uniform(-1...1)))
  }
}
