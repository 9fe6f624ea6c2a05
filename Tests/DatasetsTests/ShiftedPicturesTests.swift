import SinewDatasets
import SinewTensor
import Testing

/// Pictures shifted at random, against padding and cropping done pixel by pixel.
struct ShiftedPicturesTests {
  /// Fills every row with the same numbers.
  private final class Constant: Source {
    let isEmpty = false
    let row: [Float]

    init(_ row: [Float]) { self.row = row }

    func fill(_ rows: Range<Int>, of minibatch: Transitions, using generator: inout RandomGenerator) {
      for tensor in [minibatch.observation, minibatch.nextObservation] {
        tensor.withMutableFloats { floats in
          for place in rows { for (index, number) in row.enumerated() { floats[place * row.count + index] = number } }
        }
      }
    }
  }

  private let columns = Columns([
    Column("joints", shape: [2]), Column("camera", shape: [4, 5, 2], element: .byte), Column("ground", shape: [1]),
  ])

  /// The crop of a padded picture whose corner is at (down, across) from the picture's own.
  private func shifted(_ picture: [Float], down: Int, across: Int) -> [Float] {
    (0..<4).flatMap { y in
      (0..<5).flatMap { x in
        (0..<2).map { picture[(min(max(y + down, 0), 3) * 5 + min(max(x + across, 0), 4)) * 2 + $0] }
      }
    }
  }

  @Test(arguments: [1, 2, 7]) func theyAreCropsOfThePaddedPicture(most: Int) throws {
    let row = (0..<columns.count).map { Float($0) / 64 }
    let picture = Array(row[2..<42])
    var known: [[Float]: (Int, Int)] = [:]
    for down in -most...most {
      for across in -most...most { known[shifted(picture, down: down, across: across)] = (down, across) }
    }
    let source = try #require(ShiftedPictures(Constant(row), observation: columns, upTo: most))
    let batch = Transitions(Transitions.Request(size: 500), observation: columns, actionSize: 1)
    var generator = RandomGenerator(seed: 1)
    source.fill(100..<500, of: batch, using: &generator)
    var seen: Set<[Float]> = []
    for tensor in [batch.observation, batch.nextObservation] {
      let floats = tensor.floats
      #expect(floats[0..<100 * columns.count].allSatisfy { $0 == 0 })
      for index in 100..<500 {
        let result = Array(floats[index * columns.count..<(index + 1) * columns.count])
        #expect(result[0..<2] == row[0..<2] && result[42] == row[42])
        #expect(known[Array(result[2..<42])] != nil)
        seen.insert(Array(result[2..<42]))
      }
    }
    // All that there are, where they are few enough to have been drawn.
    if most < 7 { #expect(seen.count == known.count) }
    #expect(batch.observation.floats != batch.nextObservation.floats)
  }

  @Test func whereThereIsNothingToShiftThereIsNone() {
    #expect(ShiftedPictures(Constant([0]), observation: Columns(vector: 1), upTo: 4) == nil)
    #expect(ShiftedPictures(Constant([0]), observation: columns, upTo: 0) == nil)
    let buffer = ReplayBuffer(capacity: 4, observation: columns, actionSize: 1)
    var request = Transitions.Request(size: 2)
    #expect(Transitions.source(buffer, request) is ShiftedPictures)
    request.replay.randomShift = 0
    #expect(Transitions.source(buffer, request) is ReplayBuffer)
    #expect(
      Transitions.source(ReplayBuffer(capacity: 4, observation: Columns(vector: 3), actionSize: 1), request)
        is ReplayBuffer)
  }
}
