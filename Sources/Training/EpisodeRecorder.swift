import SinewEnvironments
import SinewPhysics

/// Records the first episodes of an evaluation as a replay.
public final class EpisodeRecorder {
  private let title: String
  private let subtitle: String
  private let episodes: Int
  private var begun = 0
  /// What was recorded; nil where the environment has no simulation to show.
  public private(set) var replay: Replay?

  /// Records the first `episodes` episodes under the given heading.
  public init(title: String, subtitle: String = "", episodes: Int) {
    self.title = title
    self.subtitle = subtitle
    self.episodes = episodes
  }

  private var isRecording: Bool { begun <= episodes }

  /// The frame that an episode starts from.
  func begin(_ environment: any Environment) {
    begun += 1
    guard isRecording, let simulation = environment.simulation else { return }
    var recording =
      replay
      ?? Replay(title: title, subtitle: subtitle, model: simulation.model, frameInterval: environment.controlPeriod)
    recording.beginEpisode()
    recording.append(frameOf: simulation, reward: 0)
    replay = recording
  }

  /// The frame that a step arrived at.
  func record(_ environment: any Environment, reward: Double) {
    guard isRecording, let simulation = environment.simulation else { return }
    replay?.append(frameOf: simulation, reward: reward, terms: environment.rewardTerms)
  }

  func end(_ episode: Rollout.Episode) {
    guard isRecording else { return }
    let end = episode.terminated ? "terminated" : "time limit"
    replay?.endEpisode(outcome: "\(end) after \(episode.length) steps, return \(short(episode.total))")
  }
}
