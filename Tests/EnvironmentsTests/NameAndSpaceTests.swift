import Foundation
import SinewEnvironments
import SinewSettings
import SinewTensor
import Testing

@Suite struct NameAndSpaceTests {
  @Test(arguments: [
    ("hoper", "hopper"), ("hoppre", "hopper"), ("HOPPER", "hopper"), ("walker_2d", "walker-2d"),
    ("walker", "walker-2d"),
    ("half_cheeta", "half-cheetah"), ("antt", "ant"), ("at", "ant"),
  ])
  func suggestsTheNearest(_ name: String, _ expected: String) {
    #expect(
      NearestName.suggestion(for: name, among: ["ant", "half-cheetah", "hopper", "humanoid", "walker-2d"]) == expected)
  }

  @Test(arguments: ["", "xyz", "pendulum", String(repeating: "hopper", count: 1000)])
  func suggestsNothingFarAway(_ name: String) {
    #expect(NearestName.suggestion(for: name, among: ["ant", "hopper"]) == nil)
  }

  @Test func spacesContainAndSample() throws {
    let space = BoxSpace(low: [-1, 0], high: [1, .infinity])
    func contains(_ values: [Float]) -> Bool { space.contains(values.span) }
    #expect(contains([-1, 5]) && !contains([-1.1, 5]) && !contains([0]) && !contains([.nan, 5]))
    let bounded = BoxSpace(low: [-1, 2], high: [1, 4])
    var generator = RandomGenerator(seed: 1)
    var values: [Float] = [0, 0]
    var span = values.mutableSpan
    for _ in 0..<100 {
      bounded.sample(using: &generator, into: &span)
      #expect(bounded.low[0] <= span[0] && span[0] <= 1 && 2 <= span[1] && span[1] <= 4)
    }
  }

  @Test func spacesGoThroughJSON() throws {
    let space = BoxSpace(low: [-.infinity, -1], high: [.infinity, 2])
    let data = try JSONEncoder().encode(space)
    #expect(try JSONDecoder().decode(BoxSpace.self, from: data) == space)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(BoxSpace.self, from: Data(#"{"low": [1, 2], "high": [3]}"#.utf8))
    }
  }
}
