import SinewPolicies
import SinewSettings
import SinewTensor

/// Several generative policies acting as one: at every sampling step the convex combination of their predictions about
/// the same noisy chunk.
///
/// "Compose Your Policies!", arXiv 2510.01068 (GPC). Nothing is trained. Scores, noises, clean chunks and velocities
/// are affine in each other for a given noisy chunk and level, so that combining any of them is combining all; policies
/// of diffusion and of flow matching are asked at the same ratio of signal to noise, each on its own path.
///
/// Chunks are aligned at the newest observation. Where not every policy's chunk reaches, those that do share the
/// weight. A policy of weight 0 takes no part, so that the weights 0 and 1 give each policy alone, to the bit.
public final class ComposedPolicy: GenerativePolicy {
  /// One of the policies.
  public struct Member {
    /// What it is called in errors.
    public var name: String
    public var policy: any GenerativePolicy
    /// Its part, 0 or more.
    public var weight: Double
    /// The places of the composed policy's observation that this one takes, in its order; nil for all.
    public var observed: [Int]?

    public init(_ policy: any GenerativePolicy, weight: Double, name: String, observed: [Int]? = nil) {
      (self.name, self.policy, self.weight, self.observed) = (name, policy, weight, observed)
    }
  }

  public let observationSize: Int
  public let actionSize: Int
  public let sampler: Sampler
  public let actionNormalisation: ActionNormalisation
  public let sampling: ChunkSampling
  /// Those whose weight is not 0.
  private let members: [Member]

  /// A composition.
  ///
  /// - Parameters:
  ///   - members: policies and weights, which sum to 1.
  ///   - observationSize: numbers in the observation that the composed policy takes; the first member's when nil.
  ///   - sampler: how chunks are made from the combined predictions; when nil as the first member of weight above 0
  ///     does it, with clean chunks limited to ±1 where any of them does that.
  ///   - generator: draws the noise before the first episode ("sampling").
  /// - Throws: `UsageError` where weights, action spaces, action normalisations or observations do not fit.
  public init(
    _ members: [Member], observationSize: Int? = nil, sampler: Sampler? = nil, generator: RandomGenerator
  ) throws {
    try Self.check(members, observationSize: observationSize)
    let active = members.filter { $0.weight > 0 }
    let (first, horizons) = (active[0].policy, active.map(\.policy.horizons))
    self.members = active
    self.observationSize = observationSize ?? members[0].policy.observationSize
    actionSize = first.actionSize
    actionNormalisation = first.actionNormalisation
    self.sampler =
      sampler
      ?? Sampler(
        levels: first.sampler.levels, stochasticity: first.sampler.stochasticity,
        clips: active.contains(where: \.policy.sampler.clips))
    let history = horizons.map(\.observation).max() ?? 1
    let ahead = horizons.map(\.maximumAction).max() ?? 1
    sampling = ChunkSampling(
      ChunkHorizons(
        observation: history, prediction: history - 1 + ahead, action: horizons.map(\.action).min() ?? 1),
      observationSize: self.observationSize, actionSize: actionSize, generator: generator.split("sampling"))
  }

  private static func check(_ members: [Member], observationSize: Int?) throws {
    guard let first = members.first else { throw UsageError("nothing to compose: name at least one policy") }
    for member in members {
      guard member.weight >= 0 && member.weight <= 1 else {
        throw UsageError("\(member.name) has the weight \(member.weight), expected 0 to 1")
      }
    }
    let sum = members.reduce(0) { $0 + $1.weight }
    guard abs(sum - 1) < 1e-6 else { throw UsageError("the weights sum to \(sum), expected 1") }
    let available = observationSize ?? first.policy.observationSize
    for member in members {
      let policy = member.policy
      guard policy.actionSize == first.policy.actionSize else {
        throw UsageError(
          "\(member.name) gives \(policy.actionSize) actions, \(first.name) \(first.policy.actionSize): "
            + "composed policies need the same action space")
      }
      guard policy.actionNormalisation.isSame(as: first.policy.actionNormalisation) else {
        throw UsageError(
          "\(member.name) and \(first.name) normalise actions differently: train both with the same action range")
      }
      if let observed = member.observed {
        guard observed.count == policy.observationSize, observed.allSatisfy({ (0..<available).contains($0) }) else {
          throw UsageError(
            "\(member.name) takes \(policy.observationSize) observations, but is given the places \(observed) of "
              + "\(available)")
        }
      } else if policy.observationSize != available {
        throw UsageError(
          "\(member.name) takes \(policy.observationSize) observations, \(first.name) \(available): "
            + "composed policies act on the same observation, or say which places of it they take")
      }
    }
  }

  public func denoiser(given history: Tensor) -> Denoiser {
    let views = members.map { $0.policy.denoiser(given: self.history(history, of: $0)) }
    let windows = members.map { member in
      let start = horizons.firstAction - member.policy.horizons.firstAction
      return start..<start + member.policy.horizons.prediction
    }
    return Denoiser { [self] noisy, level, wanted in
      let predictions = zip(views, windows).map { view, window in
        (view(steps(window, of: noisy), at: level, as: wanted), window)
      }
      // Between the ends of the members' windows the same members share the weight.
      let ends = Set(windows.flatMap { [$0.lowerBound, $0.upperBound] }).sorted()
      let pieces = zip(ends, ends.dropFirst()).compactMap { piece($0..<$1, of: predictions) }
      return concatenated(pieces, axis: 1)
    }
  }

  /// The combination of the predictions that reach over all of `range`.
  private func piece(_ range: Range<Int>, of predictions: [(Tensor, Range<Int>)]) -> Tensor? {
    let sharing = zip(members, predictions).filter { $1.1.contains(range.lowerBound) }
    let total = sharing.reduce(0) { $0 + $1.0.weight }
    return sharing.reduce(nil) { sum, part in
      let (member, (prediction, window)) = part
      let own = steps(range.lowerBound - window.lowerBound..<range.upperBound - window.lowerBound, of: prediction)
      let weighted = member.weight == total ? own : Float(member.weight / total) * own
      return sum.map { $0 + weighted } ?? weighted
    }
  }

  /// Some steps of chunks [rows, steps · actions].
  private func steps(_ range: Range<Int>, of chunk: Tensor) -> Tensor {
    chunk.slice(range.lowerBound * actionSize..<range.upperBound * actionSize, axis: 1)
  }

  /// What a member sees of histories [rows, observation horizon · observations]: its newest observations, and its
  /// places of them.
  private func history(_ history: Tensor, of member: Member) -> Tensor {
    let (rows, length) = (history.shape[0], member.policy.horizons.observation)
    let newest = history.reshaped([rows, horizons.observation, observationSize])
      .slice(horizons.observation - length..<horizons.observation, axis: 1)
    guard let observed = member.observed else { return newest.reshaped([rows, -1]) }
    return concatenated(observed.map { newest.slice($0..<$0 + 1, axis: 2) }, axis: 2).reshaped([rows, -1])
  }

  public func saveParameters(to state: inout StateDictionary, prefix: String) {
    for (index, member) in members.enumerated() {
      member.policy.saveParameters(to: &state, prefix: "\(prefix)members.\(index).")
    }
  }

  public func loadParameters(from state: StateDictionary, prefix: String) throws {
    for (index, member) in members.enumerated() {
      try member.policy.loadParameters(from: state, prefix: "\(prefix)members.\(index).")
    }
  }
}
