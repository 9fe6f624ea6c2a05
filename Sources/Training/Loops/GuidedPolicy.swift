import SinewPolicies
import SinewTensor

/// What gathers where episodes begin with another policy's steps, the guide's, so that learning starts from states that
/// it would rarely reach by itself (Uchendu et al., "Jump-Start Reinforcement Learning", arXiv 2204.02372).
///
/// For how many steps is drawn for each episode, from 0 to ``most``.
final class GuidedPolicy: Policy, Stateful {
  /// What acts after the guide.
  var learner: any Policy
  /// The most steps of the guide at the beginning of the episodes to come.
  var most: Int
  private let guide: any Policy
  /// Steps of the guide that are left in each environment's episode.
  private var left: [Int]
  private var generator: RandomGenerator
  private var guided: [Float] = []

  var observationSize: Int { learner.observationSize }
  var actionSize: Int { learner.actionSize }

  init(_ guide: any Policy, learner: any Policy, environments: Int, most: Int, generator: RandomGenerator) {
    (self.guide, self.learner, self.most, self.generator) = (guide, learner, most, generator)
    left = Array(repeating: 0, count: environments)
    for index in left.indices { draw(index) }
  }

  private func draw(_ environment: Int) { left[environment] = generator.index(below: most + 1) }

  func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    learner.act(observations: observations, count: count, deterministic: deterministic, actions: &actions)
    guard left.contains(where: { $0 > 0 }) else { return }
    if guided.count != count * actionSize { guided = Array(repeating: 0, count: count * actionSize) }
    var span = guided.mutableSpan
    guide.act(observations: observations, count: count, deterministic: true, actions: &span)
    for environment in left.indices where left[environment] > 0 {
      left[environment] -= 1
      for index in environment * actionSize..<(environment + 1) * actionSize { actions[index] = guided[index] }
    }
  }

  func endEpisode(of environment: Int) {
    learner.endEpisode(of: environment)
    guide.endEpisode(of: environment)
    draw(environment)
  }

  func saveParameters(to state: inout StateDictionary, prefix: String) {
    learner.saveParameters(to: &state, prefix: prefix)
  }

  func loadParameters(from state: StateDictionary, prefix: String) throws {
    try learner.loadParameters(from: state, prefix: prefix)
  }

  /// The guide's weights too: its run may have gone on.
  func saveState(to state: inout StateDictionary, prefix: String) {
    guide.saveParameters(to: &state, prefix: prefix + "guide.")
    state[words: prefix + "left"] = left.map { UInt64($0) }
    state.set(prefix + "generator", generator: generator)
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    try guide.loadParameters(from: state, prefix: prefix + "guide.")
    left = try state.counts(prefix + "left", count: left.count)
    generator = try state.generator(prefix + "generator")
  }
}
