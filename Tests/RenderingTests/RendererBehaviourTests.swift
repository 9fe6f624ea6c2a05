import Foundation
import SinewEnvironments
import SinewPhysics
import Testing

@testable import SinewRendering

/// The same picture for the same state, no growth, and errors that say what to do.
@Suite(.serialized) struct RendererBehaviourTests {
  private static func humanoid() throws -> (model: Model, poses: [Pose]) {
    let environment = try EnvironmentCatalogue.make("humanoid")
    _ = try environment.reset(seed: 3)
    let simulation = try #require(environment.simulation)
    return (simulation.model, Scene.poses(of: simulation))
  }

  @Test func theSameStateGivesTheSameBits() throws {
    let (model, poses) = try Self.humanoid()
    let renderer = try SceneSupport.renderer(model, width: 120, height: 90)
    let (image, depth) = (try renderer.image(poses: poses), try renderer.depth(poses: poses))
    let elsewhere = poses.map { Pose(position: $0.position + SIMD3(0.3, 0.2, 0.5), rotation: $0.rotation) }
    #expect(try renderer.image(poses: elsewhere) != image)
    #expect(try renderer.image(poses: poses) == image)
    #expect(try renderer.depth(poses: poses) == depth)
    let other = try SceneSupport.renderer(model, width: 120, height: 90)
    #expect(try other.image(poses: poses) == image)
    #expect(try other.depth(poses: poses) == depth)
  }

  /// Each renderer is used by one thread at a time.
  private struct Box: @unchecked Sendable {
    let renderers: [Renderer]
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var images: [Image?]
    init(count: Int) { images = Array(repeating: nil, count: count) }
    func set(_ index: Int, _ image: Image?) { lock.withLock { images[index] = image } }
  }

  @Test func threadsDoNotChangeThePicture() throws {
    let (model, poses) = try Self.humanoid()
    let box = Box(renderers: try (0..<4).map { _ in try SceneSupport.renderer(model, width: 96, height: 64) })
    let expected = try box.renderers[0].image(poses: poses)
    let results = Results(count: 16)
    // Every renderer goes from thread to thread.
    for round in 0..<4 {
      DispatchQueue.concurrentPerform(iterations: 4) { index in
        results.set(4 * round + index, try? box.renderers[(index + round) % 4].image(poses: poses))
      }
    }
    #expect(results.images.allSatisfy { $0 == expected })
  }

  @Test func farFromTheOriginThePictureIsTheSame() throws {
    let shapes = [
      Replay.Shape(kind: .capsule, size: [0.2, 0.5], colour: [0.8, 0.4, 0.2, 1]),
      Replay.Shape(kind: .plane, size: [1, 1]),
    ]
    let renderer = try Renderer(
      scene: Scene(shapes: shapes, radius: 1), configuration: SceneSupport.configuration(160, 120))
    // An even number of the checker's tiles, which are one metre wide.
    let shift = SIMD3(80_000.0, -64_000, 0)
    let near = try renderer.image(poses: [Pose(position: SIMD3(0, 0, 0.7)), .identity])
    let far = try renderer.image(poses: [Pose(position: shift + SIMD3(0, 0, 0.7)), .identity])
    #expect(near.difference(from: far) <= 1)
  }

  @Test(arguments: EnvironmentCatalogue.names) func everyRobotIsInItsPicture(name: String) throws {
    let environment = try EnvironmentCatalogue.make(name)
    _ = try environment.reset(seed: 1)
    let simulation = try #require(environment.simulation)
    let renderer = try SceneSupport.renderer(simulation.model, width: 128, height: 96)
    let poses = Scene.poses(of: simulation)
    let view = try renderer.view(nil, poses)
    let robot = RobotBodies(simulation.model).bodies
    for (index, geometry) in simulation.model.geometries.enumerated() where robot.contains(geometry.body) {
      let (column, row) = SceneSupport.pixel(poses[index].position, view, width: 128, height: 96)
      #expect((0...128).contains(column) && (0...96).contains(row))
    }
    let image = try renderer.image(of: simulation)
    var hidden = simulation.model
    for index in hidden.geometries.indices where robot.contains(hidden.geometries[index].body) {
      hidden.geometries[index].colour.w = 0
    }
    let empty = try SceneSupport.renderer(hidden, width: 128, height: 96).image(poses: poses, view: view)
    #expect(image.difference(from: empty) > 40)
  }

  @Test func aFrameHasAPoseForEveryShape() throws {
    let (model, poses) = try Self.humanoid()
    let renderer = try SceneSupport.renderer(model)
    let error = #expect(throws: RenderingError.self) { try renderer.image(poses: Array(poses.dropLast())) }
    #expect(
      error?.description == "a frame has \(poses.count - 1) poses; the scene has \(poses.count) shapes")
  }

  @Test(arguments: [(0, 10), (10, -1), (9000, 10)])
  func impossibleSizesAreRefused(width: Int, height: Int) throws {
    let error = #expect(throws: RenderingError.self) {
      try Renderer(scene: Scene(shapes: [], radius: 1), configuration: SceneSupport.configuration(width, height))
    }
    #expect(
      error?.description == "a picture has 1 to 8192 pixels across and down, not \(width) × \(height)")
  }

  @Test func aSceneOfNothingIsSky() throws {
    let renderer = try Renderer(scene: Scene(shapes: [], radius: 1), configuration: SceneSupport.configuration(8, 8))
    #expect(try renderer.depth(poses: []).covered == 0)
    #expect(Set(try renderer.image(poses: []).pixels).count > 1)
  }

  @Test func withoutEGLOneLineSaysWhatToInstall() {
    for (library, reason) in [("libnone.so.1", "libnone.so.1"), ("libm.so.6", "it has no eglGetProcAddress")] {
      let error = #expect(throws: RenderingError.self) { try GraphicsDisplay(library: library) }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("cannot draw: EGL is missing (") && text.contains(reason))
      #expect(text.hasSuffix("sudo apt-get install libegl1 libgl1-mesa-dri") && !text.contains("\n"))
    }
  }

  // MARK: Memory

  private func residentMegabytes() -> Double {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.dropFirst().first.flatMap { Double($0) } ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
  }

  /// Other tests run beside, so that what counts is the least that any of several rounds added.
  private func leastGrowth(rounds: Int, _ body: () throws -> Void) rethrows -> Double {
    try body()
    return try (0..<rounds).map { _ in
      let before = residentMegabytes()
      try body()
      return residentMegabytes() - before
    }.min() ?? 0
  }

  @Test func aThousandPicturesLeaveNothingBehind() throws {
    let (model, poses) = try Self.humanoid()
    let renderer = try SceneSupport.renderer(model, width: 32, height: 24)
    let growth = try leastGrowth(rounds: 5) {
      for _ in 0..<200 {
        _ = try renderer.image(poses: poses)
        _ = try renderer.depth(poses: poses)
      }
    }
    #expect(growth < 0.5)
  }

  @Test func renderersThatAreGoneTakeNoMemory() throws {
    let (model, poses) = try Self.humanoid()
    let growth = try leastGrowth(rounds: 5) {
      for _ in 0..<4 { _ = try SceneSupport.renderer(model, width: 128, height: 128).image(poses: poses) }
    }
    #expect(growth < 2)
  }
}
