import SinewKernels

/// A network and its target: two of the same weights, of which the second is to ``Module/follow(_:rate:)`` the first.
///
/// - Parameter make: draws the same weights each time.
public func withTarget<Network: Module>(_ make: () -> Network) -> (Network, Network) { (make(), make()) }

extension Module {
  /// θ ← θ + rate·(θ′ − θ) for every parameter θ of this module and θ′ of another of the same shape: a target network
  /// that follows (Polyak averaging; τ in the papers), or an exponential moving average of weights.
  ///
  /// - Parameters:
  ///   - source: the module that is followed.
  ///   - rate: in [0, 1]; 1 copies.
  public func follow(_ source: some Module, rate: Float) {
    let (follower, leader) = (packed(), source.packed())
    precondition(follower.count == leader.count, "the modules have other shapes")
    emit(
      sinew_instruction(SINEW_POLYAK, dimensions: [follower.count], scalars: [rate]), reads: [(1, leader)],
      outputs: [], writes: [(0, follower)], isEffect: true)
  }
}
