// Trains soft actor-critic on the pendulum's swing-up until it is good enough, and evaluates what it learned.
import Sinew

final class GoodEnough: TrainingObserver {
  func evaluated(_ evaluation: Evaluation, in trainer: Trainer) { isDone = evaluation.returnMean > -200 }
  func wantsToStop(_ trainer: Trainer) -> Bool { isDone }
  private var isDone = false
}

let steps = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000

var hyperparameters = SAC.Configuration()
hyperparameters.replay.warmUpSteps = 1_000
hyperparameters.actorLearningRate = 1e-3
hyperparameters.criticLearningRate = 1e-3

let trainer = try Trainer(
  algorithm: Algorithm(SAC.self, configuration: hyperparameters), environment: "pendulum", steps: steps)
try trainer.run(observers: [GoodEnough()])

let environment = try EnvironmentCatalogue.make("pendulum")
print(try Evaluation(of: trainer.policy, in: environment, episodes: 20))
