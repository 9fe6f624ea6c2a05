import Foundation
import SinewEnvironments
import Testing

@testable import SinewRendering

@Suite struct ReplayMeshTests {
  /// A tetrahedron with corners at the origin and one metre along each axis.
  private static let corner = Replay.Mesh(
    vertices: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], triangles: [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3])

  private func replay(_ shape: Replay.Shape) -> Replay {
    var replay = Replay(title: "shapes", shapes: [shape], frameInterval: 0.1)
    for frame in 0..<3 { replay.append(poses: [Float(frame) * 0.1, 0, 0, 1, 0, 0, 0], reward: 0) }
    return replay
  }

  @Test func aMeshComesBackFromItsText() throws {
    let shape = Replay.Shape(kind: .mesh, size: [], name: "corner", mesh: Self.corner)
    let text = try JSONEncoder().encode(shape)
    #expect(try JSONDecoder().decode(Replay.Shape.self, from: text) == shape)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Replay.Mesh.self, from: Data(#"{"vertices":"AAA=","triangles":""}"#.utf8))
    }
  }

  @Test func aPageShowsMeshesAndEllipsoids() throws {
    let page = try replay(Replay.Shape(kind: .mesh, size: [], mesh: Self.corner)).html()
    #expect(page.contains(#""kind":"mesh","mesh":{"#))
    #expect(try replay(Replay.Shape(kind: .ellipsoid, size: [0.1, 0.2, 0.3])).html().contains(#""kind":"ellipsoid""#))
  }

  @Test func aPictureDrawsTheirOutlines() throws {
    for shape in [
      Replay.Shape(kind: .mesh, size: [], mesh: Self.corner), Replay.Shape(kind: .ellipsoid, size: [0.1, 0.2, 0.3]),
    ] {
      let picture = try replay(shape).picture(poses: 3)
      #expect(picture.components(separatedBy: "Z\" fill=\"#").count == 4, "three poses, one outline each")
      #expect(!picture.contains("nan") && !picture.contains("inf"))
    }
  }

  @Test(arguments: [
    (nil, "no triangles"),
    (Replay.Mesh(vertices: [0, 0, 0], triangles: []), "no triangles"),
    (Replay.Mesh(vertices: [0, 0], triangles: [0, 0, 0]), "2 coordinates and 3 indices; both come in threes"),
    (Replay.Mesh(vertices: [0, .nan, 0], triangles: [0, 0, 0]), "a vertex that is not finite"),
    (Replay.Mesh(vertices: [0, 0, 0], triangles: [0, 0, 7]), "no vertex 7; it has 1"),
  ])
  func aBrokenMeshIsRefused(mesh: Replay.Mesh?, problem: String) {
    let shape = Replay.Shape(kind: .mesh, size: [], name: "stone", mesh: mesh)
    let error = #expect(throws: ReplayError.self) { try replay(shape).html() }
    #expect(error?.description == "replay: shape 0 (stone) is a mesh with \(problem)")
  }

  @Test func anEllipsoidNeedsThreeSizes() {
    let error = #expect(throws: ReplayError.self) { try replay(Replay.Shape(kind: .ellipsoid, size: [1, 1])).html() }
    #expect(error?.description.contains("a ellipsoid needs 3 half sizes greater than zero") == true)
  }

  @Test func theirReachIsThatOfTheFarthestPoint() {
    #expect(Replay.Shape(kind: .mesh, size: [], mesh: Self.corner).boundingRadius == 1)
    #expect(abs(Replay.Shape(kind: .ellipsoid, size: [0.1, 0.4, 0.2]).boundingRadius - 0.4) < 1e-7)
  }

  /// A replay shows each episode's own ground.
  @Test func replaysShowTheGround() throws {
    let environment = try EnvironmentCatalogue.make("quadruped")
    try environment.setParameter("terrain.roughness", to: .fixed(0.03))
    let model = try #require(environment.simulation).model
    let geometry = try #require(model.geometry(named: "ground"))
    var replay = Replay(title: "quadruped", model: model, frameInterval: 0.02)
    for seed in [1, 2] as [UInt64] {
      _ = try environment.reset(seed: seed)
      replay.beginEpisode()
      let now = try #require(environment.simulation)
      for _ in 0..<3 {
        replay.append(frameOf: now, reward: 0)
        _ = try environment.step([Float](repeating: 0, count: 12))
      }
      replay.endEpisode()
      #expect(replay.episodes.last?.grounds?.first?.heights == now.heights(ofGeometry: geometry).map { Float($0) })
    }
    #expect(replay.shapes[0].kind == .mesh)
    let page = try replay.html()
    #expect(page.contains("\"grounds\":[{\"heights\":"))
    replay.episodes[0].grounds?[0].heights.removeLast()
    #expect(throws: ReplayError.self) { try replay.html() }
  }
}
