import SinewTensor

/// A box of real vectors: bounds per component, infinite where there is none.
public struct BoxSpace: Sendable, Equatable {
  /// Least value of each component.
  public var low: [Float]
  /// Greatest value of each component; as many as `low`.
  public var high: [Float]
  /// The named parts that its components are: one vector where nothing else was said.
  public let columns: Columns

  /// A box with these bounds, which must be equally many.
  ///
  /// - Parameters:
  ///   - low: the least value of each component.
  ///   - high: the greatest.
  ///   - columns: the parts of which the components are the numbers; nil for one vector.
  public init(low: [Float], high: [Float], columns: Columns? = nil) {
    precondition(low.count == high.count, "a box needs as many lower as upper bounds")
    precondition(columns.map { $0.count == low.count } ?? true, "the parts of a box have other sizes than the box")
    self.low = low
    self.high = high
    self.columns = columns ?? Columns(vector: low.count)
  }

  /// Number of components.
  public var count: Int { low.count }

  /// Whether `values` has the box's size and every component lies in its bounds, which NaN never does.
  public func contains(_ values: Span<Float>) -> Bool {
    guard values.count == count else { return false }
    return values.indices.allSatisfy { values[$0] >= low[$0] && values[$0] <= high[$0] }
  }

  /// Fills `values` uniformly from a bounded box.
  public func sample(using generator: inout RandomGenerator, into values: inout MutableSpan<Float>) {
    for index in 0..<count {
      values[index] = Float(generator.uniform(Double(low[index])...Double(high[index])))
    }
  }
}

extension BoxSpace: Codable {
  private enum CodingKeys: String, CodingKey {
    case low, high
  }

  // JSON has no infinity, so an absent bound is null.
  /// Reads `{"low": […], "high": […]}`, where null stands for no bound.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    low = try container.decode([Float?].self, forKey: .low).map { $0 ?? -.infinity }
    high = try container.decode([Float?].self, forKey: .high).map { $0 ?? .infinity }
    columns = Columns(vector: low.count)
    guard low.count == high.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .high, in: container, debugDescription: "\(low.count) lower and \(high.count) upper bounds")
    }
  }

  /// Writes `{"low": […], "high": […]}`, where null stands for no bound.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(low.map { $0.isFinite ? $0 : nil }, forKey: .low)
    try container.encode(high.map { $0.isFinite ? $0 : nil }, forKey: .high)
  }
}
