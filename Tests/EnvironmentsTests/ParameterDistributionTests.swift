import SinewEnvironments
import SinewTensor
import Testing

@Suite struct ParameterDistributionTests {
  private static let texts = [
    "0.5", "-2", "1e-07", "uniform:0.8,1.2", "log_uniform:0.5,2", "normal:1,0.1", "normal:1,0.1,0.7,1.3",
    "choice:0.5,1,2",
  ]

  @Test(arguments: texts) func readsWhatItWrites(_ text: String) throws {
    let distribution = try ParameterDistribution(text)
    #expect(distribution.description == text)
    #expect(try ParameterAssignment("mass.torso=\(text)").description == "mass.torso=\(text)")
    #expect(try ParameterDistribution(distribution.description) == distribution)
  }

  @Test(arguments: [
    ("unifrom:1,2", "unknown distribution 'unifrom'; did you mean 'uniform'?"),
    ("uniform:1", "uniform takes two numbers, low and high"),
    ("uniform:2,1", "uniform: 2.0 is above 1.0"),
    ("uniform:a,1", "expected numbers with commas between them after 'uniform:', found 'uniform:a,1'"),
    ("uniform", "'uniform' needs numbers, such as 'uniform:0.8,1.2'"),
    ("log_uniform:0,1", "log_uniform takes numbers above 0"),
    ("normal:1,-1", "normal: a standard deviation is not negative"),
    ("normal:1,1,3,2", "clip takes two numbers, low and high"),
    ("normal:1", "normal takes a mean and a standard deviation, and bounds if need be"),
    ("choice:", "expected numbers with commas between them after 'choice:', found 'choice:'"),
    ("nan", "its numbers must be finite"),
    ("much", "expected a number or a distribution such as uniform:0.8,1.2, found 'much'"),
  ])
  func saysWhatIsWrong(_ text: String, _ expected: String) {
    #expect(message { try ParameterDistribution(text) } == expected)
  }

  @Test func staysInItsRange() throws {
    #expect(message { try ParameterDistribution("uniform:0,2").bounded(to: 0.5...3) } == "0 is outside of 0.5 to 3")
    #expect(message { try ParameterDistribution("choice:1,4").bounded(to: 0.5...3) } == "4 is outside of 0.5 to 3")
    #expect(message { try ParameterDistribution("normal:1,1,0,3").bounded(to: 0.5...3) } == "0 is outside of 0.5 to 3")
    #expect(message { try ParameterDistribution("normal:9,1").bounded(to: 0.5...3) } == "-inf is outside of 0.5 to 3")
    #expect(try ParameterDistribution("normal:1,2").bounded(to: 0.5...3).description == "normal:1,2,0.5,3")
  }

  private func samples(_ text: String) throws -> [Double] {
    var generator = RandomGenerator(seed: 1)
    let distribution = try ParameterDistribution(text)
    return (0..<20_000).map { _ in distribution.sample(using: &generator) }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Moments and bounds, within five standard errors.
  @Test func drawsWhatItSays() throws {
    let uniform = try samples("uniform:1,3")
    #expect(abs(mean(uniform) - 2) < 0.02 && uniform.allSatisfy { (1...3).contains($0) })
    let logarithms = try samples("log_uniform:0.1,10")
    #expect(logarithms.allSatisfy { (0.1...10).contains($0) })
    // Half of the values lie below the geometric mean.
    #expect(abs(Double(logarithms.count { $0 < 1 }) / 20_000 - 0.5) < 0.02)
    let normal = try samples("normal:1,0.5,0,1.5")
    #expect(normal.allSatisfy { (0...1.5).contains($0) })
    // P(x > 1.5) is 15.9 %, all of which is clipped.
    #expect(abs(Double(normal.count { $0 == 1.5 }) / 20_000 - 0.1587) < 0.013)
    let choice = try samples("choice:1,2,4")
    #expect([1.0, 2, 4].allSatisfy { value in abs(Double(choice.count { $0 == value }) / 20_000 - 1 / 3) < 0.017 })
    #expect(Set(try samples("0.25")) == [0.25])
  }
}
