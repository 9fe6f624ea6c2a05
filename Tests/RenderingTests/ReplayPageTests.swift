import Foundation
import Testing

@testable import SinewRendering

@Suite struct ReplayPageTests {
  @Test func thePageIsWholeAndNeedsNothingFromOutside() throws {
    let page = try ReplayFixtures.hopper(episodes: [(30, 1)]).html()
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.hasSuffix("</html>\n"))
    #expect(!page.contains("{{") && !page.contains("}}"))
    for outside in ["src=", "href=", "@import", "url(", "fetch(", "XMLHttpRequest", "https:"] {
      #expect(!page.contains(outside), "the page contains \(outside)")
    }
    // The only address is the name of the SVG vocabulary.
    #expect(page.components(separatedBy: "http:").count == 2)
    #expect(page.contains("http://www.w3.org/2000/svg"))
    #expect(page.contains("default-src 'none'"))
  }

  @Test func everyElementAScriptAsksForIsInThePage() {
    let template = ReplayAssets.page
    let script = ReplayAssets.script
    let names = script.matches(of: /(?:element|on|withUnit)\("(\w+)"/).map { String($0.1) }
    #expect(names.count > 20)
    for name in names { #expect(template.contains("id=\"\(name)\""), "there is no element \(name)") }
    for button in template.matches(of: /<button[^>]*>/) {
      #expect(button.output.contains("aria-label="), "a button without a label: \(button.output)")
    }
    for select in template.matches(of: /<(?:select|input)[^>]*>/) {
      #expect(select.output.contains("aria-label="), "a control without a label: \(select.output)")
    }
  }

  @Test func namesCannotBreakOutOfThePage() throws {
    let hostile = "</script><script>alert('1')</script><!--<img onerror=\"x\">&{{data}}\u{0}"
    var replay = ReplayFixtures.hopper(title: hostile, episodes: [(5, 1)])
    replay.subtitle = hostile
    replay.shapes[1].name = hostile
    replay.episodes[0].outcome = hostile
    replay.episodes[0].series[0].name = hostile
    let page = try replay.html()
    #expect(!page.contains("alert('1')</script>"))
    #expect(!page.contains("<img"))
    #expect(page.components(separatedBy: "</script>").count == 3)
    #expect(page.contains("<h1>&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)"))
    #expect(page.contains("{{data}}</h1>"), "a name is never taken for a placeholder")
    #expect(!page.unicodeScalars.contains("\u{0}"))
    let packed = try packedReplay(in: page)
    #expect(packed.episodes[0].outcome == hostile)
    #expect(packed.shapes[1].name == hostile)
  }

  @Test func thePagesDataGivesBackTheRecording() throws {
    let replay = ReplayFixtures.hopper(episodes: [(500, 1.4), (120, 2)])
    let packed = try packedReplay(in: try replay.html())
    #expect(packed.interval == replay.frameInterval)
    #expect(packed.shapes == replay.shapes)
    #expect(packed.episodes.count == 2)
    for (unpacked, recorded) in zip(packed.episodes, replay.episodes) {
      #expect(unpacked.frames == recorded.frameCount)
      #expect(unpacked.outcome == recorded.outcome)
      #expect(try floats(unpacked.rewards) == recorded.rewards.map { Float($0) })
      #expect(unpacked.series.map(\.name) == recorded.series.map(\.name))
      for (curve, original) in zip(unpacked.series, recorded.series) {
        #expect(try floats(curve.values) == original.values)
      }
      let poses = try unpackedPoses(unpacked, shapes: replay.shapes.count)
      #expect(poses.count == recorded.poses.count)
      // 5.6 m of path in 16 bits: half a step is 0.05 mm.
      #expect(largestDifference(poses, recorded.poses) < 1e-4)
    }
  }

  @Test func rotationsKeepTheirMeaningWhenTheirSignFlips() throws {
    var replay = ReplayFixtures.still()
    for frame in 0..<50 {
      let half = 0.1 * Double(frame)
      let sign: Float = frame % 3 == 0 ? -2 : 1
      let rotation = [Float(cos(half)), 0, Float(sin(half)), 0].map { sign * $0 }
      replay.append(poses: [0, 0, 0] + rotation, reward: 0)
    }
    let poses = try unpackedPoses(try packedReplay(in: try replay.html()).episodes[0], shapes: 1)
    for frame in 0..<50 {
      let cosine = (3..<7).reduce(Float(0)) { $0 + poses[7 * frame + $1] * replay.episodes[0].poses[7 * frame + $1] }
      #expect(abs(abs(cosine) / (frame % 3 == 0 ? 2 : 1) - 1) < 1e-4)
      guard frame > 0 else { continue }
      let step = (3..<7).reduce(Float(0)) { $0 + poses[7 * frame + $1] * poses[7 * (frame - 1) + $1] }
      #expect(step > 0.9, "frame \(frame) turns the long way")
    }
  }

  @Test func threeLongEpisodesOfTenTumblingShapesStaySmall() throws {
    var replay = Replay(
      title: "large", shapes: [Replay.Shape](repeating: .init(kind: .sphere, size: [0.1]), count: 10),
      frameInterval: 0.02)
    for episode in 0..<3 {
      replay.beginEpisode()
      for frame in 0..<1000 {
        let angle = 0.01 * Double(frame + episode)
        let poses = (0..<10).flatMap { shape -> [Float] in
          let x = Float(sin(angle * Double(shape + 1)))
          return [x, 2 * x, 3 * x, 1.2 + Float(cos(angle)), 0.3 * x, 0.2 * x, 0.1 * x]
        }
        replay.append(poses: poses, reward: sin(angle), terms: [("a", angle), ("b", -angle), ("c", cos(angle))])
      }
      replay.endEpisode()
    }
    #expect(try replay.html().utf8.count < 1_000_000)
  }

  @Test func theSameReplayGivesTheSamePage() throws {
    let replay = ReplayFixtures.hopper(episodes: [(20, 1)])
    #expect(try replay.html() == replay.html())
  }

  @Test func everyScriptInTheFolderIsPartOfThePage() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/Rendering/Pages/Assets")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".js") }
    #expect(files.count == 7)
    for file in files {
      let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      #expect(ReplayAssets.script.contains(text), "\(file) is missing")
    }
  }

  // MARK: Reading a page

  private func packedReplay(in page: String) throws -> PackedReplay {
    let opening = try #require(page.range(of: "<script id=\"replay\" type=\"application/json\">"))
    let closing = try #require(page[opening.upperBound...].range(of: "</script>"))
    return try JSONDecoder().decode(
      PackedReplay.self, from: Data(page[opening.upperBound..<closing.lowerBound].utf8))
  }

  private func floats(_ base64: String) throws -> [Float] {
    try integers(base64, UInt32.self).map { Float(bitPattern: $0) }
  }

  private func integers<Number: FixedWidthInteger>(_ base64: String, _: Number.Type) throws -> [Number] {
    let bytes = [UInt8](try #require(Data(base64Encoded: base64)))
    let width = MemoryLayout<Number>.size
    return stride(from: 0, to: bytes.count, by: width).map { start in
      (0..<width).reduce(0) { $0 | Number(bytes[start + $1]) << (8 * $1) }
    }
  }

  /// What the page's `unpackPoses` does.
  private func unpackedPoses(_ episode: PackedReplay.Episode, shapes: Int) throws -> [Float] {
    let ranges = try floats(episode.poses.ranges)
    let codes = try integers(episode.poses.codes, UInt16.self)
    #expect(ranges.count == shapes * 14)
    var next = 0
    var poses: [Float] = []
    for _ in 0..<episode.frames {
      for channel in 0..<shapes * 7 {
        var value = ranges[2 * channel]
        if ranges[2 * channel + 1] > 0 {
          value += Float(codes[next]) / 65535 * ranges[2 * channel + 1]
          next += 1
        }
        poses.append(value)
      }
    }
    #expect(next == codes.count)
    return poses
  }

  /// Rotations are compared up to their sign.
  private func largestDifference(_ poses: [Float], _ others: [Float]) -> Float {
    var largest: Float = 0
    for offset in stride(from: 0, to: poses.count, by: 7) {
      let cosine = (3..<7).reduce(Float(0)) { $0 + poses[offset + $1] * others[offset + $1] }
      for index in 0..<7 {
        let sign: Float = index >= 3 && cosine < 0 ? -1 : 1
        largest = max(largest, abs(poses[offset + index] - sign * others[offset + index]))
      }
    }
    return largest
  }
}
