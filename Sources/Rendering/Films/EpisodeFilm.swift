import SinewEnvironments
import SinewPhysics

/// Films the first episode that it watches: an `.mp4` that plays as fast as the robot moves.
public final class EpisodeFilm: EpisodeObserver {
  private let path: String
  private let camera: Camera
  private let configuration: Renderer.Configuration
  private let isCancelled: () -> Bool
  private var renderer: Renderer?
  private var writer: VideoWriter?
  /// Steps from one frame to the next.
  private var stride = 1
  private var step = 0
  private var isFinished = false

  /// A film to be.
  ///
  /// - Parameters:
  ///   - path: of the file, which is there once the episode has ended.
  ///   - camera: what films.
  ///   - configuration: size of the picture, even across and down.
  ///   - isCancelled: asked after every step; true ends the run with an error, without a file.
  public init(
    path: String, camera: Camera = .tracking, configuration: Renderer.Configuration = .init(),
    isCancelled: @escaping () -> Bool = { false }
  ) {
    (self.path, self.camera, self.configuration, self.isCancelled) = (path, camera, configuration, isCancelled)
  }

  public func episodeBegan(in environment: any Environment) throws {
    guard !isFinished else { return }
    guard let simulation = environment.simulation else {
      throw RenderingError("\(environment.name) has no bodies to see: it cannot be filmed")
    }
    renderer = try Renderer(model: simulation.model, configuration: configuration)
    // More than 60 frames a second few screens can show.
    stride = max(1, Int((1 / (60 * environment.controlPeriod) - 1e-6).rounded(.up)))
    step = 0
    writer = try VideoWriter(
      path: path, width: configuration.width, height: configuration.height,
      framesPerSecond: 1 / (Double(stride) * environment.controlPeriod))
    try append(simulation)
  }

  public func episodeStepped(in environment: any Environment, outcome: StepOutcome) throws {
    guard !isCancelled() else {
      writer?.cancel()
      throw RenderingError(
        "interrupted: \(path) is \(isFinished ? "written, but the run is not complete" : "not written")")
    }
    guard writer != nil else { return }
    step += 1
    guard step.isMultiple(of: stride), let simulation = environment.simulation else { return }
    try append(simulation)
  }

  public func episodeEnded(in environment: any Environment, total: Double, length: Int, terminated: Bool) throws {
    guard let writer else { return }
    try writer.finish()
    isFinished = true
    (self.writer, renderer) = (nil, nil)
  }

  private func append(_ simulation: Simulation) throws {
    guard let renderer, let writer else { return }
    try writer.append(renderer.image(of: simulation, camera: camera))
  }
}

/// Takes a picture in the first episode that it watches.
public final class EpisodePicture: EpisodeObserver {
  private let time: Double
  private let camera: Camera
  private let configuration: Renderer.Configuration
  private var renderer: Renderer?
  private var step = 0
  /// The picture, once it is taken.
  public private(set) var image: Image?

  /// A picture to be taken `time` seconds after the episode began, or at its end if it is shorter.
  public init(time: Double, camera: Camera = .tracking, configuration: Renderer.Configuration = .init()) {
    (self.time, self.camera, self.configuration) = (time, camera, configuration)
  }

  public func episodeBegan(in environment: any Environment) throws {
    guard image == nil else { return }
    guard let simulation = environment.simulation else {
      throw RenderingError("\(environment.name) has no bodies to see: there is no picture of it")
    }
    // What cannot be drawn is better known before the episode than after it.
    let renderer = try Renderer(model: simulation.model, configuration: configuration)
    _ = try renderer.view(camera, of: simulation)
    (self.renderer, step) = (renderer, 0)
    try take(environment, isLast: false)
  }

  public func episodeStepped(in environment: any Environment, outcome: StepOutcome) throws {
    step += 1
    try take(environment, isLast: outcome.ended)
  }

  public func episodeEnded(in environment: any Environment, total: Double, length: Int, terminated: Bool) throws {
    try take(environment, isLast: true)
  }

  private func take(_ environment: any Environment, isLast: Bool) throws {
    guard let renderer, let simulation = environment.simulation else { return }
    guard isLast || Double(step) * environment.controlPeriod >= time - 1e-9 else { return }
    image = try renderer.image(of: simulation, camera: camera)
    self.renderer = nil
  }
}
