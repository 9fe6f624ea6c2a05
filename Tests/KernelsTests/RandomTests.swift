import Foundation
import SinewKernels
import Testing

@Suite struct RandomTests {
  func block(_ key: UInt64, _ stream: UInt64, _ counter: UInt64) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: 4)
    sinew_philox(key, stream, counter, &words)
    return words
  }

  /// The known-answer vectors that Random123 publishes for philox4x32-10.
  @Test func knownAnswers() {
    #expect(block(0, 0, 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(block(.max, .max, .max) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      block(0x299f_31d0_a409_3822, 0x0370_7344_1319_8a2e, 0x85a3_08d3_243f_6a88)
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  /// Draws `count` values from a state, and what the state became.
  func draw(
    _ operation: sinew_operation, _ count: Int, scalars: [Float], state: sinew_random_state
  ) -> [(set: String, values: [Float])] {
    let after = UnsafeMutablePointer<sinew_random_state>.allocate(capacity: 1)
    defer { after.deallocate() }
    return outputsOfEverySet {
      after.initialize(to: state)
      let output = Buffer(count: count)
      return Program(
        instructions: [
          makeInstruction(operation, [count], scalars: scalars, [output.raw, UnsafeMutableRawPointer(after)])
        ],
        outputs: [output])
    }.map {
      #expect(after.pointee.counter == state.counter &+ UInt64((count + 3) / 4))
      #expect(after.pointee.key == state.key && after.pointee.stream == state.stream)
      return ($0.set, $0.values[0])
    }
  }

  @Test(arguments: [0, 1, 3, 4, 5, 63, 64, 65, 1000, 100_001]) func uniformIsTheHostsWords(count: Int) {
    // The counter's lower word overflows on the way.
    let state = sinew_random_state(key: 0x1234_5678_9abc_def0, stream: 77, counter: 0xffff_fffa)
    var expected: [Float] = []
    for index in 0..<((count + 3) / 4) {
      expected += block(state.key, state.stream, state.counter + UInt64(index)).map { Float($0 >> 8) * 0x1p-24 }
    }
    for (set, values) in draw(SINEW_RANDOM_UNIFORM, count, scalars: [0, 1], state: state) {
      #expect(values == Array(expected.prefix(count)), "\(set)")
    }
  }

  @Test func uniformStaysBelowItsUpperEnd() {
    for (set, values) in draw(
      SINEW_RANDOM_UNIFORM, 200_000, scalars: [1_000_000, 1_000_001], state: .init(key: 3, stream: 0, counter: 0))
    {
      #expect(values.allSatisfy { $0 >= 1_000_000 && $0 < 1_000_001 }, "\(set)")
    }
  }

  @Test(arguments: [0, 1, 3, 4, 6, 129, 70_003]) func normalIsBoxMuller(count: Int) {
    let state = sinew_random_state(key: 5, stream: 0xffff_ffff_ffff, counter: 11)
    var expected: [Double] = []
    for index in 0..<((count + 3) / 4) {
      let unit = block(state.key, state.stream, state.counter + UInt64(index)).map { Double($0 >> 8) * 0x1p-24 }
      for pair in [0, 2] {
        let radius = (-2 * log(1 - unit[pair])).squareRoot(), angle = 2 * Double.pi * unit[pair + 1]
        expected += [0.5 + 2 * radius * cos(angle), 0.5 + 2 * radius * sin(angle)]
      }
    }
    for (set, values) in draw(SINEW_RANDOM_NORMAL, count, scalars: [0.5, 2], state: state) {
      expectClose(values, Array(expected.prefix(count)), absolute: 2e-6, relative: 1e-6, "normal on \(set)")
    }
  }

  @Test func normalHasItsMoments() {
    for (set, values) in draw(
      SINEW_RANDOM_NORMAL, 400_000, scalars: [0, 1], state: .init(key: 9, stream: 1, counter: 0))
    {
      let x = values.map(Double.init), n = Double(x.count)
      let mean = x.reduce(0, +) / n
      let moments = (2...4).map { power in x.map { pow($0, Double(power)) }.reduce(0, +) / n }
      // Four standard errors: 1, √2, √15 and √96 over √n.
      #expect(abs(mean) < 4 / n.squareRoot(), "\(set)")
      #expect(abs(moments[0] - 1) < 4 * (2 / n).squareRoot(), "\(set)")
      #expect(abs(moments[1]) < 4 * (15 / n).squareRoot(), "\(set)")
      #expect(abs(moments[2] - 3) < 4 * (96 / n).squareRoot(), "\(set)")
    }
  }
}
