import Foundation
import SinewPhysics
import Testing

/// A file of the Fixtures folder.
func fixture(_ name: String) throws -> URL {
  try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
}

extension Simulation {
  /// Steps with the given controls.
  func step(_ control: [Double] = [], count: Int = 1) throws { try step(control: control.span, count: count) }
}
