import Foundation

/// A factor for the learning rate as training goes on.
public enum LearningRateSchedule: Sendable, Equatable {
  /// Always 1.
  case constant
  /// From 1 to `end` in a straight line over `steps`.
  case linear(steps: Int, end: Float = 0)
  /// Half a cosine from 1 to `end` over `steps`, after a straight rise from 0 over `warmUp` steps.
  case cosine(steps: Int, warmUp: Int = 0, end: Float = 0)

  /// The factor at `step`, counted from 0; past the end it stays.
  public func factor(at step: Int) -> Float {
    switch self {
    case .constant: return 1
    case .linear(let steps, let end):
      let progress = min(Float(step) / Float(max(steps, 1)), 1)
      return (1 - progress) + end * progress
    case .cosine(let steps, let warmUp, let end):
      if step < warmUp { return Float(step) / Float(warmUp) }
      let progress = Double(step - warmUp) / Double(max(steps - warmUp, 1))
      let share = Float(0.5 * (1 + cos(.pi * min(progress, 1))))
      return end + (1 - end) * share
    }
  }
}
