import Foundation
import SinewPhysics
import Testing

/// Rough ground against planes and slopes.
@Suite struct HeightFieldTests {
  typealias Vector = SIMD3<Double>

  /// A free body over ground that is a plane, or a height field with the heights that `surface` gives.
  static func simulation(
    _ geometry: String, option: String = "timestep=\"0.002\"", margin: Double = 0,
    surface: ((SIMD2<Double>) -> Double)? = nil
  ) throws -> Simulation {
    var model = try Model(
      mjcf: """
        <mujoco><option \(option)/><worldbody>
        <geom name="ground" type="plane" size="5 5 1" friction="0.7" margin="\(margin)"/>
        <body name="body" pos="0 0 1"><freejoint/>\(geometry)</body></worldbody></mujoco>
        """, name: "ground")
    if let surface {
      let flat = Model.HeightField(halfSizes: SIMD2(2, 3), columns: 41, rows: 61)
      var heights: [Double] = []
      for row in 0..<flat.rows {
        for column in 0..<flat.columns { heights.append(surface(flat.place(column: column, row: row))) }
      }
      model.geometries[0].shape = .heightField(flat.with(heights: heights))
    }
    return try Simulation(model: model)
  }

  private func place(_ simulation: Simulation, _ position: Vector, _ rotation: Quaternion) throws {
    let q = rotation.normalized
    try simulation.setState(
      positions: [position.x, position.y, position.z, q.w, q.x, q.y, q.z], velocities: [Double](repeating: 0, count: 6))
  }

  static let bodies = [
    "<geom size=\"0.1\" mass=\"1\"/>", "<geom type=\"capsule\" size=\"0.05 0.3\" mass=\"1\"/>",
    "<geom type=\"box\" size=\"0.1 0.2 0.05\" mass=\"1\"/>", "<geom type=\"cylinder\" size=\"0.1 0.05\" mass=\"1\"/>",
    "<geom size=\"0.1\" mass=\"1\" margin=\"0.01\"/>",
  ]

  /// A flat height field gives the contacts of a plane, at any place and in any pose.
  @Test(arguments: bodies) func flatFieldIsAPlane(geometry: String) throws {
    let plane = try Self.simulation(geometry, margin: 0.002)
    let field = try Self.simulation(geometry, margin: 0.002) { _ in 0 }
    var generator = Stream(state: 7)
    for _ in 0..<200 {
      let position = Vector(generator.next(-1.9...1.9), generator.next(-2.9...2.9), generator.next(0.03...0.12))
      let rotation = Quaternion(
        w: generator.next(-1...1), x: generator.next(-1...1), y: generator.next(-1...1), z: generator.next(-1...1))
      for simulation in [plane, field] {
        try place(simulation, position, rotation)
        try simulation.step()
      }
      let (wanted, found) = (plane.contacts, field.contacts)
      // Beyond four contacts (a box that is deep in the ground) which are kept is anyone's choice.
      if wanted.count < 4 { #expect(found.count == wanted.count) }
      if wanted.count == found.count && wanted.count < 4 {
        for contact in wanted {
          let near = found.min { length($0.position - contact.position) < length($1.position - contact.position) }
          let other = try #require(near)
          #expect(length(other.position - contact.position) < 1e-9)
          #expect(abs(other.depth - contact.depth) < 1e-9)
          #expect(length(up(other) - up(contact)) < 1e-9)
        }
        for (a, b) in zip(field.velocities, plane.velocities) { #expect(abs(a - b) < 1e-6) }
      }
    }
  }

  /// The normal out of the ground, whichever geometry comes first.
  private func up(_ contact: Contact) -> Vector { contact.first == 0 ? contact.normal : -contact.normal }

  /// On a slope contacts are those of the tilted plane.
  @Test(arguments: bodies.prefix(3)) func slopeIsATiltedPlane(geometry: String) throws {
    let (rise, lean) = (0.4, -0.25)
    let field = try Self.simulation(geometry) { rise * $0.x + lean * $0.y }
    let normal = Vector(-rise, -lean, 1) / length(Vector(-rise, -lean, 1))
    var generator = Stream(state: 3)
    var touched = 0
    for _ in 0..<200 {
      let (x, y) = (generator.next(-1.5...1.5), generator.next(-2...2))
      let position = Vector(x, y, rise * x + lean * y) + generator.next(0.03...0.15) * normal
      let rotation = Quaternion(
        w: generator.next(-1...1), x: generator.next(-1...1), y: generator.next(-1...1), z: generator.next(-1...1))
      try place(field, position, rotation)
      try field.step()
      for contact in field.contacts {
        touched += 1
        #expect(length(up(contact) - normal) < 1e-9)
        // The contact lies halfway between the shape's point and the plane.
        #expect(abs(dot(contact.position, normal) + contact.depth / 2) < 1e-9)
      }
    }
    #expect(touched > 100)
  }

  /// A ball rests on a ridge, a tip and in a furrow, where the engine's own height field lets it sink.
  @Test(arguments: ["ridge", "tip", "furrow"]) func aBallRestsWhereFacesMeet(kind: String) throws {
    let simulation = try Self.simulation("<geom size=\"0.05\" mass=\"1\"/>") { place in
      switch kind {
      case "ridge": -0.5 * abs(place.x)
      case "tip": -0.5 * max(abs(place.x), abs(place.y))
      default: 0.5 * abs(place.x)
      }
    }
    // Still, and held up by what touches it.
    try place(simulation, Vector(0, 0, kind == "furrow" ? 0.0559 : 0.05), .identity)
    try simulation.step(count: 200)
    let height = simulation.positions[2]
    if kind == "furrow" {
      // √(1 + ½²) of the radius over the bottom.
      #expect(abs(height - 0.05 * 1.25.squareRoot()) < 2e-3)
      #expect(simulation.contacts.count == 2)
    } else {
      #expect(abs(height - 0.05) < 2e-3)
      #expect(simulation.contacts.count == 1)
      #expect(abs(up(simulation.contacts[0]).z - 1) < 1e-6)
    }
  }

  /// A capsule across a ridge rests on it with its middle; a box's face on a tip.
  @Test func longBodiesRestOnWhatSticksOut() throws {
    let capsule = try Self.simulation("<geom type=\"capsule\" size=\"0.05 0.4\" mass=\"1\"/>") { -0.5 * abs($0.x) }
    let lying = Quaternion(angle: .pi / 2, axis: Vector(0, 1, 0))
    try place(capsule, Vector(0, 0.02, 0.05), lying)
    try capsule.step(count: 20)
    #expect(abs(capsule.positions[2] - 0.05) < 2e-3)
    let contact = try #require(capsule.contacts.first)
    #expect(abs(contact.position.x) < 1e-3 && abs(up(contact).z - 1) < 1e-3)

    let box = try Self.simulation("<geom type=\"box\" size=\"0.3 0.3 0.05\" mass=\"1\"/>") {
      -0.5 * max(abs($0.x), abs($0.y))
    }
    try place(box, Vector(0, 0, 0.05), .identity)
    try box.step(count: 100)
    #expect(abs(box.positions[2] - 0.05) < 3e-3)
  }

  /// A ball that rolls over random ground never gets into it by more than contacts give way.
  @Test func nothingSinksIntoRoughGround() throws {
    var terrain = Terrain()
    (terrain.roughness, terrain.platform, terrain.stepHeight, terrain.stepWidth) = (0.05, 0, 0.04, 0.6)
    let ball = try Self.simulation("<geom size=\"0.03\" mass=\"0.5\"/>") { _ in 0 }
    guard case .heightField(let field) = ball.model.geometries[0].shape else { return }
    var generator = Stream(state: 11)
    try ball.setHeights(terrain.heights(on: field, using: &generator), ofGeometry: 0)
    var worst = 0.0
    for trial in 0..<10 {
      let (x, y) = (generator.next(-1...1), generator.next(-1...1))
      let ground = try #require(ball.groundHeight(ofGeometry: 0, at: Vector(x, y, 0)))
      try ball.setState(
        positions: [x, y, ground + 0.1, 1, 0, 0, 0], velocities: [cos(Double(trial)), sin(Double(trial)), 0, 0, 0, 0])
      for _ in 0..<1000 {
        try ball.step()
        let now = ball.pose(ofBody: 1).position
        let ground = try #require(ball.groundHeight(ofGeometry: 0, at: now))
        // Straight down is farther than the nearest way out.
        worst = max(worst, 0.03 - (now.z - ground))
      }
    }
    #expect(worst < 0.03)
  }

  @Test func terrainIsWhatItsNumbersSay() {
    let field = Model.HeightField(halfSizes: SIMD2(2, 2), columns: 41, rows: 41)
    var generator = Stream(state: 1)
    func heights(_ change: (inout Terrain) -> Void) -> [Double] {
      var terrain = Terrain()
      change(&terrain)
      return terrain.heights(on: field, using: &generator)
    }
    func at(_ heights: [Double], _ column: Int, _ row: Int) -> Double { heights[row * 41 + column] }
    #expect(heights { _ in }.allSatisfy { $0 == 0 })
    // 1 m to the right of the middle.
    #expect(abs(at(heights { $0.slope = 0.3 }, 30, 20) - 0.3) < 1e-12)
    let steps = heights { ($0.stepHeight, $0.stepWidth) = (0.1, 0.4) }
    #expect(abs(at(steps, 26, 20) - 0.1) < 1e-12)
    #expect(abs(at(steps, 30, 20) - 0.2) < 1e-12)
    let rough = heights { $0.roughness = 0.05 }
    #expect(rough.allSatisfy { abs($0) <= 0.05 })
    #expect((rough.max() ?? 0) > 0.03 && (rough.min() ?? 0) < -0.03)
    #expect(at(rough, 20, 20) == 0)
    #expect(rough != heights { $0.roughness = 0.05 })
    #expect(abs(at(heights { ($0.waveHeight, $0.waveLength) = (0.2, 4) }, 30, 20) - 0.1) < 1e-9)
  }

  /// Worlds with rough ground on several threads at once give the bits that they give one after another.
  @Test func threadsDoNotDisturbEachOther() async throws {
    @Sendable func run(_ seed: UInt64) throws -> [Double] {
      let bodies = """
        <geom size="0.05" mass="0.5"/><geom type="capsule" size="0.03 0.1" pos="0.1 0 0" mass="0.5"/>
        <geom type="cylinder" size="0.06 0.03" pos="-0.1 0.05 0" mass="0.3"/>
        """
      var terrain = Terrain()
      (terrain.roughness, terrain.platform) = (0.06, 0)
      let simulation = try Self.simulation(bodies) { _ in 0 }
      guard case .heightField(let field) = simulation.model.geometries[0].shape else { return [] }
      var generator = Stream(state: seed)
      try simulation.setHeights(terrain.heights(on: field, using: &generator), ofGeometry: 0)
      try simulation.setState(positions: [0, 0, 0.4, 1, 0, 0, 0], velocities: [1, 0.5, 0, 0, 3, 0])
      try simulation.step(count: 1500)
      return simulation.positions + simulation.velocities
    }
    let alone = try (0..<8).map { try run($0) }
    let together = try await withThrowingTaskGroup(of: (Int, [Double]).self) { group in
      for seed in 0..<8 { group.addTask { (seed, try run(UInt64(seed))) } }
      var result = [[Double]](repeating: [], count: 8)
      for try await (seed, state) in group { result[seed] = state }
      return result
    }
    #expect(alone == together)
    #expect(Set(alone.map { $0[0] }).count == 8)
  }

  @Test func badHeightsAreErrors() throws {
    let simulation = try Self.simulation("<geom size=\"0.05\" mass=\"1\"/>") { _ in 0 }
    #expect(throws: SimulationError.self) { try simulation.setHeights([1, 2], ofGeometry: 0) }
    #expect(throws: SimulationError.self) { try simulation.setHeights([], ofGeometry: 1) }
    var heights = simulation.heights(ofGeometry: 0)
    heights[5] = .nan
    #expect(throws: SimulationError.self) { try simulation.setHeights(heights, ofGeometry: 0) }
    #expect(simulation.heights(ofGeometry: 0).allSatisfy { $0 == 0 })
    #expect(simulation.groundHeight(ofGeometry: 1, at: .zero) == nil)
    var model = simulation.model
    model.geometries[0].body = 1
    #expect(throws: SimulationError.self) { try Simulation(model: model) }
  }
}

/// Numbers that are random enough.
struct Stream: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }
}

func length(_ v: SIMD3<Double>) -> Double { (v * v).sum().squareRoot() }

func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }
