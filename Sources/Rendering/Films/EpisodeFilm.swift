import SinewEnvironments
import SinewPhysics

/// Films the first episode that it watches: an `.mp4` that plays as fast as the robot moves.
public final class EpisodeFilm: EpisodeObserver {
  private let path: String
  private let camera: Camera
  private let configuration: Renderer.Configuration
  private let isCancelled: () -> Bool
  private var view: EpisodeView?
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
    let view = try EpisodeView(environment, camera, configuration)
    let first = try view.image(of: environment)
    // More than 60 frames a second few screens can show.
    stride = max(1, Int((1 / (60 * environment.controlPeriod) - 1e-6).rounded(.up)))
    step = 0
    writer = try VideoWriter(
      path: path, width: first.width, height: first.height,
      framesPerSecond: 1 / (Double(stride) * environment.controlPeriod))
    self.view = view
    try writer?.append(first)
  }

  public func episodeStepped(in environment: any Environment, outcome: StepOutcome) throws {
    guard !isCancelled() else {
      writer?.cancel()
      throw RenderingError(
        "interrupted: \(path) is \(isFinished ? "written, but the run is not complete" : "not written")")
    }
    guard let writer, let view else { return }
    step += 1
    if step.isMultiple(of: stride) { try writer.append(view.image(of: environment)) }
  }

  public func episodeEnded(in environment: any Environment, total: Double, length: Int, terminated: Bool) throws {
    guard let writer else { return }
    try writer.finish()
    isFinished = true
    (self.writer, view) = (nil, nil)
  }
}

/// What is seen of an environment: its bodies, or what it draws of itself.
private struct EpisodeView {
  private let camera: Camera
  private let renderer: Renderer?

  /// Throws `RenderingError` where there is nothing to see, no such camera, or nothing can be drawn.
  init(_ environment: any Environment, _ camera: Camera, _ configuration: Renderer.Configuration) throws {
    self.camera = camera
    renderer = try environment.simulation.map { try Renderer(model: $0.model, configuration: configuration) }
    // What cannot be drawn is better known before the episode than after it.
    if let simulation = environment.simulation { _ = try renderer?.view(camera, of: simulation) }
  }

  func image(of environment: any Environment) throws -> Image {
    if let renderer, let simulation = environment.simulation {
      return try renderer.image(of: simulation, camera: camera)
    }
    guard let picture = try environment.picture() else {
      throw RenderingError("\(environment.name) has no bodies to see, and draws nothing of itself")
    }
    return Image(picture)
  }
}

extension Image {
  /// What an environment draws of itself, without a last row or column where their number is odd: films are even.
  fileprivate init(_ picture: EnvironmentPicture) {
    self.init(width: max(2, picture.width & ~1), height: max(2, picture.height & ~1))
    for row in 0..<min(height, picture.height) {
      let count = 3 * min(width, picture.width)
      let source = 3 * row * picture.width
      pixels.replaceSubrange(3 * row * width..<3 * row * width + count, with: picture.pixels[source..<source + count])
    }
  }
}

/// Takes a picture in the first episode that it watches.
public final class EpisodePicture: EpisodeObserver {
  private let time: Double
  private let camera: Camera
  private let configuration: Renderer.Configuration
  private var view: EpisodeView?
  private var step = 0
  /// The picture, once it is taken.
  public private(set) var image: Image?

  /// A picture to be taken `time` seconds after the episode began, or at its end if it is shorter.
  public init(time: Double, camera: Camera = .tracking, configuration: Renderer.Configuration = .init()) {
    (self.time, self.camera, self.configuration) = (time, camera, configuration)
  }

  public func episodeBegan(in environment: any Environment) throws {
    guard image == nil else { return }
    (view, step) = (try EpisodeView(environment, camera, configuration), 0)
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
    guard let view, isLast || Double(step) * environment.controlPeriod >= time - 1e-9 else { return }
    image = try view.image(of: environment)
    self.view = nil
  }
}
