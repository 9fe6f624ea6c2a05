import Foundation
import Testing

/// Contacts of every pair of shapes, see ``ContactFuzz``.
@Suite struct ContactFuzzTests {
  /// How many pairs; `SINEW_CONTACT_FUZZ=10000000 swift test -c release --filter ContactFuzzTests` takes half an hour.
  private static let count = ProcessInfo.processInfo.environment["SINEW_CONTACT_FUZZ"].flatMap(Int.init) ?? 100_000

  @Test(arguments: ContactFuzz.Kind.allCases) func contactsAreFiniteAndPartTheShapes(first: ContactFuzz.Kind) {
    let share = Self.count / ContactFuzz.Kind.allCases.count
    let partners = ContactFuzz.Kind.allCases.count + ContactFuzz.Ground.allCases.count
    let seed = UInt64(ContactFuzz.Kind.allCases.firstIndex(of: first) ?? 0) + 1
    var fuzz = ContactFuzz(seed: seed)
    for _ in 0..<max(share / partners / 100, 1) {
      for second in ContactFuzz.Kind.allCases { fuzz.run(first, second, count: 100) }
      for ground in ContactFuzz.Ground.allCases { fuzz.run(first, ground, count: 100) }
    }
    #expect(fuzz.faultCount == 0, "\(fuzz.faultCount) of \(fuzz.pairs): \(fuzz.faults.joined(separator: "\n"))")
    // Otherwise it tests nothing.
    #expect(fuzz.contacts > fuzz.pairs / 4 && fuzz.skipped < fuzz.pairs / 5)
  }
}
