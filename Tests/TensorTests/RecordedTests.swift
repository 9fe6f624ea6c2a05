import SinewKernels
import Testing

@testable import SinewTensor

@Suite(.serialized) struct RecordedTests {
  private func network(_ seed: UInt64, members: Int? = nil) -> MLP {
    var generator = RandomGenerator(seed: seed)
    return MLP([3, 16, 16, 2], members: members, activation: .tanh, using: &generator)
  }

  private func input(_ rows: Int, _ seed: UInt64) -> Tensor {
    RandomStream(RandomGenerator(seed: seed)).normal([rows, 3])
  }

  @Test func laterRunsGiveWhatTheFirstGives() {
    let model = network(1)
    let recorded = Recorded()
    for seed in [1, 2, 3] as [UInt64] {
      let x = input(5, seed)
      let output = recorded([x]) { [model(x).squared().mean()] }[0].item()
      #expect(output == model(x).squared().mean().item(), "input \(seed), in other memory than the first")
    }
    let wider = input(9, 4)
    #expect(recorded([wider]) { [model(wider).mean()] }[0].item() == model(wider).mean().item())
  }

  @Test func theClosureRunsOncePerShape() {
    let recorded = Recorded()
    var runs = 0
    for rows in [4, 4, 6, 4, 6] {
      let x = input(rows, 1)
      recorded([x]) {
        runs += 1
        return [x.sum()]
      }
    }
    #expect(runs == 2)
  }

  @Test func variantsAreApart() {
    let recorded = Recorded()
    var runs = 0
    for (seed, variant) in [(1, 0), (2, 1), (3, 0), (4, 1)] as [(UInt64, Int)] {
      let x = input(4, seed)
      let figures = recorded([x], variant: variant) {
        runs += 1
        return variant == 0 ? ["sum": x.sum()] : ["sum": x.sum(), "mean": x.mean()]
      }
      #expect(figures["sum"] == Double(x.sum().item()))
      #expect(figures["mean"] == (variant == 0 ? nil : Double(x.mean().item())))
    }
    #expect(runs == 2)
  }

  @Test func whatNobodyUsesIsNotComputed() {
    let x = input(4, 1)
    let recorded = Recorded()
    recorded([x]) {
      _ = x.exp().log().sum()
      return [x.sum()]
    }
    #expect(recorded.instructionCount == 1)
  }

  /// Buffers are reused by lifetime: a long chain whose values are all needed at the end, and one whose are not.
  @Test func reusedBuffersDoNotMix() {
    let x = input(33, 1)
    func chain(_ x: Tensor) -> Tensor {
      var kept: [Tensor] = []
      var y = x
      for index in 0..<12 {
        y = (y * 1.1 + x).tanh()
        if index % 3 == 0 { kept.append(y.exp()) }
      }
      return kept.reduce(y) { $0 + $1 * y }
    }
    let eager = chain(x).floats
    let recorded = Recorded()
    #expect(recorded([x]) { [chain(x)] }[0].floats == eager)
    #expect(recorded([x]) { [chain(x)] }[0].floats == eager)
  }

  private func train(_ steps: Int, threads: Int, members: Int? = nil) -> [Float] {
    let before = Execution.threads
    Execution.threads = threads
    defer { Execution.threads = before }
    let model = network(1, members: members)
    let target = network(2, members: members)
    let optimiser = Adam(model, learningRate: 1e-2, weightDecay: 1e-2, maximumGradientNorm: 0.5)
    let recorded = Recorded()
    let x = input(64, 3)
    for _ in 0..<steps {
      recorded([x]) {
        let (loss, gradients) = valueAndGradient(of: model) { meanSquaredError(model(x), x.slice(0..<2, axis: 1)) }
        optimiser.update(gradients)
        target.follow(model, rate: 0.1)
        return [loss]
      }
    }
    return (model.parameters + target.parameters).flatMap(\.value.floats)
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() {
    for members in [nil, 2, 3] {
      let one = train(20, threads: 1, members: members)
      #expect(train(20, threads: 2, members: members) == one)
      #expect(train(20, threads: 5, members: members) == one)
    }
  }

  @Test func recordedTrainingIsEagerTraining() {
    let model = network(1)
    let target = network(2)
    let optimiser = Adam(model, learningRate: 1e-2, weightDecay: 1e-2, maximumGradientNorm: 0.5)
    let x = input(64, 3)
    for _ in 0..<20 {
      let (_, gradients) = valueAndGradient(of: model) { meanSquaredError(model(x), x.slice(0..<2, axis: 1)) }
      optimiser.update(gradients)
      target.follow(model, rate: 0.1)
    }
    let recorded = train(20, threads: 1)
    let eager = (model.parameters + target.parameters).flatMap(\.value.floats)
    #expect(zip(recorded, eager).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Averaging moves the follower's parameters; a plan made before must not go on with the old numbers.
  @Test func parametersThatMoveAreFollowed() {
    let (model, follower) = (network(1), network(2))
    let x = input(4, 1)
    let recorded = Recorded()
    let before = recorded([x]) { [follower(x)] }[0].floats
    follower.follow(model, rate: 1)
    let after = recorded([x]) { [follower(x)] }[0].floats
    #expect(after == follower(x).floats && after != before)
  }

  @Test func aModuleWithoutGradientsKeepsItsParameters() {
    let model = network(1)
    let optimiser = Adam(model, learningRate: 1)
    let before = model.parameters.flatMap(\.value.floats)
    let recorded = Recorded()
    recorded([]) {
      let (loss, gradients) = valueAndGradient(of: model) { Tensor(1) * 2 }
      optimiser.update(gradients)
      return [loss]
    }
    #expect(model.parameters.flatMap(\.value.floats) == before)
  }

  @Test func adamsStateRestoresItsPath() throws {
    func run(_ steps: Int, _ model: MLP, _ optimiser: Adam) {
      let x = input(8, 3)
      for _ in 0..<steps {
        let (_, gradients) = valueAndGradient(of: model) { model(x).squared().mean() }
        optimiser.update(gradients)
      }
    }
    let (model, copy) = (network(1), network(2))
    let (optimiser, other) = (Adam(model), Adam(copy))
    run(5, model, optimiser)
    var state = StateDictionary()
    optimiser.saveState(to: &state, prefix: "a.")
    model.saveParameters(to: &state, prefix: "m.")
    run(5, model, optimiser)
    try copy.loadParameters(from: state, prefix: "m.")
    try other.loadState(from: state, prefix: "a.")
    run(5, copy, other)
    #expect(model.parameters.flatMap(\.value.floats) == copy.parameters.flatMap(\.value.floats))
    #expect(other.step == 10)
  }
}
