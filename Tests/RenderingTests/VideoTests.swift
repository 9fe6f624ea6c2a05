import Foundation
import SinewEnvironments
import SinewTestSupport
import Testing

@testable import SinewRendering

/// Files that ffmpeg writes, read back.
struct VideoTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  private var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() }
  }

  /// A picture of no two rows alike.
  private func picture(_ width: Int, _ height: Int, shade: Int = 0) -> Image {
    var image = Image(width: width, height: height)
    for index in image.pixels.indices { image.pixels[index] = UInt8((index * 7 + index / width + shade) % 256) }
    return image
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    (process.standardOutput, process.standardInput) = (pipe, FileHandle.nullDevice)
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return data
  }

  /// What ffprobe says of a film.
  private func probe(_ name: String) throws -> [String: String] {
    let entries = "stream=codec_name,width,height,pix_fmt,r_frame_rate,nb_read_frames,duration"
    let text = try Self.run(
      "ffprobe",
      ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", entries, "-of", "default=nw=1"]
        + [path(name)])
    let pairs = String(decoding: text, as: UTF8.self).split(separator: "\n").map { $0.split(separator: "=") }
    return Dictionary(pairs.compactMap { $0.count == 2 ? (String($0[0]), String($0[1])) : nil }) { $1 }
  }

  @Test func aPictureComesBackBitForBit() throws {
    let image = picture(37, 23)
    try image.write(pngFile: path("picture.png"))
    let raw = try Self.run(
      "ffmpeg", ["-loglevel", "error", "-i", path("picture.png"), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
    #expect([UInt8](raw) == image.pixels)
    #expect(try files == ["picture.png"])
  }

  @Test func aVideoHasItsFrames() throws {
    let writer = try VideoWriter(path: path("film.mp4"), width: 64, height: 48, framesPerSecond: 25)
    for frame in 0..<30 {
      try writer.append(picture(64, 48, shade: 5 * frame))
      #expect(try !files.contains("film.mp4"))
    }
    try writer.finish()
    let facts = try probe("film.mp4")
    #expect(facts["codec_name"] == "h264" && facts["pix_fmt"] == "yuv420p")
    #expect(facts["width"] == "64" && facts["height"] == "48" && facts["r_frame_rate"] == "25/1")
    #expect(facts["nb_read_frames"] == "30")
    #expect(try files == ["film.mp4"])
  }

  @Test func anAbandonedFilmLeavesWhatWasThere() throws {
    try folder.write("as before", to: "film.mp4")
    do {
      let writer = try VideoWriter(path: path("film.mp4"), width: 64, height: 48, framesPerSecond: 25)
      try writer.append(picture(64, 48))
    }
    let writer = try VideoWriter(path: path("film.mp4"), width: 64, height: 48, framesPerSecond: 25)
    try writer.append(picture(64, 48))
    writer.cancel()
    #expect(try files == ["film.mp4"])
    #expect(try String(contentsOfFile: path("film.mp4"), encoding: .utf8) == "as before")
  }

  @Test func impossibleFilmsAreRefused() throws {
    func complaint(_ body: () throws -> Void) -> String? {
      #expect(throws: RenderingError.self, performing: body)?.description
    }
    #expect(
      complaint { _ = try VideoWriter(path: path("a.mp4"), width: 63, height: 48, framesPerSecond: 25) }
        == "a video has an even width and height, not 63 × 48")
    #expect(
      complaint { _ = try VideoWriter(path: path("a.mp4"), width: 64, height: 48, framesPerSecond: 0) }
        == "a video has more than 0 frames per second, not 0.0")
    let nowhere = path("none/a.mp4")
    #expect(
      complaint { _ = try VideoWriter(path: nowhere, width: 64, height: 48, framesPerSecond: 9) }
        == "cannot write \(nowhere): No such file or directory")
    let writer = try VideoWriter(path: path("a.mp4"), width: 64, height: 48, framesPerSecond: 9)
    #expect(
      complaint { try writer.append(picture(64, 46)) }
        == "the frames of \(path("a.mp4")) have 64 × 48 pixels, not 64 × 46")
    writer.cancel()
    #expect(try files.isEmpty)
  }

  @Test func whatFfmpegComplainsOfIsTheError() throws {
    let encoder = try FFmpeg(
      size: SIMD2(64, 48), rate: 25, encoding: ["-c:v", "nonsense", "-f", "mp4"],
      destination: URL(filePath: path("film.mp4")))
    let error = #expect(throws: RenderingError.self) {
      // It may take some frames before it has ended.
      for frame in 0..<1000 { try encoder.write(picture(64, 48, shade: frame).pixels) }
      try encoder.finish()
    }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("cannot write \(path("film.mp4")): ffmpeg: ") && text.contains("nonsense"))
    #expect(!text.contains("\n"))
    #expect(try files.isEmpty)
  }

  // MARK: Episodes

  @Test func anEpisodeIsFilmedAsFastAsItWas() throws {
    // Steps of 0.008 s: 125 a second, of which every third is shown.
    let environment = try EnvironmentCatalogue.make("hopper")
    let film = EpisodeFilm(path: path("film.mp4"), configuration: .init(width: 32, height: 24))
    let picture = EpisodePicture(time: 0.05, configuration: .init(width: 32, height: 24))
    for _ in 0..<2 {
      _ = try environment.reset(seed: 0)
      try film.episodeBegan(in: environment)
      try picture.episodeBegan(in: environment)
      for _ in 0..<12 {
        let outcome = try environment.step([0, 0, 0]).outcome
        try film.episodeStepped(in: environment, outcome: outcome)
        try picture.episodeStepped(in: environment, outcome: outcome)
      }
      try film.episodeEnded(in: environment, total: 0, length: 12, terminated: false)
      try picture.episodeEnded(in: environment, total: 0, length: 12, terminated: false)
    }
    #expect(environment.controlPeriod == 0.008)
    let facts = try probe("film.mp4")
    #expect(facts["nb_read_frames"] == "5" && facts["r_frame_rate"] == "125/3")
    #expect(try files == ["film.mp4"])
    // Seven steps are the first that reach 0.05 s.
    _ = try environment.reset(seed: 0)
    for _ in 0..<7 { _ = try environment.step([0, 0, 0]) }
    let simulation = try #require(environment.simulation)
    let renderer = try Renderer(model: simulation.model, configuration: .init(width: 32, height: 24))
    #expect(try picture.image == renderer.image(of: simulation))
  }

  @Test func anInterruptedFilmLeavesNothing() throws {
    let environment = try EnvironmentCatalogue.make("pendulum")
    _ = try environment.reset(seed: 0)
    var steps = 0
    let film = EpisodeFilm(path: path("film.mp4"), configuration: .init(width: 32, height: 24)) { steps == 3 }
    let error = #expect(throws: RenderingError.self) {
      try film.episodeBegan(in: environment)
      while steps < 100 {
        steps += 1
        try film.episodeStepped(in: environment, outcome: environment.step([0]).outcome)
      }
    }
    #expect(error?.description == "interrupted: \(path("film.mp4")) is not written")
    #expect(steps == 3)
    #expect(try files.isEmpty)
  }

  @Test func whatHasNoBodiesIsNotFilmed() throws {
    let film = EpisodeFilm(path: path("film.mp4"))
    #expect(throws: RenderingError.self) { try film.episodeBegan(in: PointEnvironment()) }
    #expect(throws: RenderingError.self) { try EpisodePicture(time: 0).episodeBegan(in: PointEnvironment()) }
    #expect(try files.isEmpty)
  }
}
