import SinewPolicies
import SinewSettings
import SinewTensor

/// What a policy is improved by, with actions of the policy it was before: how good an action was, times the ratio
/// ρ = π(a|s)/π_old(a|s) of its densities, and what keeps ρ near 1.
public struct SurrogateSettings: SettingsGroup {
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// PPO's (Schulman et al., arXiv 1707.06347): beyond 1 ± ε an advantage brings nothing more.
    case clip
    /// Bounded ratios (BPO, arXiv 2604.18578): towards the ratio that is best within 1 ± ε.
    case bpo
    /// Mirror descent (MDPO, Tomar et al., arXiv 2005.09814): a KL divergence that weighs more as training goes on.
    case mdpo
    /// R²VPO (arXiv 2601.03320): a penalty on the ratio's variance.
    case r2vpo
    /// SAPO (arXiv 2511.20347): a gate that closes softly.
    case sapo
  }

  /// Which of them.
  public var kind = Kind.clip
  /// ε of clip and bpo.
  @InnerFraction public var clipRange: Float = 0.2
  /// λ of bpo, in units of returns: towards 0 only the advantage's sign counts.
  @Positive public var advantageScale: Float = 0.001
  /// λ of r2vpo, where advantages have deviation 1.
  @NotNegative public var ratioPenalty: Float = 0.04
  /// τ of sapo for advantages above 0; 1.05 times as much below.
  @Positive public var gateSharpness: Float = 5

  public init() {}
}

/// What a surrogate is made of, for a minibatch: each [rows, 1].
struct SurrogateInput {
  /// ρ, which carries the gradient.
  let ratio: Tensor
  /// A, of mean 0 and deviation 1 where the learner normalises it.
  let advantage: Tensor
  /// R − U(s): how far the return lies above its median; of bpo alone.
  var medianAdvantage: Tensor?
  /// KL(π‖π_old).
  let divergence: Tensor
  /// What the divergence counts, 1/t: one number.
  let divergenceWeight: Tensor
}

extension SurrogateSettings {
  /// How far ratios are from 1.
  func figures(_ ratio: Tensor) -> Metrics {
    [
      "ratio_deviation": (ratio - 1).squared().mean().sqrt(), "ratio_least": ratio.minimum(axis: 0),
      "ratio_greatest": ratio.maximum(axis: 0),
      "clipped_share": (ratio - 1).abs().greater(than: Tensor(repeating: clipRange, [1])).mean(),
    ]
  }

  /// The loss of a minibatch, one number.
  func loss(_ input: SurrogateInput) -> Tensor {
    let (ratio, advantage) = (input.ratio, input.advantage)
    switch kind {
    case .clip:
      // E max(−Aρ, −A·clip(ρ, 1 ± ε))
      let clipped = ratio.clamped(to: 1 - clipRange...1 + clipRange)
      return maximum(-advantage * ratio, -advantage * clipped).mean()
    case .bpo:
      // E |ρ − ρ*|·|A| with ρ* = 1 + ε·tanh(A_m/2λ)
      let best = ((input.medianAdvantage ?? advantage) / (2 * advantageScale)).tanh() * clipRange + 1
      return ((ratio - best).abs() * advantage.abs()).mean()
    case .mdpo:
      // −E ρA + KL(π‖π_old)/t
      return (input.divergenceWeight * input.divergence - ratio * advantage).mean()
    case .r2vpo:
      // −E ρA + λ·E (ρ − 1)²
      return ((ratio - 1).squared() * ratioPenalty - ratio * advantage).mean()
    case .sapo:
      // −E A·(4/τ)·σ(τ(ρ − 1))
      let isGood = advantage.greater(than: .zeros([1]))
      let gates = [gateSharpness, 1.05 * gateSharpness].map { ((ratio - 1) * $0).sigmoid() * (4 / $0) }
      return -(select(isGood, gates[0], gates[1]) * advantage).mean()
    }
  }
}
