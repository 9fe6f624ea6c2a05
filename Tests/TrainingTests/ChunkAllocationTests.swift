import SinewAllocationCounter
import SinewPolicies
import SinewSteering
import SinewTensor
import Testing

/// A policy that plans acts without a heap allocation once its computation is recorded.
struct ChunkAllocationTests {
  private func policy(_ backbone: ChunkNetworkSettings.Backbone) -> DiffusionPolicy {
    let schedule = NoiseSchedule(steps: 20)
    return DiffusionPolicy(
      model: ChunkModel(
        observationSize: 3, actionSize: 2, horizons: ChunkHorizons(observation: 2, prediction: 8, action: 2),
        settings: ChunkNetworkSettings(backbone: backbone, width: 16, blocks: 1, channels: [8, 8], embeddingSize: 8),
        generator: RandomGenerator(seed: 1)), schedule: schedule, sampler: .ddim(schedule, steps: 5),
      generator: RandomGenerator(seed: 2))
  }

  /// Of the fourth plan and the step that carries on with it, by this thread; products of this size stay on one.
  private func allocations(_ policy: some ChunkPolicy) -> UInt64 {
    let observation: [Float] = [0.1, 0.2, 0.3]
    var action: [Float] = [0, 0]
    var counted: UInt64 = 0
    for _ in 0..<4 {
      let before = sinew_allocation_count_of_thread()
      for _ in 0..<2 {
        var span = action.mutableSpan
        policy.act(observations: observation.span, count: 1, deterministic: true, actions: &span)
      }
      counted = sinew_allocation_count_of_thread() - before
    }
    return counted
  }

  @Test(arguments: ChunkNetworkSettings.Backbone.allCases)
  func actingAllocatesNothing(_ backbone: ChunkNetworkSettings.Backbone) throws {
    guard sinew_counts_allocations() else { return }
    #expect(allocations(policy(backbone)) == 0)
  }

  @Test func composedActingAllocatesNothing() throws {
    guard sinew_counts_allocations() else { return }
    let members = [0.4, 0.6].map { ComposedPolicy.Member(policy(.mlp), weight: $0, name: "") }
    #expect(allocations(try ComposedPolicy(members, generator: RandomGenerator(seed: 3))) == 0)
  }
}
