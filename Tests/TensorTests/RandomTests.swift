import SinewKernels
import Testing

@testable import SinewTensor

@Suite struct RandomTests {
  /// The known answers that the Random123 library publishes for philox4x32-10.
  @Test func philoxGivesThePublishedAnswers() {
    #expect(philox(key: 0, stream: 0, counter: 0) == (0xE169_C58D_6627_E8D5, 0x9B00_DBD8_BC57_AC4C))
    #expect(philox(key: .max, stream: .max, counter: .max) == (0x41C8_3B0E_408F_276D, 0x6D54_51FD_A20B_C7C6))
  }

  @Test func theKernelsDrawTheSameWords() {
    var words: [UInt32] = [0, 0, 0, 0]
    for (key, stream, counter) in [(1, 2, 3), (UInt64.max, 7, 1 << 40)] as [(UInt64, UInt64, UInt64)] {
      sinew_philox(key, stream, counter, &words)
      let block = philox(key: key, stream: stream, counter: counter)
      #expect(UInt64(words[0]) | UInt64(words[1]) << 32 == block.0)
      #expect(UInt64(words[2]) | UInt64(words[3]) << 32 == block.1)
    }
  }

  @Test func childrenDependOnTheLabelAlone() {
    var parent = RandomGenerator(seed: 5)
    let early = parent.split("noise")
    _ = parent.next()
    #expect(parent.split("noise") == early)
    #expect(parent.split("actor") != early)
    #expect(parent.split(1) != parent.split(2))
    #expect(early.split("actor") != parent.split("actor"))
    #expect(RandomGenerator(seed: 6).split("noise") != early)
  }

  @Test func wordsRestoreThePosition() throws {
    var generator = RandomGenerator(seed: 9).split("x")
    for _ in 0..<5 { _ = generator.normal() }
    var restored = try RandomGenerator(words: generator.words)
    #expect((0..<10).map { _ in generator.next() } == (0..<10).map { _ in restored.next() })
    #expect(throws: StateError.self) { try RandomGenerator(words: [1, 2]) }
  }

  /// Means and variances within five standard errors, and a χ² over 16 bins (0.1% critical value for 15 degrees: 37.7).
  @Test func distributions() {
    var generator = RandomGenerator(seed: 1)
    let count = 100_000
    let uniforms = (0..<count).map { _ in generator.uniform() }
    #expect(uniforms.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(uniforms.reduce(0, +) / Double(count) - 0.5) < 5 * (1 / 12.0 / Double(count)).squareRoot())
    let normals = (0..<count).map { _ in generator.normal() }
    check(normals)
    check(RandomStream(generator.split("stream")).normal([count]).floats.map(Double.init))
    var bins = [Int](repeating: 0, count: 16)
    for _ in 0..<count { bins[generator.index(below: 16)] += 1 }
    let expected = Double(count) / 16
    #expect(bins.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected } < 37.7)
  }

  private func check(_ normals: [Double]) {
    let count = Double(normals.count)
    let mean = normals.reduce(0, +) / count
    let variance = normals.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let fourth = normals.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / count
    #expect(abs(mean) < 5 / count.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / count).squareRoot())
    #expect(abs(fourth - 3) < 5 * (96 / count).squareRoot())
  }

  @Test func aStreamMovesOnWithEveryRun() throws {
    let stream = RandomStream(RandomGenerator(seed: 4))
    let recorded = Recorded()
    let first = recorded([]) { [stream.normal([5])] }[0].floats
    let second = recorded([]) { [stream.normal([5])] }[0].floats
    #expect(first != second)
    let whole = RandomStream(RandomGenerator(seed: 4))
    #expect(whole.normal([5]).floats == first)
    #expect(whole.normal([5]).floats == second)
    #expect(whole.generator == stream.generator)
  }
}
