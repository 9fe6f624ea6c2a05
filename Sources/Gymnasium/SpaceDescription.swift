import SinewEnvironments
import SinewTensor

/// What a worker says about its environment before the first step.
struct WorkerIntroduction: Decodable {
  var observation: [SpacePart]
  var action: [SpacePart]
  /// Steps after which Gymnasium truncates; nil for no limit.
  var limit: Int?
  /// Seconds of simulated time per step; nil where neither the environment nor its frame rate says it.
  var period: Double?
  /// Gymnasium's specification, from which Python makes the environment again.
  var specification: String?
  /// Gymnasium's version.
  var gymnasium: String
}

/// A Box somewhere in a space.
struct SpacePart: Decodable, Equatable {
  /// Its place in Dict and Tuple spaces, keys joined by dots; empty for a space that is a Box itself.
  var name: String
  var shape: [Int]
  /// Whether its numbers are bytes, which are observed as 0…1.
  var bytes: Bool
  /// Its bounds: of each number, or one for all; nil for none.
  var low: [Float?]
  var high: [Float?]

  var count: Int { shape.reduce(1, *) }
  /// Bytes of memory that it takes.
  var size: Int { bytes ? count : 4 * count }

  /// The most numbers that a space may have, and a part of it axes.
  static let largestCount = 10_000_000

  /// Whether it is what a worker can have said.
  var isSound: Bool {
    guard shape.count <= 8, shape.allSatisfy({ (1...Self.largestCount).contains($0) }) else { return false }
    let product = shape.reduce(1.0) { $0 * Double($1) }
    guard product <= Double(Self.largestCount) else { return false }
    return [low.count, high.count].allSatisfy { $0 == 1 || $0 == count }
  }

  private func bounds(_ bounds: [Float?], _ absent: Float) -> [Float] {
    let scale: Float = bytes ? 255 : 1
    let all = bounds.map { ($0 ?? absent) / scale }
    return all.count == count ? all : Array(repeating: all.first ?? absent, count: count)
  }

  static func space(_ parts: [SpacePart]) -> BoxSpace {
    let low = parts.flatMap { $0.bounds($0.low, -.infinity) }
    let high = parts.flatMap { $0.bounds($0.high, .infinity) }
    let single = parts.count == 1 ? parts.first : nil
    if let single, single.name.isEmpty, single.shape.count <= 1, !single.bytes { return BoxSpace(low: low, high: high) }
    let columns = parts.map { part in
      Column(
        part.name.isEmpty ? (part.shape.count == 3 ? "image" : "vector") : part.name,
        shape: part.shape.isEmpty ? [1] : part.shape, element: part.bytes ? .byte : .float32)
    }
    return BoxSpace(low: low, high: high, columns: Columns(columns))
  }
}
