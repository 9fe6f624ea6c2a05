import SinewEnvironments
import SinewSettings

/// Maps a policy's actions, in [−1, 1], to an environment's own ranges.
package struct ActionScaling {
  private let middle: [Float]
  private let halfRange: [Float]

  /// Throws where a range is not finite.
  package init(_ space: BoxSpace, environment: String) throws {
    for (index, (low, high)) in zip(space.low, space.high).enumerated()
    where !(low.isFinite && high.isFinite && low < high) {
      throw UsageError("\(environment): action \(index) needs a finite range, not \(low)...\(high)")
    }
    middle = zip(space.low, space.high).map { ($0 + $1) / 2 }
    halfRange = zip(space.low, space.high).map { ($1 - $0) / 2 }
  }

  /// Scales rows of actions, row-major; what lies beyond ±1 is cut off.
  package func scale(_ actions: [Float], into scaled: inout [Float]) {
    for index in actions.indices {
      let dimension = index % middle.count
      scaled[index] = middle[dimension] + min(max(actions[index], -1), 1) * halfRange[dimension]
    }
  }
}
