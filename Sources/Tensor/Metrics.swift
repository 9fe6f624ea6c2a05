/// Figures of an update by name, in the order in which they are written down:
///
/// ```swift
/// return ["critic_loss": criticLoss, "value_mean": value.mean()]
/// ```
///
/// Of a recorded update (``Recorded``) they are the same tensors each time, overwritten by the next run; reading
/// ``values`` reads the numbers of the last.
public struct Metrics: ExpressibleByDictionaryLiteral {
  /// The names, each once.
  public let names: [String]
  /// One-element tensors, as many as names.
  public let tensors: [Tensor]

  /// Figures of these names and one-element tensors.
  public init(dictionaryLiteral elements: (String, Tensor)...) {
    (names, tensors) = (elements.map(\.0), elements.map(\.1))
  }

  private init(names: [String], tensors: [Tensor]) {
    (self.names, self.tensors) = (names, tensors)
  }

  /// The numbers.
  public var values: [(name: String, value: Double)] {
    zip(names, tensors).map { ($0, Double($1.item())) }
  }

  /// The number of this name.
  public subscript(name: String) -> Double? {
    names.firstIndex(of: name).map { Double(tensors[$0].item()) }
  }

  /// All figures of both.
  public static func + (first: Metrics, second: Metrics) -> Metrics {
    Metrics(names: first.names + second.names, tensors: first.tensors + second.tensors)
  }
}
