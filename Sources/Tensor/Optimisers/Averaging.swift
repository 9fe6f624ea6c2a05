import SinewKernels

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
