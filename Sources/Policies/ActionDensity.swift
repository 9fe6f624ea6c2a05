import Foundation
import SinewTensor

/// The density of what a policy draws, which importance sampling needs.
///
/// Actions whose component is within a hundredth of ±1 count as being at that bound, which then has a probability of its
/// own: policies cut actions off there or press them against it by tanh, and no density tells such actions apart.
public protocol ActionDensity: AnyObject {
  /// log π(action|observation) of each row.
  ///
  /// - Parameters:
  ///   - observations: count × observations, row-major, raw.
  ///   - actions: count × actions, row-major, in [−1, 1].
  ///   - count: rows.
  func logProbabilities(observations: [Float], actions: [Float], count: Int) -> [Double]
}

/// A policy that draws each component of an action from a Gaussian of its own.
public protocol GaussianActor: Policy {
  /// Whether an action is tanh of what is drawn; else it is what is drawn, cut off at ±1.
  var isSquashed: Bool { get }
  /// What is drawn from.
  func gaussian(_ observation: Tensor) -> DiagonalGaussian
}

/// The density of a ``GaussianActor``, or of one behind a normaliser.
public final class GaussianDensity: ActionDensity {
  private let actor: any GaussianActor
  private let normaliser: Normaliser?
  private let evaluating = RecordedRows()
  private static let rows = 256

  /// The density of a policy's own distribution; nil where it has none that is known.
  public init?(of policy: any Policy) {
    switch policy {
    case let actor as any GaussianActor: (self.actor, normaliser) = (actor, nil)
    case let normalised as NormalisedPolicy:
      guard let actor = normalised.base as? any GaussianActor else { return nil }
      (self.actor, normaliser) = (actor, normalised.normaliser)
    default: return nil
    }
  }

  public func logProbabilities(observations: [Float], actions: [Float], count: Int) -> [Double] {
    let (inputs, outputs) = (actor.observationSize, actor.actionSize)
    var result: [Double] = []
    result.reserveCapacity(count)
    var input = [Float](repeating: 0, count: Self.rows * inputs)
    var gaussians = [Float](repeating: 0, count: Self.rows * 2 * outputs)
    for start in stride(from: 0, to: count, by: Self.rows) {
      let rows = min(Self.rows, count - start)
      for index in 0..<rows * inputs { input[index] = observations[start * inputs + index] }
      var span = gaussians.mutableSpan
      evaluating.run(input.span, rows: Self.rows, columns: inputs, variant: 0, into: &span) { observation in
        let gaussian = actor.gaussian(normaliser.map { $0(observation) } ?? observation)
        return concatenated(
          [gaussian.mean, gaussian.logStandardDeviation.broadcast(to: [Self.rows, outputs])], axis: 1)
      }
      for row in 0..<rows {
        result.append(
          (0..<outputs).reduce(0.0) { sum, index in
            sum
              + actionLogProbability(
                Double(actions[(start + row) * outputs + index]),
                mean: Double(gaussians[row * 2 * outputs + index]),
                deviation: exp(Double(gaussians[row * 2 * outputs + outputs + index])), isSquashed: actor.isSquashed)
          })
      }
    }
    return result
  }
}

/// The density of a policy's action with noise around it, cut off at ±1: what makes a policy without a density one with
/// (kernel smoothing; Kallus and Zhou, arXiv 1802.06037).
public final class NoisyDensity: ActionDensity {
  private let act: ([Float], Int) -> [Float]
  private let deviation: Double

  /// The density of what a function chooses.
  ///
  /// - Parameters:
  ///   - deviation: of the noise, above 0, for actions in [−1, 1].
  ///   - act: from count × observations and count to count × actions in [−1, 1].
  public init(deviation: Double, around act: @escaping (_ observations: [Float], _ count: Int) -> [Float]) {
    (self.act, self.deviation) = (act, deviation)
  }

  public func logProbabilities(observations: [Float], actions: [Float], count: Int) -> [Double] {
    let means = act(observations, count)
    let size = means.count / max(count, 1)
    return (0..<count).map { row in
      (0..<size).reduce(0.0) { sum, index in
        let place = row * size + index
        return sum
          + actionLogProbability(
            Double(actions[place]), mean: Double(means[place]), deviation: deviation, isSquashed: false)
      }
    }
  }
}

/// Where an action counts as being at its bound.
public let actionBound = 0.99

/// log π of one component of an action, of a Gaussian cut off at ±1 or squashed by tanh: a density, or at the bounds the
/// probability of being there.
public func actionLogProbability(_ action: Double, mean: Double, deviation: Double, isSquashed: Bool) -> Double {
  func place(_ action: Double) -> Double { isSquashed ? atanh(action) : action }
  guard abs(action) < actionBound else {
    let side: Double = action < 0 ? -1 : 1
    let beyond = (place(actionBound) - side * mean) / deviation
    return log(max(0.5 * erfc(beyond / 2.0.squareRoot()), .leastNormalMagnitude))
  }
  let error = (place(action) - mean) / deviation
  let density = -0.5 * error * error - log(deviation) - 0.5 * log(2 * Double.pi)
  return isSquashed ? density - log(1 - action * action) : density
}
