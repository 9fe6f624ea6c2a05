import SinewTensor

/// From an observation's numbers to what a network's first layer takes: vectors as they are, without the parts that the network
/// must not see.
///
/// It stands in front of every policy and critic, so that what an observation is made of is no concern of theirs.
public struct Encoder: Module {
  /// Numbers that it gives.
  public let outputSize: Int
  /// The ranges of an observation that are seen, joined; nil where all of it is.
  private let seen: [Range<Int>]?

  /// An encoder for observations of these parts.
  ///
  /// - Parameters:
  ///   - observation: the parts.
  ///   - seesPrivileged: whether parts that only critics see are among them.
  public init(_ observation: Columns, seesPrivileged: Bool) {
    let parts = zip(observation.parts, observation.ranges).filter { seesPrivileged || !$0.0.isPrivileged }
    outputSize = parts.reduce(0) { $0 + $1.0.count }
    seen = parts.count == observation.parts.count ? nil : parts.map(\.1)
  }

  public var parameters: [(name: String, value: Tensor)] { [] }

  /// [rows, observations] → [rows, ``outputSize``].
  public func callAsFunction(_ observation: Tensor) -> Tensor {
    guard let seen else { return observation }
    return concatenated(seen.map { observation.slice($0, axis: 1) }, axis: 1)
  }
}
