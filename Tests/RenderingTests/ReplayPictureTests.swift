import Foundation
import Testing

@testable import SinewRendering

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ReplayPictureTests {
  @Test func thePictureIsWellformedSmallAndAlwaysTheSame() throws {
    let replay = ReplayFixtures.hopper()
    let picture = try replay.picture()
    let elements = try Elements(picture)
    #expect(elements.count["svg"] == 1)
    #expect(elements.count["title"] == 1)
    // A pose is a group of its four capsules.
    #expect(elements.opacities.count == 8)
    #expect(elements.opacities.last == 1)
    #expect(elements.opacities == elements.opacities.sorted(), "earlier poses are fainter")
    #expect(picture.utf8.count < 16_000)
    #expect(!picture.contains("nan") && !picture.contains("inf"))
    #expect(try picture == replay.picture())
  }

  @Test func everyShapeCanBeDrawnWithoutAGroundToo() throws {
    let elements = try Elements(try ReplayFixtures.shapes().picture(poses: 3))
    #expect(elements.opacities.count >= 3)
    #expect(elements.count["ellipse"] == nil, "there is no ground to cast a shadow on")
  }

  @Test func aShapeThatNeverMovesIsDrawnOnce() throws {
    var replay = ReplayFixtures.hopper(episodes: [(100, 1)])
    let before = try Elements(try replay.picture(poses: 4))
    replay.shapes.append(.init(kind: .box, size: [0.2, 0.2, 0.2], name: "step"))
    let frames = replay.episodes[0].poses
    replay.episodes[0].poses = stride(from: 0, to: frames.count, by: 35).flatMap {
      Array(frames[$0..<$0 + 35]) + [1, 0, 0.2, 1, 0, 0, 0]
    }
    let after = try Elements(try replay.picture(poses: 4))
    #expect(after.opacities.count == before.opacities.count + 1)
  }

  @Test func aRobotThatGoesAnotherWayIsSeenFromItsSide() throws {
    // The same hops along +y: turned by 90 degrees about z.
    var turned = ReplayFixtures.hopper()
    let half = Float(0.5).squareRoot()
    turned.episodes[0].poses = stride(from: 0, to: turned.episodes[0].poses.count, by: 7).flatMap { offset -> [Float] in
      let pose = Array(turned.episodes[0].poses[offset..<offset + 7])
      let (w, x, y, z) = (pose[3], pose[4], pose[5], pose[6])
      return [-pose[1], pose[0], pose[2], half * (w - z), half * (x - y), half * (y + x), half * (z + w)]
    }
    let straight = try Elements(try ReplayFixtures.hopper().picture())
    let picture = try Elements(try turned.picture())
    #expect(abs(picture.height - straight.height) <= 1)
    #expect(picture.count == straight.count)
  }

  @Test func aSingleFrameAndASinglePoseWillDo() throws {
    var replay = ReplayFixtures.still()
    replay.append(poses: ReplayFixtures.rest, reward: 0)
    #expect(try Elements(try replay.picture()).opacities == [1])
    #expect(try Elements(try ReplayFixtures.hopper().picture(poses: 1)).opacities == [1])
  }

  @Test func titlesAreEscaped() throws {
    let picture = try ReplayFixtures.hopper(title: "a <b> & \"c\" \u{1}", episodes: [(30, 1)]).picture()
    #expect(try Elements(picture).count["b"] == nil)
    #expect(picture.contains("a &lt;b&gt; &amp; &quot;c&quot;"))
  }

  @Test func argumentsOutOfRangeAreNamed() throws {
    let replay = ReplayFixtures.hopper(episodes: [(100, 1)])
    let outside = #expect(throws: ReplayError.self) { try replay.picture(episode: 1) }
    #expect(try #require(outside).description.contains("no episode with index 1"))
    #expect(throws: ReplayError.self) { try replay.picture(seconds: 3...4) }
    #expect(throws: ReplayError.self) { try replay.picture(poses: 0) }
    #expect(throws: ReplayError.self) { try replay.picture(width: 10) }
    _ = try Elements(try replay.picture(seconds: 0.2...90))
  }

  /// Counts a document's elements; throws when it is not well-formed.
  private final class Elements: NSObject, XMLParserDelegate {
    var count: [String: Int] = [:]
    /// Of the groups that are a pose.
    var opacities: [Double] = []
    var height = 0.0

    init(_ text: String) throws {
      super.init()
      let parser = XMLParser(data: Data(text.utf8))
      parser.delegate = self
      try #require(parser.parse(), "not well-formed XML: \(String(describing: parser.parserError))")
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      count[name, default: 0] += 1
      if name == "svg" { height = Double(attributes["height"] ?? "") ?? 0 }
      if name == "g", attributes["stroke-linejoin"] != nil {
        opacities.append(Double(attributes["opacity"] ?? "") ?? 0)
      }
    }
  }
}
