import SinewKernels

/// θ' ← θ' + rate·(θ − θ') for every parameter: a target network that follows (Polyak averaging; τ in the papers), or an
/// exponential moving average of weights.
///
/// - Parameters:
///   - target: the module that follows; its parameters have the shapes of `source`'s.
///   - source: the module that is followed.
///   - rate: in [0, 1]; 1 copies.
public func average(_ target: some Module, toward source: some Module, rate: Float) {
  let (follower, leader) = (target.packed(), source.packed())
  precondition(follower.count == leader.count, "the modules have other shapes")
  emit(
    sinew_instruction(SINEW_POLYAK, dimensions: [follower.count], scalars: [rate]), reads: [(1, leader)], outputs: [],
    writes: [(0, follower)], isEffect: true)
}
