import Foundation
import SinewEnvironments
import SinewPhysics
import SinewSettings
import SinewTestSupport
import Testing

@testable import SinewRendering

struct ImageObservationTests {
  private func observe(_ name: String, _ text: String) throws -> ImageObservation {
    try ImageObservation(EnvironmentCatalogue.make(name), .init(text))
  }

  @Test(arguments: ["image:12x10", "depth:12x10", "image:8x8:tracking:append"])
  func itKeepsThePromisesOfAnEnvironment(description: String) {
    let violations = checkEnvironment(try observe("pendulum", description), steps: 60)
    #expect(violations.isEmpty, "\(violations)")
  }

  @Test func itShowsWhatTheRendererDraws() throws {
    let environment = try observe("hopper", "image:20x16")
    let observation = try environment.reset(seed: 5)
    let simulation = try #require(environment.simulation)
    let renderer = try Renderer(model: simulation.model, configuration: .init(width: 20, height: 16))
    #expect(observation == (try renderer.image(of: simulation).pixels.map { Float($0) / 255 }))
    let depths = try observe("hopper", "depth:20x16")
    let measured = try depths.reset(seed: 5)
    let expected = try renderer.depth(of: try #require(depths.simulation)).metres.map { min($0, 10) }
    #expect(measured == expected)
    #expect(Set(measured).count > 20 && measured.contains(10))
  }

  @Test func thePictureComesAfterTheObservation() throws {
    let plain = try EnvironmentCatalogue.make("pendulum")
    let (own, both) = (try plain.reset(seed: 2), try observe("pendulum", "depth:24x18:tracking:append"))
    let first = try both.reset(seed: 2)
    #expect(first.count == own.count + 432 && Array(first.prefix(own.count)) == own)
    #expect(both.observationSpace.high.suffix(432).allSatisfy { $0 == 10 })
    let (next, _) = try both.step([0.5])
    #expect(Array(next.prefix(own.count)) == (try plain.step([0.5]).observation))
    #expect(next.suffix(432) != first.suffix(432))
  }

  @Test func theNumberOfThreadsChangesNothing() throws {
    let seen = try [1, 2].map { threads in
      let vector = try VectorEnvironment(count: 3, threads: threads, seed: 4) { try observe("pendulum", "image:16x12") }
      try vector.reset()
      return try (0..<5).map { step in
        try vector.step(actions: [0.1 * Float(step), -1, 1].span)
        return vector.observations
      }
    }
    #expect(seen[0] == seen[1] && Set(seen[0]).count == 5)
  }

  @Test func groundThatATaskChangesIsSeen() throws {
    let environment = try EnvironmentCatalogue.make("quadruped")
    _ = try environment.reset(seed: 1)
    let simulation = try #require(environment.simulation)
    let ground = try #require(
      simulation.model.geometries.firstIndex { if case .heightField = $0.shape { true } else { false } })
    let renderer = try Renderer(model: simulation.model, configuration: .init(width: 64, height: 48))
    // Beside the robot, from above.
    let view = View(eye: SIMD3(1.5, 1.5, 3), target: SIMD3(1.5, 1.5, 0), verticalAngle: 0.3)
    let before = try renderer.depth(of: simulation, camera: .fixed(view))
    let heights = simulation.heights(ofGeometry: ground)
    try simulation.setHeights(heights.map { $0 + 0.5 }, ofGeometry: ground)
    let after = try renderer.depth(of: simulation, camera: .fixed(view))
    #expect(abs(before[24, 32] - after[24, 32] - 0.5) < 1e-3)
    try simulation.setHeights(heights, ofGeometry: ground)
    #expect(try renderer.depth(of: simulation, camera: .fixed(view)) == before)
  }

  @Test(arguments: ["image:84x84", "depth:64x48", "image:84x84:tracking:append", "image:84x84:front"])
  func itsNameIsReadAndWritten(text: String) throws {
    #expect(try ImageObservation.Configuration(text).description == text)
  }

  @Test(arguments: ["image", "image:84", "image:0x3", "image:84x84:a:b", "depth:9999x9", "image:84x84:"])
  func whatCannotBeReadSaysWhatCan(text: String) {
    let error = #expect(throws: RenderingError.self) { try ImageObservation.Configuration(text) }
    let word = text.prefix { $0 != ":" }
    #expect(
      error?.description
        == "the wrapper \(word) takes a size up to 1024x1024, then at will a camera, then 'append', such as "
        + "\(word):84x84:tracking:append; found '\(text)'")
  }

  @Test func whatCannotBeSeenIsRefused() throws {
    let unseen = #expect(throws: RenderingError.self) { try ImageObservation(PointEnvironment()) }
    #expect(unseen?.description.hasSuffix("has no bodies to see: it cannot be observed through a camera") == true)
    let camera = #expect(throws: RenderingError.self) { try observe("pendulum", "image:8x8:front") }
    #expect(camera?.description == "the model pendulum has no camera 'front'; it has: tracking")
    let word = #expect(throws: UnknownNameError.self) { try ImageObservation.Configuration("images:8x8") }
    #expect(word?.suggestion == "image")
  }
}
