// A command of one's own: all of `sinew`, with a learner, an environment, a wrapper and a term beside those that come
// with it.
import Sinew

try SinewCommandLine.main(
  algorithms: [Algorithm(DDPG.self)],
  environments: [AddedEnvironment("docking", "a sled on ice is brought to a mark") { Docking() }],
  terms: [.reward(PowerReward.self)],
  wrappers: [
    AddedWrapper(
      "clip_reward", "cuts rewards off",
      number: WrapperNumber("the greatest absolute reward", in: 0...1e6)
    ) { environment, limit in ClippedReward(environment, limit: limit) }
  ])
