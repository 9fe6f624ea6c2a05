import Foundation
import Sinew

/// Goes on with a run of one's own learner, without the command line.
func goOn(with folder: URL) throws {
  let additions = try Additions(algorithms: [Algorithm(DDPG.self)])
  let trainer = try additions.use { try Trainer(resuming: folder) }
  try trainer.run(observers: [ProgressLine()])
}
