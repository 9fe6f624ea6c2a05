import Foundation
import SinewPhysics
import Testing

/// Damaged files: the reader answers with a model or an error, and a model that it accepts can be stepped.
@Suite struct MJCFFuzzTests {
  @Test(arguments: ["hopper.xml", "chain.xml"]) func damagedFilesAreReadOrRefused(name: String) throws {
    let original = try Array(Data(contentsOf: fixture(name)))
    var generator = Generator(state: 42)
    var (read, refused) = (0, 0)
    for _ in 0..<2000 {
      let text = String(decoding: Self.damage(original, using: &generator), as: UTF8.self)
      guard let model = try? Model(mjcf: text, name: name) else {
        refused += 1
        continue
      }
      read += 1
      guard let simulation = try? Simulation(model: model) else { continue }
      let control = [Double](repeating: 0.5, count: model.controlCount)
      try? simulation.step(control: control.span, count: 5)
    }
    // Both happen, or the damage tests nothing.
    #expect(read > 100 && refused > 100)
  }

  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  /// Overwrites, removes, repeats or swaps a few stretches.
  static func damage(_ original: [UInt8], using generator: inout Generator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      guard bytes.count > 20 else { break }
      let at = Int.random(in: 0..<bytes.count - 16, using: &generator)
      let length = Int.random(in: 1...16, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[at] = Array("0123456789.-e\"<>/ ".utf8).randomElement(using: &generator) ?? 0
      case 2: bytes.removeSubrange(at..<at + length)
      case 3: bytes.insert(contentsOf: bytes[at..<at + length], at: Int.random(in: 0..<bytes.count, using: &generator))
      default:
        if let digit = bytes[at...].firstIndex(where: { (48...57).contains($0) }) {
          bytes[digit] = UInt8.random(in: 48...57, using: &generator)
        }
      }
    }
    return bytes
  }
}
