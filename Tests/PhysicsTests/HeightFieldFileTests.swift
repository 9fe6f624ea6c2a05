import Foundation
import Testing

@testable import SinewPhysics

/// Height fields in files. What MuJoCo 4.0.1 makes of files like these is what is expected.
@Suite struct HeightFieldFileTests {
  private static func value(_ x: Int, _ y: Int) -> Double { Double((x * x + 3 * y * y) / 8 % 4 * 60 + x / 4) }

  /// Pictures of 24 × 16 points, whose lines are filtered in turn in each of the five ways.
  static let pictures: [String: String] = [
    "dynamic": """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAAAAAApT+BJAAAAdklEQVR42nWQwZGDMAxFZey0QRoRgb07DZAOUoEI4e40kBLYBnB2uItG2Eb223GO\
    62GQ32Dr6UNExEM0Q3WrXmNrrXOum9bDZNKHhr08JCybKpnCFbMwKqP6vC9sn1xff3sOQ+jr71lw+s1OiZYzkaa1LblVZkp3o2niherExAAAAHdJ\
    REFU6XWqfsa27bruvh6+VsPE1KDnQzREJTWFISf2TJ59rvxhi9b7pb+mcZ/HedatsBPMfWbBVBKKPDPuCuQD5DfIR8jvkE9JjqSeUyuNn+RgyBE0\
    Pfn1Xmlrpa59w7xf9p5MkPpY2MEimFtCzqEpR2b677f/AZHVgp6VsfuUAAAAAElFTkSuQmCC
    """,
    "fixed": """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAAAAAApT+BJAAAAiklEQVR4AWNgYGCwqdzKWMlUxbSt2p6ZmYWFxaF2J2stI0jC1sanorOiY8vRI0cY\
    GKF8JhubChsgbQOkfcBsKJ95mo1c1uMom47Kjii55csqgKohfJYjDAxbfBkYjoDA0S1go8B8BpDerYy2W+222TFtr7a3d3BwqNnJ6riT0YbBhsEW\
    aGZnxZGOrUcYjjCWfqCwAAAAi0lEQVRC+UDLGWx8bBh8bHzAtA2Mzww0+lF0VBbIudPkly07chTKZ6kAutvXpgLoqooOqOVgPlBvBdDySqDlVUDL\
    q4GW1wAtrwVZDvSpjw3IqCNbYT4H8oGWAz0KQmACAkBM5go5OR9bG5tH0Y+iGBg7KuTkoXwWoC0VQHdXdID9cQTkDzCfAVewAwCR1YKe512yRQAA\
    AABJRU5ErkJggg==
    """,
    "stored": """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAAAAAApT+BJAAAAzUlEQVR4AQGQAW/+AAAAADx5tQF5AnoCtns/AwMEBARAfbkFfQEAAAA8PTxMeIl4\
    iLTFxMQAAQAAPD08THgCPDx4PDxMeDw8PHhMPDx4PDw8eDw8THg8A5Y8HmrjWjyIeYhaHqemeDw9PB5q41o8iATEAAC0TQAAxMTExMTFtMQAAQAA\
    tE0AAMQAPDw8eLUBPbU+tj4Ct3s/P0BAQHy5BUG5ATwAPAA9THg8iXjEiLXEAMQBADwAPUx4PAI8PAA8TDwATDxMADxMPAA8PDwAPEw8ckAWZwAA\
    AM5JREFUAEwDxMTE4ltaaniJeIiWH6amxMXExOJbWmp4BHgAADxNPHiIeYh4iMW0xAABAAA8TTx4iAA8PHh4tQF5tT62egK3e3s/QEB8fLkFfbkB\
    PAAAPD1MPHiJeIjEtcTEAAEAADw9TDx4Ajw8PDxMPDxMPEw8PEw8PDw8PDw8TDw8TAN4Hh5MPTw84lviWgABiHgeHx4eTD08POIEiAA8eD1MeHiI\
    eMSItcTExAEAPHg9THh4AAAAADx5tQF5AnoCtns/AwMEBARAfbkFfZHVgp4fbm45AAAAAElFTkSuQmCC
    """,
    "colour": """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAAyklEQVR42q2Uy3HCMBCGd/0Aft7v3EgjMjh3pwHSARXYPO6kAUogDWAy3E0jpJEo\
    a+QRGG7x7Kx/S/9Y608rE4EITHAU3AReCp9RSVB1UFsCDupHNFZoztBy0XbR8dD10PPQDzHYYHjCyMd4gxf+exGxDkUcSI6IY+JPyVviA/GZOJPQ\
    NpZc9juKSEcsWUdk6Xw8srQq6cLv7nx94wnxgviHeC6L6EISyXOZ+iLey7JFFWW/l9H1OhC9G53dxllmcyc/8ZOCDlZwYrgpPIYfwqfM3gAAAMtJ\
    REFUoJKiOkXtCExRd9D4RnOF1gztGTohuiF6IfprDE4Y+hi9YXzSsJXAVsIvMOSUgZ1J2akhnRnYZf8VNhlyuY7M4914AbvsdzOf8q29EH8IvMXt\
    9u+IXwX2XmxFK9z5vdgAUwIv39otUSI51w9h3/mvsGMLdmLBXlqwVxbstQV7Y8MuOjUSYX9aZmA/7OzC7ygLYXQrotL4XdgGN/ZpIp0ama5VBuRF\
    WOZVbGXZiYB/6Pe2hpxmFpizExvSmYjU6nJ+4qf/+o38AiLkiwJWpW/xAAAAAElFTkSuQmCC
    """,
    "deep": """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQEAAAAAB53zwKAAAAr0lEQVR42pWS23XCMAyGJdvhTrnDG13EQPruLkA3YAKHy3u6ACPQBQg9vJtF6CKV\
    FUOSvjU+kmL9J7I+KwAACELLRGUR1pK6aGybonVp7zqrrnyRPdVXAzWMR4fxdRJNDzPkD1DjgsygxU+yFM94Q0cLELGqCw0aLHhvQvR7A0W+qssj\
    aJzjBn9wTTVSTMjWlPnCE9XLK5d15cA/Z3jn6J7rRjnH/VZ1fxhqYWWmMFrUsvqyU3vsyAAAAK9JREFUcWkuW6L93dl1Vy+rXtyPB/FwP7qOo8nb\
    9DpDDR4J6GjDLXhoR0dnjOwYuqwzNDCSj4bfin0OXdYl9Ut17vhBUJvntR7xlaBPpOTXW+jKMowmKH99KSRkPlahC52hbYBOAvQ2QO8C9D5AHx7Q\
    +SQN+UdLjqGrk851oQOYeXpT2hfrkZUW5jRJwxPVDHcnPF85pXpzgq/qKmUkCwv+VywjO/JZmDj+0eG/v/cvqK6HeO4HzxUAAAAASUVORK5CYII=
    """,
    "alpha": """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAQAAACmLXceAAAAmUlEQVR42pWSzXHDIBCFn37ShtIItpM7bsDpwBXgvxkdlQZcgtOA7UzuuBGnkM1j\
    QUIcox0WlsewfLsCJJiRndykoq9lz3GXg6ykobVqb3KSH3mhr3icn8GCw8Lhk2PAFQ94GlCh1GvDhYNJoUGMLfJ+qTfn3qDDFr/YMByw49hw5wsX\
    PRBunuut15RXrHX2kz24l5+UdRgJ5hR5Qb/RvGJrAAAAmklEQVQk8JLY34q9Im6woyK/01dGAhKYOr4xQHumvun9XjPMdYWGIoXZ6irHEXquN74P\
    L37ig1DbqaxnvBL6oiyl3rpU57WWL1YpzCV01hGRXepzhN4n6EOCPibo0wgdO2n1jvgkr9Blp6NemwRmJ29ncbZxt3F9x05a7ahRuCfxws2BpSN8\
    qbeDJnSpzk6PjX3wUx+yjv/+3n+Vpea7ljjbMAAAAABJRU5ErkJggg==
    """,
    "palette": """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAMAAAA7+k+nAAACLlBMVEX/AAf+AQf9Agf8Awf7BAf6BQf5Bgf4Bwf3CAf2CQf1Cgf0CwfzDAfyDQfx\
    DgfwDwfvEAfuEQftEgfsEwfrFAfqFQfpFgfoFwfnGAfmGQflGgfkGwfjHAfiHQfhHgfgHwffIAfeIQfdIgfcIwfbJAfaJQfZJgfYJwfXKAfWKQfV\
    KgfUKwfTLAfSLQfRLgfQLwfPMAfOMQfNMgfMMwfLNAfKNQfJNgfINwfHOAfGOQfFOgfEOwfDPAfCPQfBPgfAPwe/QAe+QQe9Qge8Qwe7RAe6RQe5\
    Rge4Rwe3SAe2SQe1Sge0SwezTAeyTQexTgewTwevUAeuUQetUgesUwerVAeqVQepVgeoVwenWAemWQelWgekWwejXAeiXQehXgegXwefYAeeYQed\
    YgecYwebZAeaZQeZZgeYZweXaAeWaQeVageUaweTbAeSbQeRbgeQbwePcAeOcQeNcgeMcweLdAeKdQeJdgeIdweHeAeGeQeFegeEeweDfAeCfQeB\
    fgeAfwd/gAd+gQd9ggd8gwd7hAd6hQd5hgd4hwd3iAd2iQd1igd0iwdzjAdyjQdxjgdwjwdvkAdukQdtkgdskwdrlAdqlQdplgdolwdnmAdmmQdl\
    mgdkmwdjnAdinQdhngdgnwdfoAdeoQddogdcowdbpAdapQdZpgdYpwdXqAdWqQdVqgdUqwdTrAdSrQdRrgdQrwdPsAdOsQdNsgdMswdLtAdKtQdJ\
    tgdItwdHuAdGuQdH90xiAAAAdklEQVR42nWQwZGDMAxFZey0QRoRgb07DZAOUoEI4e40kBLYBnB2uItG2Eb223GO62GQ32Dr6UNExEM0Q3WrXmNr\
    rXOum9bDZNKHhr08JCybKpnCFbMwKqP6vC9sn1xff3sOQ+jr71lw+s1OiZYzkaa1LblVZkp3o2niherExAAAAHdJREFU6XWqfsa27bruvh6+VsPE\
    1KDnQzREJTWFISf2TJ59rvxhi9b7pb+mcZ/HedatsBPMfWbBVBKKPDPuCuQD5DfIR8jvkE9JjqSeUyuNn+RgyBE0Pfn1Xmlrpa59w7xf9p5MkPpY\
    2MEimFtCzqEpR2b677f/AZHVgp6VsfuUAAAAAElFTkSuQmCC
    """,
  ]
  static let four = """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQBAAAAADsvw1IAAAAM0lEQVR42mNgVHZN71x99j2IZhRSAgMwxSSIBJiVpUCAaxaIZIEKKoEIhrCKWXvu\
    fRAyAdGM6XAqyXNkAAAANElEQVTtUAMYYQb4AjUKSUEAC5IEIwPUcrAjGPfAdANpVBdUQCwHO4IFajnYEQxQy8GOAAARWSaj/F2nnwAAAABJRU5E\
    rkJggg==
    """
  static let interlaced = """
    iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAAAAAFeSNDfAAAAdklEQVR42nWQwZGDMAxFZey0QRoRgb07DZAOUoEI4e40kBLYBnB2uItG2Eb223GO\
    62GQ32Dr6UNExEM0Q3WrXmNrrXOum9bDZNKHhr08JCybKpnCFbMwKqP6vC9sn1xff3sOQ+jr71lw+s1OiZYzkaa1LblVZkp3o2niherExAAAAHdJ\
    REFU6XWqfsa27bruvh6+VsPE1KDnQzREJTWFISf2TJ59rvxhi9b7pb+mcZ/HedatsBPMfWbBVBKKPDPuCuQD5DfIR8jvkE9JjqSeUyuNn+RgyBE0\
    Pfn1Xmlrpa59w7xf9p5MkPpY2MEimFtCzqEpR2b677f/AZHVgp6VsfuUAAAAAElFTkSuQmCC
    """

  private func bytes(_ text: String?) throws -> [UInt8] {
    [UInt8](try #require(text.flatMap { Data(base64Encoded: $0) }))
  }

  @Test(arguments: pictures.keys.sorted()) func picturesAreRead(kind: String) throws {
    let field = try HeightFieldFile.read(bytes(Self.pictures[kind]), isPicture: true, source: "p.png")
    #expect((field.columns, field.rows) == (24, 16))
    // The last line of the picture is the lowest y.
    for y in 0..<16 {
      for x in 0..<24 {
        let expected = kind == "palette" ? 255 - Self.value(x, y) : Self.value(x, y)
        #expect(field.values[(15 - y) * 24 + x] == expected, "\(x) \(y)")
      }
    }
  }

  @Test func pointsOfFewBits() throws {
    let field = try HeightFieldFile.read(bytes(Self.four), isPicture: true, source: "p.png")
    for y in 0..<16 { #expect((0..<24).allSatisfy { field.values[(15 - y) * 24 + $0] == Double(($0 + y) % 16) }) }
  }

  static func binary(_ rows: Int32, _ columns: Int32, _ values: [Float]) -> [UInt8] {
    let words = [UInt32(bitPattern: rows), UInt32(bitPattern: columns)] + values.map(\.bitPattern)
    return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  @Test func damagedFilesAreRefused() throws {
    func message(_ bytes: [UInt8], _ isPicture: Bool) -> String {
      do {
        _ = try HeightFieldFile.read(bytes, isPicture: isPicture, source: "h")
        return "none"
      } catch { return "\(error)" }
    }
    #expect(message([1, 2], false) == "h: is shorter than the numbers of rows and columns")
    #expect(message(Self.binary(2, 2, [1, 2, 3]), false) == "h: has 20 bytes; 2 rows of 2 points take 24")
    #expect(message(Self.binary(1, 9, []), false) == "h: has 1 rows of 9 points; 2 to 2048 are read")
    #expect(message(Self.binary(-1, 9, []), false).contains("4294967295 rows"))
    #expect(message(Self.binary(2, 2, [1, 2, 3, .nan]), false) == "h: has a height that is not finite")
    #expect(message(Array("nothing".utf8), true) == "h: is not a PNG picture")
    #expect(try message(bytes(Self.interlaced), true) == "h: is an interlaced PNG picture; save it without")
    for (kind, text) in Self.pictures {
      let whole = try bytes(text)
      #expect(message(Array(whole.prefix(whole.count / 2)), true).hasPrefix("h: is a "), "\(kind)")
      // Whatever byte is wrong, a grid or an error comes back.
      for index in whole.indices {
        var damaged = whole
        damaged[index] ^= 0x5A
        _ = message(damaged, true)
      }
    }
  }

  /// Files are found where meshes are, named after themselves, and count instead of what else the element says; heights
  /// are scaled to the size's third number.
  @Test func modelsNameFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sinew-heights-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("maps"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(bytes(Self.pictures["dynamic"])).write(to: folder.appendingPathComponent("maps/hills.PNG"))
    try Data(Self.binary(2, 3, [1, 2, 3, 4, 5, 6])).write(to: folder.appendingPathComponent("maps/steps.hf"))
    func read(_ asset: String, _ name: String) throws -> Model {
      let url = folder.appendingPathComponent("ground.xml")
      try """
      <mujoco><compiler meshdir="maps"/><asset><hfield size="3 2 0.5 0.1" \(asset)/></asset>
      <worldbody><geom type="hfield" hfield="\(name)"/></worldbody></mujoco>
      """.write(to: url, atomically: true, encoding: .utf8)
      return try Model(contentsOf: url)
    }
    let steps = Model.HeightField(
      halfSizes: SIMD2(3, 2), columns: 3, rows: 2, heights: [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    let model = try read("file=\"steps.hf\" nrow=\"9\" ncol=\"9\"", "steps")
    #expect(model.warnings.isEmpty)
    guard case .heightField(let field) = model.geometries[0].shape else {
      Issue.record("not a height field")
      return
    }
    #expect((field.columns, field.rows, field.halfSizes) == (3, 2, steps.halfSizes))
    #expect(zip(field.heights, steps.heights).allSatisfy { abs($0 - $1) < 1e-12 })
    guard case .heightField(let hills) = try read("file=\"hills.PNG\"", "hills").geometries[0].shape else {
      Issue.record("not a height field")
      return
    }
    #expect((hills.columns, hills.rows) == (24, 16) && hills.heights.max() == 0.5 && hills.heights.min() == 0)
    _ = try Simulation(model: model)
    for (asset, name, message) in [
      ("file=\"none.png\"", "none", "ground.xml:1: hfield: file there is no"),
      ("file=\"steps.hf\" content_type=\"image/png\"", "steps", "file steps.hf: is not a PNG picture"),
      ("file=\"steps.hf\" content_type=\"image/gif\"", "steps", "it takes image/png, image/vnd.mujoco.hfield"),
      ("name=\"n\" nrow=\"2\"", "n", "needs the attribute 'ncol'"),
    ] {
      do {
        _ = try read(asset, name)
        Issue.record("read: \(asset)")
      } catch { #expect("\(error)".contains(message), "\(error)") }
    }
  }
}
