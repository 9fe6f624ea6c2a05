import SinewAllocationCounter
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor
import Testing

@testable import SinewLearners

/// Learners of transitions whose observations are a picture and two numbers.
@Suite(.serialized) struct PixelTests {
  private static let task = TaskShape(
    observation: Columns([Column("camera", shape: [9, 10, 3], element: .byte), Column("joints", shape: [2])]),
    actionSize: 2)
  private static let network = NetworkSettings(
    hiddenSizes: [12], encoder: EncoderSettings(channels: [6, 5], kernels: [3, 3], strides: [2, 1], features: 7))

  private func batch(_ seed: UInt64, size: Int = 24) -> Transitions {
    let batch = Transitions(Transitions.Request(size: size), observation: Self.task.observation, actionSize: 2)
    var generator = RandomGenerator(seed: seed)
    for tensor in batch.tensors { tensor.assign((0..<tensor.count).map { _ in Float(generator.uniform(0...1)) }) }
    return batch
  }

  private func make<Method: Learner>(
    _ method: Method.Type, precision: Precision = .float32, _ change: (inout Method.Configuration) -> Void
  ) throws -> Method {
    var configuration = Method.Configuration()
    change(&configuration)
    return try Method.make(
      configuration, for: Self.task, Setup(precision: precision, generator: RandomGenerator(seed: 1)))
  }

  private func state(_ learner: some Learner) -> StateDictionary {
    var state = StateDictionary()
    learner.saveState(to: &state, prefix: "")
    return state
  }

  private func same(_ one: some Learner, _ other: some Learner) -> Bool {
    let (first, second) = (state(one), state(other))
    return first.names == second.names && first.names.allSatisfy { first[$0] == second[$0] }
  }

  /// The same bits on one thread and several and after a restart, an encoder that learns, and nothing allocated.
  private func check<Method: Learner>(
    _ method: Method.Type, actor: String = "actor", _ change: (inout Method.Configuration) -> Void
  ) throws where Method.Minibatch == Transitions {
    let before = Execution.threads
    defer { Execution.threads = before }
    let name = "\(actor).encoder.0.convolutions.0.weight"
    let learners = try [1, 2].map { threads in
      Execution.threads = threads
      let learner = try make(method, change)
      learner.begin(RunFacts(updates: 100))
      let fresh = try #require(state(learner)[floats: name])
      for seed in 1...4 as ClosedRange<UInt64> { _ = learner.update(batch(seed)) }
      #expect(try #require(state(learner)[floats: name]) != fresh, "\(method) does not train its encoder")
      return learner
    }
    #expect(same(learners[0], learners[1]), "\(method) depends on the threads")
    #expect(LearnerState.unsaved(of: learners[0]).isEmpty)

    Execution.threads = 1
    let restored = try make(method, change)
    restored.begin(RunFacts(updates: 100))
    try restored.loadState(from: state(learners[0]), prefix: "")
    for seed in 5...7 as ClosedRange<UInt64> {
      for learner in [learners[0], restored] { _ = learner.update(batch(seed)) }
    }
    #expect(same(learners[0], restored), "\(method) restored")

    guard sinew_counts_allocations() else { return }
    let last = batch(9)
    var counted: UInt64 = 0
    for _ in 0..<4 {
      let start = sinew_allocation_count_of_thread()
      _ = restored.update(last)
      counted = sinew_allocation_count_of_thread() - start
    }
    #expect(counted == 0, "\(method)")
  }

  @Test func softActorCritic() throws { try check(SAC.self) { $0.network = Self.network } }
  @Test func td3() throws { try check(TD3.self) { $0.network = Self.network } }
  @Test func td3WithBehaviourCloning() throws {
    try check(TD3BC.self) { $0.td3.network = Self.network }
  }
  @Test func implicitQLearning() throws { try check(IQL.self) { $0.network = Self.network } }
  @Test func behaviourCloning() throws { try check(BC.self) { $0.network = Self.network } }

  @Test func bfloat16() throws {
    let learner = try make(SAC.self, precision: .bfloat16) { $0.network = Self.network }
    for seed in 1...4 as ClosedRange<UInt64> {
      #expect(learner.update(batch(seed)).tensors.allSatisfy { $0.floats.allSatisfy(\.isFinite) })
    }
  }

  /// The policy that a run acts with and evaluates reads what the critics learned.
  @Test func thePolicyActsOnWhatTheCriticsLearned() throws {
    let learner = try make(SAC.self) { $0.network = Self.network }
    _ = learner.update(batch(1))
    let state = state(learner)
    for name in state.names where name.hasPrefix("actor.encoder.") {
      #expect(state[name] == state["critics" + name.dropFirst(5)], "\(name)")
    }
    let alone = GaussianPolicy(Self.task, Self.network, generator: RandomGenerator(seed: 5))
    try alone.loadParameters(from: state, prefix: "actor.")
    let seen = batch(3, size: 2).observation.floats
    let actions = [learner.policy, alone].map { policy in
      var actions = [Float](repeating: 0, count: 4)
      var span = actions.mutableSpan
      policy.act(observations: seen.span, count: 2, deterministic: true, actions: &span)
      return actions
    }
    #expect(actions[0] == actions[1])
  }

  @Test func anUnfitPictureIsOneNamedError() {
    func message(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    let expected =
      "network.encoder.kernels is [3, 3, 3, 3], expected windows that fit 'camera'; "
      + "convolution 3: no window of 3×3 fits into 2×2 pixels"
    #expect(message { _ = try make(SAC.self) { _ in } } == expected)
    #expect(message { _ = try make(TD3BC.self) { _ in } } == "td3." + expected)
    #expect(
      message { _ = try make(DiffusionPolicyLearner.self) { _ in } }
        == "observed is [], expected places that are no pixels: chunk policies have no encoder of pictures")
    #expect(message { _ = try make(DiffusionPolicyLearner.self) { $0.chunk.observed = [270, 271] } } == nil)
  }

  /// What convolutions ask for is reckoned before it is made.
  @Test func sizesAreReckoned() {
    func message(_ encoder: EncoderSettings) -> String? {
      var configuration = SAC.Configuration()
      configuration.network.encoder = encoder
      do { try LearnerDemand(configuration, Self.task).requireMemory(transitions: 10) } catch { return "\(error)" }
      return nil
    }
    #expect(message(Self.network.encoder) == nil)
    #expect(
      message(EncoderSettings(channels: [1_000_000, 1_000_000], kernels: [3, 3], strides: [1, 1]))?
        .hasPrefix("network.encoder.channels is [1000000, 1000000], which makes a network of 9001529000150 parameters")
        == true)
    #expect(
      message(EncoderSettings(channels: [8], kernels: [3], strides: [1], features: 1_000_000_000))?
        .hasPrefix("network.encoder.features is 1000000000, which makes a network of") == true)
  }
}
