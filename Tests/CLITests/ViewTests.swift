import Foundation
import Testing

/// Looking at an environment: pages, pictures, films.
struct ViewTests {
  let command: Command

  init() throws { command = try Command() }

  private func run(_ arguments: String, environment: [String: String] = [:]) throws -> Command.Result {
    try command.start(arguments.split(separator: " ").map(String.init), environment: environment).finish()
  }

  /// What is in the command's folder but for what the command printed.
  private var files: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: command.folder.path)
        .filter { !$0.hasPrefix("out-") && !$0.hasPrefix("errors-") }.sorted()
    }
  }

  @Test(arguments: ["random", "zero"]) func aPageShowsAnEnvironment(actions: String) throws {
    let result = try run("env view pendulum --actions \(actions) --replay page.html")
    #expect(result.status == 0 && result.output == "page.html\n" && result.errors.isEmpty)
    let page = try String(contentsOf: command.path("page.html"), encoding: .utf8)
    #expect(page.contains("<title>pendulum") && page.contains("\(actions) actions, seed 0"))
    #expect(try files == ["page.html"])
  }

  @Test func withoutAPlaceThePageIsTemporary() throws {
    // TMPDIR, so that what this leaves goes with the command's folder.
    let screenless = ["TMPDIR": command.folder.path, "DISPLAY": "", "WAYLAND_DISPLAY": "", "PATH": "/none"]
    let result = try run("env view pendulum", environment: screenless)
    #expect(result.status == 0 && result.errors.isEmpty)
    let page = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(page.hasPrefix(command.folder.path) && page.hasSuffix("/pendulum.html"))
    #expect(FileManager.default.fileExists(atPath: page))
  }

  @Test func aFilmAndAPictureAreWritten() throws {
    let result = try run("env view cartpole-swingup --video film.mp4 --picture still.png --size 64x48 --time 0.2")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output == "film.mp4\nstill.png\n")
    #expect(try files == ["film.mp4", "still.png"])
    let film = try Data(contentsOf: command.path("film.mp4"))
    #expect(film.dropFirst(4).prefix(4) == Data("ftyp".utf8))
    let picture = try Data(contentsOf: command.path("still.png"))
    #expect(picture.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    // Width and height.
    #expect(picture.dropFirst(16).prefix(8) == Data([0, 0, 0, 64, 0, 0, 0, 48]))
  }

  @Test func aPolicyIsFilmedToo() throws {
    let result = try run(
      "evaluate hopper-expert --episodes 1 --video film.mp4 --picture poses.svg --size 32x24 --replay page.html")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(try files == ["film.mp4", "page.html", "poses.svg"])
  }

  @Test func anInterruptedFilmLeavesNothing() throws {
    let started = try command.start(["env", "view", "hopper", "--episodes", "1000000", "--video", "film.mp4"])
    #expect(eventually { (try? files)?.contains { $0.hasSuffix(".unfinished") } == true })
    started.send(SIGINT)
    let result = try started.finish()
    #expect(result.status == SIGINT && result.wasKilled)
    #expect(result.errors.hasPrefix("sinew: interrupted: film.mp4 is "))
    #expect(try files.allSatisfy { $0 == "film.mp4" })
  }

  @Test func anUnknownCameraIsNamed() throws {
    let result = try run("env view pendulum --picture a.png --camera front")
    #expect(result.status == 1)
    #expect(result.errors == "sinew: the model pendulum has no camera 'front'; it has: tracking\n")
    #expect(try files.isEmpty)
  }

  @Test(arguments: [
    (
      "SINEW_EGL_LIBRARY", "cannot draw: EGL is missing (",
      "install it: sudo apt-get install libegl1 libgl1-mesa-dri\n"
    ),
    ("SINEW_FFMPEG", "cannot write film.mp4: ffmpeg is missing; ", "install it: sudo apt-get install ffmpeg\n"),
  ])
  func whatIsMissingIsNamed(variable: String, beginning: String, end: String) throws {
    let result = try run("env view pendulum --video film.mp4", environment: [variable: "/none"])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("sinew: " + beginning) && result.errors.hasSuffix(end))
    #expect(try files.isEmpty)
  }

  @Test(arguments: [
    ("env view pendulum --picture a.jpg", "--picture writes .png and .svg, not 'a.jpg'"),
    ("env view pendulum --video a.avi", "--video writes .mp4, not 'a.avi'"),
    ("env view pendulum --video a.mp4 --size 63x48", "--size of a video is even across and down, not 63x48"),
    ("env view pendulum --size 63", "The value '63' is invalid for '--size <WxH>'"),
    ("env view pendulum --size 0x63", "--size takes 1 to 8192 pixels across and down, not 0x63"),
    ("env view pendulum --time=-1", "--time must be 0 or more, not -1.0"),
    ("env view pendulum --episodes 0", "--episodes must be at least 1, not 0"),
    ("bench rendering --size 9999x1", "--size takes 1 to 8192 pixels across and down, not 9999x1"),
  ])
  func whatCannotBeAskedIsSaid(arguments: String, message: String) throws {
    let result = try run(arguments)
    #expect(result.status == 2 && result.errors.hasPrefix("sinew: \(message)"), "\(result.errors)")
    #expect(try files.isEmpty)
  }

  @Test func picturesAreTimed() throws {
    let result = try run("bench rendering pendulum --size 32x24 --pictures 3 --json")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let row = try #require((object?["sizes"] as? [[String: Any]])?.first)
    #expect(try #require(row["colours_per_second"] as? Double) > 0)
    #expect(try #require(row["depths_per_second"] as? Double) > 0)
  }
}
