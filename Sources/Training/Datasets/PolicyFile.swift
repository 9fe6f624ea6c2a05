import Foundation
import SinewFiles
import SinewPolicies
import SinewSettings
import SinewTensor

/// A policy alone in a safetensors file: its weights as they are exported, and under the metadata key `policy` what it
/// is.
///
/// Weights are `layers.N.weight` [inputs, outputs] and `layers.N.bias` [outputs] of a ReLU network. `gaussian` gives
/// mean and log standard deviation of an action before tanh; `deterministic` an action before tanh; `diagonal-gaussian`
/// its mean before tanh, with `log_standard_deviation` beside. Where there are `normalisation.mean` and
/// `normalisation.reciprocal_scale`, the network sees (observation − mean)·reciprocal scale.
public enum PolicyFile {
  /// Writes a policy: any that has weights, with a kind where it is a plain network. Throws the system's reason.
  public static func write(_ policy: any Policy, metadata: [String: String] = [:], to url: URL) throws {
    let kind: String?
    switch (policy as? NormalisedPolicy)?.base ?? policy {
    case let policy as GaussianPolicy where policy.isPlain: kind = "gaussian"
    case is DeterministicPolicy: kind = "deterministic"
    case let policy as DiagonalGaussianPolicy where policy.isPlain: kind = "diagonal-gaussian"
    default: kind = nil
    }
    var state = StateDictionary()
    policy.saveParameters(to: &state, prefix: "")
    state.metadata = metadata
    // What stands before the layers is in no plain network.
    state.metadata["policy"] = state.names.contains { $0.hasPrefix("encoder.") } ? nil : kind
    try state.write(to: url)
  }

  /// Reads a policy. Throws one line naming the file and what is wrong with it.
  public static func read(_ url: URL) throws -> any Policy {
    let state = try StateDictionary(contentsOf: url)
    func problem(_ text: String) -> FileError { FileError("\(url.relativePath): \(text)") }
    var sizes: [Int] = []
    for index in 0... {
      guard let shape = state.shape("layers.\(index).weight") else { break }
      guard shape.count == 2, shape.allSatisfy({ $0 >= 1 }), sizes.last.map({ $0 == shape[0] }) ?? true else {
        throw problem("layers.\(index).weight has shape \(shape), which does not follow \(sizes)")
      }
      sizes = (sizes.isEmpty ? [shape[0]] : sizes) + [shape[1]]
    }
    guard let inputs = sizes.first, let outputs = sizes.last, sizes.count >= 2 else {
      throw problem("no policy: it has no layers.0.weight")
    }
    let network = NetworkSettings(hiddenSizes: Array(sizes.dropFirst().dropLast()))
    let generator = RandomGenerator(seed: 0)
    var policy: any Policy
    switch state.metadata["policy"] {
    case "gaussian" where outputs % 2 == 0:
      policy = GaussianPolicy(
        TaskShape(observationSize: inputs, actionSize: outputs / 2), network, generator: generator)
    case "deterministic":
      policy = DeterministicPolicy(
        TaskShape(observationSize: inputs, actionSize: outputs), network, generator: generator)
    case "diagonal-gaussian":
      policy = DiagonalGaussianPolicy(
        TaskShape(observationSize: inputs, actionSize: outputs), network, generator: generator)
    case let kind:
      throw problem(
        "its metadata say policy: \(kind ?? "nothing"); gaussian (of an even number of outputs), deterministic and "
          + "diagonal-gaussian are known")
    }
    if state["normalisation.mean"] != nil {
      policy = NormalisedPolicy(policy, Normaliser(size: inputs))
    }
    do { try policy.loadParameters(from: state, prefix: "") } catch { throw problem(firstLine("\(error)")) }
    return policy
  }
}
