import SinewTensor

/// Transitions whose pictures are shifted by a few pixels at random: what makes learning from pixels work (Yarats,
/// Kostrikov and Fergus, "Image Augmentation Is All You Need", arXiv 2004.13649).
///
/// Each picture of an observation, and of what was seen next, is shifted by whole pixels, uniform in ±`most` down and
/// across; what comes in at an edge repeats the edge. That is their padding and cropping. All channels, and so all
/// frames of a stack, are shifted alike.
public final class ShiftedPictures: Source {
  /// Pixels.
  public let most: Int
  private let base: any Source<Transitions>
  private let pictures: [(part: Column, start: Int)]
  /// Room for one picture.
  private var picture: [Float]

  public var isEmpty: Bool { base.isEmpty }

  /// `base` with its pictures shifted; nil where there are none to shift.
  ///
  /// - Parameters:
  ///   - base: fills the rows.
  ///   - observation: the parts of an observation.
  ///   - most: pixels, 0 or more.
  public init?(_ base: any Source<Transitions>, observation: Columns, upTo most: Int) {
    (self.base, self.most) = (base, most)
    pictures = zip(observation.parts, observation.ranges).filter(\.0.isImage).map { ($0, $1.lowerBound) }
    guard most > 0, let largest = pictures.map(\.part.count).max() else { return nil }
    picture = Array(repeating: 0, count: largest)
  }

  public func fill(_ rows: Range<Int>, of minibatch: Transitions, using generator: inout RandomGenerator) {
    base.fill(rows, of: minibatch, using: &generator)
    for tensor in [minibatch.observation, minibatch.nextObservation] {
      let width = tensor.shape[1]
      tensor.withMutableFloats { floats in
        for row in rows {
          for (part, start) in pictures {
            let down = generator.index(below: 2 * most + 1) - most
            let across = generator.index(below: 2 * most + 1) - most
            guard let place = floats.baseAddress.map({ $0 + row * width + start }) else { return }
            shift(place, part, down: down, across: across)
          }
        }
      }
    }
  }

  /// Pixel (y, x) becomes what pixel (y + down, x + across) was, or the nearest one that there is.
  private func shift(_ place: UnsafeMutablePointer<Float>, _ part: Column, down: Int, across: Int) {
    let (height, width, channels) = (part.shape[0], part.shape[1], part.shape[2])
    let across = min(max(across, -width), width)
    let (first, last) = (max(0, -across), min(width, width - across))  // Columns that lie inside.
    picture.withUnsafeMutableBufferPointer { picture in
      guard let source = picture.baseAddress else { return }
      source.update(from: place, count: part.count)
      for y in 0..<height {
        let row = source + min(max(y + down, 0), height - 1) * width * channels
        let target = place + y * width * channels
        for x in 0..<first { (target + x * channels).update(from: row, count: channels) }
        if last > first {
          (target + first * channels).update(from: row + (first + across) * channels, count: (last - first) * channels)
        }
        for x in max(last, first)..<width {
          (target + x * channels).update(from: row + (width - 1) * channels, count: channels)
        }
      }
    }
  }
}
