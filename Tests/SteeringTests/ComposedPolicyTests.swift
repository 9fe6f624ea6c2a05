import SinewPolicies
import SinewTensor
import Testing

@testable import SinewSteering

@Suite struct ComposedPolicyTests {
  private typealias Member = ComposedPolicy.Member
  private let generator = RandomGenerator(seed: 2)

  private func diffusion(_ seed: UInt64, horizons: ChunkHorizons, sampler: Sampler? = nil) -> DiffusionPolicy {
    let schedule = NoiseSchedule(steps: 20)
    return DiffusionPolicy(
      model: model(seed, horizons), schedule: schedule, sampler: sampler ?? .ddim(schedule, steps: 5),
      generator: RandomGenerator(seed: seed))
  }

  private func flow(_ seed: UInt64, horizons: ChunkHorizons) -> FlowPolicy {
    FlowPolicy(model: model(seed, horizons), sampler: .euler(steps: 5), generator: RandomGenerator(seed: seed))
  }

  private func model(_ seed: UInt64, _ horizons: ChunkHorizons) -> ChunkModel {
    ChunkModel(
      observationSize: 2, actionSize: 2, horizons: horizons,
      settings: ChunkNetworkSettings(width: 16, blocks: 1, embeddingSize: 8), generator: RandomGenerator(seed: seed))
  }

  private let horizons = ChunkHorizons(observation: 2, prediction: 8, action: 4)

  @Test func allTheWeightIsThatPolicyToTheBit() throws {
    let policies: [any GenerativePolicy] = [
      diffusion(1, horizons: horizons),
      diffusion(
        2, horizons: ChunkHorizons(observation: 1, prediction: 4, action: 2), sampler: .ddpm(NoiseSchedule(steps: 20))),
      flow(3, horizons: ChunkHorizons(observation: 3, prediction: 12, action: 4)),
    ]
    for chosen in policies.indices {
      let members = policies.indices.map {
        Member(policies[$0], weight: $0 == chosen ? 1 : 0, name: "policy \($0)")
      }
      let composed = try ComposedPolicy(members, generator: generator)
      let expected = act(policies[chosen], observing: [0.3, -0.2], steps: 9)
      #expect(act(composed, observing: [0.3, -0.2], steps: 9) == expected)
    }
  }

  /// GPC's ε̂ = w₁ε₁ + w₂ε₂, and the same of any other prediction, at any level.
  @Test func predictionsAreConvexCombinations() throws {
    let (one, other) = (diffusion(1, horizons: horizons), diffusion(2, horizons: horizons))
    let composed = try ComposedPolicy(
      [Member(one, weight: 0.3, name: "one"), Member(other, weight: 0.7, name: "other")], generator: generator)
    let history = Tensor([0.1, -0.4, 0.3, 0.2], shape: [1, 4])
    let noisy = Tensor((0..<16).map { Float($0) / 8 - 1 }, shape: [1, 16])
    for wanted in Prediction.allCases {
      for level in [NoiseLevel.variancePreserving(0.5), .straight(time: 0.2)] {
        func ask(_ policy: any GenerativePolicy) -> [Float] {
          policy.denoiser(given: history)(noisy, at: level, as: wanted).floats
        }
        let expected = zip(ask(one), ask(other)).map { 0.3 * $0 + 0.7 * $1 }
        #expect(zip(ask(composed), expected).allSatisfy { abs($0 - $1) < 1e-4 })
      }
    }
  }

  /// A policy composed with itself is itself: every member sees the same noise in the same chunk.
  @Test func aPolicyComposedWithItselfIsItself() throws {
    for policy in [diffusion(1, horizons: horizons), flow(1, horizons: horizons)] as [any GenerativePolicy] {
      let composed = try ComposedPolicy(
        [Member(policy, weight: 0.25, name: "a"), Member(policy, weight: 0.75, name: "b")], generator: generator)
      let (found, expected) = (
        act(composed, observing: [0.3, -0.2], steps: 8), act(policy, observing: [0.3, -0.2], steps: 8)
      )
      for (one, other) in zip(found.joined(), expected.joined()) { #expect(abs(one - other) < 1e-4) }
    }
  }

  /// Diffusion mixed with flow, asked on either's path: the same clean chunk for the same ratio of signal to noise.
  @Test func diffusionAndFlowMix() throws {
    let schedule = NoiseSchedule(steps: 20)
    let grids: [Sampler] = [.ddim(schedule, steps: 5), .euler(steps: 5), .ddpm(schedule)]
    for grid in grids {
      let (one, other) = (KnownPolicy(-0.2, sampler: grid), KnownPolicy(0.4))
      let composed = try ComposedPolicy(
        [Member(one, weight: 0.5, name: "diffusion"), Member(other, weight: 0.5, name: "flow")], generator: generator)
      let actions = act(composed, observing: [0.1, 0], steps: 2).map { $0[0] }
      #expect(abs(actions[0] - 0.2) < 1e-4 && abs(actions[1] - 0.3) < 1e-4, "\(actions)")
    }
    let (one, other) = (diffusion(1, horizons: horizons), flow(2, horizons: horizons))
    for order in [[one, other], [other, one]] as [[any GenerativePolicy]] {
      let composed = try ComposedPolicy(
        order.map { Member($0, weight: 0.5, name: "") }, generator: generator)
      #expect(composed.sampler.clips && composed.sampler.levels == order[0].sampler.levels)
      #expect(act(composed, observing: [0.3, -0.2], steps: 8).joined().allSatisfy { $0.isFinite && abs($0) <= 1 })
    }
  }

  /// Histories and chunks of other lengths are aligned at the newest observation; where only one reaches, it acts
  /// alone.
  @Test func horizonsMayDiffer() throws {
    let long = KnownPolicy(-0.2, horizons: ChunkHorizons(observation: 3, prediction: 8, action: 6))
    let short = KnownPolicy(0.2, horizons: ChunkHorizons(observation: 1, prediction: 3, action: 3))
    let composed = try ComposedPolicy(
      [Member(long, weight: 0.25, name: "long"), Member(short, weight: 0.75, name: "short")], generator: generator)
    #expect(composed.horizons == ChunkHorizons(observation: 3, prediction: 8, action: 3))
    // Six actions are in the longest chunk from the newest observation on.
    composed.horizons = composed.horizons.acting(for: 6)
    let actions = act(composed, observing: [0.1, 0], steps: 6).map { $0[0] }
    for step in 0..<6 {
      let both = 0.25 * long.action(step, observed: 0.1) + 0.75 * short.action(step, observed: 0.1)
      let expected = step < 3 ? both : long.action(step, observed: 0.1)
      #expect(abs(actions[step] - expected) < 1e-5)
    }
  }

  @Test func membersMaySeeOtherObservations() throws {
    let (one, other) = (KnownPolicy(0, observationSize: 2), KnownPolicy(0, observationSize: 1))
    let composed = try ComposedPolicy(
      [
        Member(one, weight: 0.5, name: "one", observed: [2, 0]),
        Member(other, weight: 0.5, name: "other", observed: [1]),
      ], observationSize: 3, generator: generator)
    let actions = act(composed, observing: [9, 0.2, 0.4], steps: 1)
    #expect(abs(actions[0][0] - 0.3) < 1e-5)
  }

  @Test func whatDoesNotFitIsNamed() {
    func message(_ members: [Member], observationSize: Int? = nil) -> String {
      do {
        _ = try ComposedPolicy(members, observationSize: observationSize, generator: generator)
        return ""
      } catch { return "\(error)" }
    }
    let policy = KnownPolicy(0)
    func pair(_ other: any GenerativePolicy) -> [Member] {
      [Member(policy, weight: 0.5, name: "runs/a"), Member(other, weight: 0.5, name: "runs/b")]
    }
    #expect(message([]).contains("at least one"))
    #expect(message([Member(policy, weight: 0.5, name: "a")]).contains("sum to 0.5"))
    #expect(
      message([Member(policy, weight: -0.5, name: "a"), Member(policy, weight: 1.5, name: "b")]).contains("a has"))
    #expect(message(pair(KnownPolicy(0, actionSize: 3))).contains("runs/b gives 3 actions, runs/a 1"))
    #expect(message(pair(KnownPolicy(0, observationSize: 5))).contains("runs/b takes 5 observations, runs/a 2"))
    let narrow = KnownPolicy(0)
    narrow.actionNormalisation.fit(low: [-0.5], high: [0.5])
    #expect(message(pair(narrow)).contains("runs/b and runs/a normalise actions differently"))
    let misplaced = Member(policy, weight: 1, name: "a", observed: [0, 2])
    #expect(message([misplaced]).contains("the places [0, 2] of 2"))
    #expect(message(pair(KnownPolicy(1))) == "")
  }
}
