import ArgumentParser
import Foundation

/// Pixels across and down, as `640x480`.
struct PictureSize: ExpressibleByArgument, CustomStringConvertible {
  var width: Int
  var height: Int

  init(_ width: Int, _ height: Int) { (self.width, self.height) = (width, height) }

  init?(argument: String) {
    let numbers = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let width = numbers[0], let height = numbers[1] else { return nil }
    self.init(width, height)
  }

  var description: String { "\(width)x\(height)" }
  var defaultValueDescription: String { description }

  var configuration: Renderer.Configuration { Renderer.Configuration(width: width, height: height) }
}

/// What is shown of the episodes that are run: a page of the first ones, a film and a picture of the first.
struct ViewingOptions: ParsableArguments {
  @Option(
    name: [.customLong("replay"), .customLong("out"), .customLong("output")],
    help: ArgumentHelp("Write a page that shows the first episodes.", valueName: "file.html"))
  var replay: String?

  @Option(help: ArgumentHelp("Film the first episode.", valueName: "file.mp4"))
  var video: String?

  @Option(
    help: ArgumentHelp(
      "Picture of the first episode: one moment (.png), or its poses side by side (.svg).", valueName: "file"))
  var picture: String?

  @Option(help: ArgumentHelp("Size of film and .png, pixels.", valueName: "WxH"))
  var size = PictureSize(640, 480)

  @Option(
    help: ArgumentHelp(
      "The model's camera that sees it, or 'tracking', which goes with the robot.", valueName: "name"))
  var camera = "tracking"

  @Option(help: ArgumentHelp("The moment of the .png, seconds into the episode.", valueName: "s"))
  var time = 1.0

  /// Whether something is drawn here, rather than by a page.
  var draws: Bool { video != nil || picture != nil }

  /// Throws one line where a file cannot be written, or is named as something else.
  func requireWritableFiles() throws {
    try requirePageName(replay)
    try requireWritable([replay, video, picture])
  }

  func validate() throws {
    if let video, !video.hasSuffix(".mp4") { throw ValidationError("--video writes .mp4, not '\(video)'") }
    if let picture, !picture.hasSuffix(".png"), !picture.hasSuffix(".svg") {
      throw ValidationError("--picture writes .png and .svg, not '\(picture)'")
    }
    guard (1...8192).contains(size.width), (1...8192).contains(size.height) else {
      throw ValidationError("--size takes 1 to 8192 pixels across and down, not \(size)")
    }
    if video != nil, !size.width.isMultiple(of: 2) || !size.height.isMultiple(of: 2) {
      throw ValidationError("--size of a video is even across and down, not \(size)")
    }
    guard time >= 0, time.isFinite else { throw ValidationError("--time must be 0 or more, not \(time)") }
  }

  /// What watches the episodes.
  ///
  /// - Parameters:
  ///   - title: of a page and of an `.svg`.
  ///   - subtitle: of a page.
  ///   - page: whether a page is wanted too.
  func recording(title: String, subtitle: String, page: Bool) -> Recording {
    let isDrawn = picture?.hasSuffix(".svg") == true
    // Ctrl-C must reach the film, so that it can take away what is half written.
    if video != nil { Interruption.install() }
    return Recording(
      recorder: page || isDrawn ? EpisodeRecorder(title: title, subtitle: subtitle, episodes: 3) : nil,
      film: video.map { path in
        EpisodeFilm(
          path: path, camera: Camera(name: camera), configuration: size.configuration,
          isCancelled: { Interruption.isRequested })
      },
      still: picture != nil && !isDrawn
        ? EpisodePicture(
          time: time, camera: Camera(name: camera), configuration: size.configuration) : nil)
  }
}

/// What was recorded of a command's episodes.
struct Recording {
  var recorder: EpisodeRecorder?
  var film: EpisodeFilm?
  var still: EpisodePicture?

  var observers: [any EpisodeObserver] {
    [recorder, film, still].compactMap { (observer: (any EpisodeObserver)?) in observer }
  }

  /// Writes what is not a film, which writes itself.
  func write(page: String?, picture: String?, of environment: any SinewEnvironments.Environment) throws {
    if let recorder {
      guard let recording = recorder.replay else {
        throw RenderingError("\(environment.name) has no bodies to show")
      }
      if let page { try recording.html().write(toFile: page) }
      if let picture, picture.hasSuffix(".svg") { try recording.picture().write(toFile: picture) }
    }
    if let picture, let image = still?.image { try image.write(pngFile: picture) }
  }
}
