import SinewEnvironments
import SinewPhysics
import SinewRendering

/// Records the first episodes of an evaluation as a replay.
public final class EpisodeRecorder: EpisodeObserver {
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

  /// Records the frame that an episode starts from.
  public func episodeBegan(in environment: any Environment) {
    begun += 1
    guard isRecording, let simulation = environment.simulation else { return }
    var recording =
      replay
      ?? Replay(title: title, subtitle: subtitle, model: simulation.model, frameInterval: environment.controlPeriod)
    recording.beginEpisode()
    recording.append(frameOf: simulation, reward: 0)
    replay = recording
  }

  /// Records the frame that a step arrived at.
  public func episodeStepped(in environment: any Environment, outcome: StepOutcome) {
    guard isRecording, let simulation = environment.simulation else { return }
    replay?.append(frameOf: simulation, reward: outcome.reward, terms: environment.rewardTerms)
  }

  /// Notes how the episode ended.
  public func episodeEnded(in environment: any Environment, total: Double, length: Int, terminated: Bool) {
    guard isRecording else { return }
    let end = environment.isSuccess == true ? "success" : terminated ? "terminated" : "time limit"
    replay?.endEpisode(outcome: "\(end) after \(length) steps, return \(short(total))")
  }
}
