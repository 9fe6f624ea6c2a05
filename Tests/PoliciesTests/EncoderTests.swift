import SinewSettings
import SinewTensor
import Testing

@testable import SinewPolicies

/// What policies and critics see of observations that are made of several parts.
struct EncoderTests {
  private static let observation = Columns([
    Column("joints", shape: [2]), Column("camera", shape: [6, 7, 3], element: .byte),
    Column("friction", shape: [1], isPrivileged: true), Column("depth", shape: [5, 5, 1]),
    Column("above", shape: [6, 7, 1], element: .byte, isPrivileged: true),
  ])
  private static let task = TaskShape(observation: observation, actionSize: 2)
  private static let network = NetworkSettings(
    hiddenSizes: [8], encoder: EncoderSettings(channels: [4, 3], kernels: [3, 2], strides: [2, 1], features: 5))
  private let generator = RandomGenerator(seed: 1)

  private func rows(_ count: Int, seed: UInt64 = 2) -> Tensor {
    RandomStream(RandomGenerator(seed: seed)).uniform([count, Self.observation.count])
  }

  private func encoder(seesPrivileged: Bool, sharing shared: Encoder? = nil) -> Encoder {
    Encoder(
      Self.observation, Self.network.encoder, seesPrivileged: seesPrivileged, sharing: shared, generator: generator)
  }

  @Test func vectorsPassAndHaveNoParameters() {
    let encoder = Encoder(Columns(vector: 3), seesPrivileged: false, generator: generator)
    let rows = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(encoder(rows).floats == rows.floats && encoder.outputSize == 3 && encoder.savedParameters.isEmpty)
    let critics = QEnsemble(TaskShape(observationSize: 3, actionSize: 2), Self.network, generator: generator)
    #expect(critics.parameters.allSatisfy { $0.name.hasPrefix("layers.") })
  }

  /// Numbers first, then each picture's features; what is privileged is for critics alone.
  @Test func picturesBecomeFeaturesBehindTheNumbers() throws {
    let (critics, actor) = (encoder(seesPrivileged: true), encoder(seesPrivileged: false))
    #expect(critics.outputSize == 3 + 3 * 5 && actor.outputSize == 2 + 2 * 5)
    let rows = rows(3)
    let (seen, less) = (critics(rows), actor(rows))
    #expect(seen.shape == [3, 18] && less.shape == [3, 12])
    #expect(seen.slice(0..<2, axis: 1).floats == rows.slice(0..<2, axis: 1).floats)
    #expect(seen.slice(2..<3, axis: 1).floats == rows.slice(128..<129, axis: 1).floats)
    var weights = generator.split("encoder")
    let camera = ConvolutionalEncoder(
      .init(height: 6, width: 7), layers: Self.network.encoder.layers, features: 5, using: &weights)
    #expect(seen.slice(3..<8, axis: 1).floats == camera(rows.slice(2..<128, axis: 1)).floats)
    #expect(
      critics.parameters.map(\.name).prefix(2) == ["encoder.0.convolutions.0.weight", "encoder.0.convolutions.0.bias"])
    #expect(Set(critics.parameters.map { $0.name.prefix(10) }) == ["encoder.0.", "encoder.1.", "encoder.2."])

    let before = actor(rows).floats
    rows.withMutableFloats { floats in
      for row in 0..<3 { for place in [128] + Array(154..<196) { floats[row * 196 + place] = 9 } }
    }
    #expect(actor(rows).floats == before && critics(rows).floats != seen.floats)
  }

  /// By differences of a critic's loss, at every parameter.
  @Test func gradientsReachTheConvolutions() {
    let task = TaskShape(
      observation: Columns([Column("camera", shape: [4, 4, 1], element: .byte), Column("joints", shape: [1])]),
      actionSize: 1)
    let settings = NetworkSettings(
      hiddenSizes: [4], encoder: EncoderSettings(channels: [2, 2], kernels: [2, 2], strides: [1, 1], features: 3))
    let critics = QEnsemble(task, settings, activation: .silu, generator: RandomGenerator(seed: 5))
    let observation = RandomStream(RandomGenerator(seed: 3)).uniform([3, 17])
    let action = Tensor([0.3, -0.5, 0.8], shape: [3, 1])
    func loss() -> Tensor { critics(observation, action).squared().mean() }
    let (_, gradients) = valueAndGradient(of: critics, loss)
    for (name, parameter) in critics.parameters {
      guard let gradient = gradients[parameter]?.floats else {
        Issue.record("no gradient for \(name)")
        continue
      }
      let original = parameter.floats
      for index in original.indices {
        func value(_ offset: Float) -> Float {
          var moved = original
          moved[index] += offset
          parameter.assign(moved)
          return loss().item()
        }
        let numeric = (value(1e-2) - value(-1e-2)) / 2e-2
        parameter.assign(original)
        #expect(abs(gradient[index] - numeric) <= 1e-2 * max(1, abs(numeric)), "\(name) \(index)")
      }
    }
  }

  /// An actor reads the critics' encoder, keeps it in its own file, and trains only what is behind it.
  @Test func theActorReadsTheCriticsEncoder() throws {
    let critics = QEnsemble(Self.task, Self.network, generator: generator.split("critics"))
    let actor = GaussianPolicy(Self.task, Self.network, sharing: critics.encoder, generator: generator.split("actor"))
    let value = StateValue(Self.task, Self.network, sharing: critics.encoder, generator: generator.split("value"))
    let alone = DeterministicPolicy(Self.task, Self.network, generator: generator.split("actor"))
    #expect(actor.parameters.allSatisfy { $0.name.hasPrefix("layers.") })
    #expect(value.parameters.allSatisfy { $0.name.hasPrefix("layers.") })
    #expect(value.savedParameters.count == critics.parameters.count)
    #expect(alone.parameters.contains { $0.name.hasPrefix("encoder.") })
    let (_, gradients) = valueAndGradient(of: critics) { actor.mode(rows(3)).sum() + value(rows(3)).sum() }
    #expect(critics.encoder.parameters.allSatisfy { gradients[$0.value] == nil })

    var state = StateDictionary()
    actor.saveParameters(to: &state, prefix: "")
    let restored = GaussianPolicy(Self.task, Self.network, generator: RandomGenerator(seed: 9))
    try restored.loadParameters(from: state, prefix: "")
    #expect(restored.mode(rows(4)).floats == actor.mode(rows(4)).floats)
    // Without what the encoder says of the picture it would be another.
    state = StateDictionary()
    for (name, value) in actor.parameters { state.set(name, floats: value.floats, shape: value.shape) }
    #expect(throws: StateError.self) { try restored.loadParameters(from: state, prefix: "") }
  }

  /// In one recorded update an observation is encoded once, before and after the encoder's own step.
  @Test func anUpdateEncodesAnObservationOnce() {
    let critics = QEnsemble(Self.task, Self.network, generator: generator.split("critics"))
    let actor = GaussianPolicy(Self.task, Self.network, sharing: critics.encoder, generator: generator.split("actor"))
    let optimiser = Adam(critics, learningRate: 0.1)
    let (recorded, rows) = (Recorded(), rows(3))
    func features() -> Tensor { encoder(seesPrivileged: false, sharing: critics.encoder)(rows) }
    let before = features().floats
    let results = recorded([rows]) {
      optimiser.descend(critics(rows, .zeros([3, 2])).squared().mean())
      return [actor.mode(rows), features(), features()]
    }
    #expect(results[1].floats == before && results[2].floats == before)
    // The next one sees what the step changed.
    let next = features().floats
    #expect(next != before)
    let again = recorded([rows]) { [] }
    #expect(again[1].floats == next)
  }

  @Test func whatDoesNotFitIsSaid() throws {
    try EncoderSettings().validate(for: Columns([Column("camera", shape: [48, 48, 3], element: .byte)]))
    func message(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    let small = Columns([Column("numbers", shape: [3]), Column("camera", shape: [8, 48, 3], element: .byte)])
    #expect(
      message { try EncoderSettings().validate(for: small) }
        == "kernels is [3, 3, 3, 3], expected windows that fit 'camera'; convolution 3: no window of 3×3 fits into 1×21 pixels"
    )
    #expect(
      message { try EncoderSettings(channels: [8, 8], kernels: [3], strides: [1, 1]).check() }
        == "kernels is [3], expected one for each of the 2 convolutions of channels")
    #expect(
      message { try EncoderSettings(channels: [], kernels: [], strides: []).check() }?.hasPrefix("channels is []")
        == true)
  }
}
