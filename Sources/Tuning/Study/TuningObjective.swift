import Foundation
import SinewEvaluation
import SinewSettings
import SinewTraining

/// What a run is worth to a search, from the evaluations of its policies: never from the best of them, which was chosen
/// among many.
public enum TuningObjective: Sendable, Equatable {
  /// Mean return of the evaluations in the last fifth of the steps, the last one at least: the policy as it is at the
  /// end, less what a single evaluation happens to say.
  case last
  /// Mean return of all evaluations, which rewards learning fast.
  case mean
  /// Steps until the first evaluation with this mean return or a greater one: the fewer the better. A run that gets
  /// there at none counts as if it had at the next.
  case solve(at: Double)

  /// `last`, `mean` or `solve:RETURN`. Throws `UsageError` for anything else.
  public init(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1)
    switch (text, parts.count) {
    case ("last", _): self = .last
    case ("mean", _): self = .mean
    case (_, 2):
      guard parts[0] == "solve", let threshold = Double(parts[1]), threshold.isFinite else { fallthrough }
      self = .solve(at: threshold)
    default: throw UsageError("--objective must be last, mean or solve:RETURN such as solve:-200, not '\(text)'")
    }
  }

  /// As ``init(_:)`` takes it.
  public var text: String {
    switch self {
    case .last: "last"
    case .mean: "mean"
    case .solve(let threshold): "solve:\(String(format: "%g", threshold))"
    }
  }

  /// What the figures are called.
  public var title: String {
    switch self {
    case .last: "return at the end"
    case .mean: "mean return over the run"
    case .solve(let threshold): "steps to a return of \(String(format: "%g", threshold))"
    }
  }

  /// Whether fewer is better, as of steps: values are then their negatives.
  public var isCost: Bool { if case .solve = self { true } else { false } }

  /// A value as people read it: steps as a positive number.
  public func shown(_ value: Double) -> Double { isCost ? -value : value }

  /// As ``shown(_:)``, as text: whole steps, returns to a few digits.
  public func text(of value: Double) -> String {
    isCost && abs(value) < 1e15 ? "\(value > 0 ? "-" : "")\(grouped(Int(abs(value).rounded())))" : short(value)
  }

  /// The value of a run, the greater the better; nil where its policy was never evaluated.
  public func value(of run: RunHistory) -> Double? { value(of: run.points("evaluation_return_mean")) }

  func value(of evaluations: [(step: Int, value: Double)]) -> Double? {
    guard let final = evaluations.last else { return nil }
    switch self {
    case .last:
      return Statistics.mean(evaluations.filter { Double($0.step) > 0.8 * Double(final.step) }.map(\.value))
    case .mean: return Statistics.mean(evaluations.map(\.value))
    case .solve(let threshold):
      let interval = final.step - (evaluations.dropLast().last?.step ?? 0)
      return -Double(evaluations.first { $0.value >= threshold }?.step ?? final.step + interval)
    }
  }
}
