// Evaluates a saved policy with the library: its return over episodes with a 95 % interval, beside that of random
// actions. The argument is a run folder, an exported policy or one that ships; a second is the number of episodes.
import Sinew

let arguments = CommandLine.arguments.dropFirst()
let reference = arguments.first ?? "hopper-expert"
let episodes = arguments.dropFirst().first.flatMap { Int($0) } ?? 20

let saved = try RunFolder.SavedLearner.named(reference)
let environment = try saved.makeEnvironment()
let trained = try Evaluation(of: saved.policy, in: environment, episodes: episodes, seed: 1)
let random = try Evaluation(
  of: UniformRandomPolicy(for: environment, seed: 1), in: environment, episodes: episodes, seed: 1)

for (name, evaluation) in [(reference, trained), ("random", random)] {
  let interval = evaluation.returnInterval
  print(
    "\(name): return \(evaluation.returnMean), 95 % interval \(interval.lowerBound) to \(interval.upperBound), "
      + "\(evaluation.returns.count) episodes of \(evaluation.lengthMean) steps")
}
