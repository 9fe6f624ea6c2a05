import Foundation
import SinewTensor

/// A stroke of the pusher that moves the block: it follows the side that it pushes as the block turns.
struct Push {
  /// The way of the pusher's centre; begins a little off the block.
  let path: Path
  /// Which of the strokes that were looked at.
  let identity: Int
}

/// Looks for the strokes that bring a block onto its target in the fewest steps: a beam search over where on the
/// outline to push, in what direction and how far, with ``QuasiStaticBlock`` to foresee what each does.
struct PushPlanner {
  let block: QuasiStaticBlock
  /// Pose of the block's centre of mass when it is on the target.
  let target: PlanarPose
  /// Corners of where the pusher can be sent and the block must stay.
  let (low, high): (SIMD2<Double>, SIMD2<Double>)
  /// Metres that the pusher goes in a step on its way, and in a stroke.
  let (walkingSpeed, pushingSpeed): (Double, Double)
  /// The pusher's distance from the block before a stroke, metres.
  let gap = 0.012
  /// How far ahead, in strokes.
  private let depth = 3
  /// Situations kept at each depth.
  private let width = 10
  /// How many steps dearer a plan may be to be drawn about a third as often.
  private let temperature = 2.0

  private struct Situation {
    var pose: PlanarPose
    var pusher: SIMD2<Double>
    /// Steps so far.
    var cost: Double
    /// Steps so far and to come.
    var total: Double
    var first: Push
  }

  /// How far from the target a pose is, metres: a turn counts as what it moves the block's rim by.
  func error(_ pose: PlanarPose) -> Double {
    let turn = (pose.angle - target.angle).remainder(dividingBy: 2 * .pi)
    return length(pose.position - target.position) + 0.08 * abs(turn)
  }

  /// Steps that are still to come: far more than a straight push would take, since walks come with it, and one more
  /// stroke while it is off by millimetres. Too few, and the cheapest plan would be to do little.
  private func stepsToCome(_ pose: PlanarPose) -> Double {
    let error = error(pose)
    return 6 * error / pushingSpeed + 25 * (1 - exp(-max(0, error - 0.001) / 0.004))
  }

  /// Draws the next stroke; nil if none brings the block nearer.
  func plan(
    pose: PlanarPose, pusher: SIMD2<Double>, using generator: inout RandomGenerator
  ) -> Push? {
    var beam: [Situation] = []
    var best: [(push: Push, total: Double)] = []
    for level in 0..<depth {
      var next: [Situation] = []
      if level == 0 {
        next = strokes(from: nil, pose: pose, pusher: pusher, &generator)
      } else {
        for situation in beam {
          next += strokes(from: situation, pose: situation.pose, pusher: situation.pusher, &generator)
        }
      }
      next.sort { $0.total < $1.total }
      for situation in next.prefix(4 * width) {
        let push = situation.first
        if let index = best.firstIndex(where: { $0.push.identity == push.identity }) {
          if situation.total < best[index].total { best[index] = (push, situation.total) }
        } else {
          best.append((push, situation.total))
        }
      }
      beam = Array(next.prefix(width))
    }
    guard let least = best.map(\.total).min() else { return nil }
    best.removeAll { $0.total > least + 2 * temperature }
    let weights = best.map { exp((least - $0.total) / temperature) }
    var draw = generator.uniform() * weights.reduce(0, +)
    for (choice, weight) in zip(best, weights) {
      draw -= weight
      if draw <= 0 { return choice.push }
    }
    return best.last?.push
  }

  /// What each stroke that is possible here leads to.
  private func strokes(
    from begin: Situation?, pose: PlanarPose, pusher: SIMD2<Double>, _ generator: inout RandomGenerator
  ) -> [Situation] {
    var result: [Situation] = []
    let away = block.pusherRadius + gap
    let search = Search(before: stepsToCome(pose), out: max(overhang(pose), 0), isFine: error(pose) < 0.03)
    for (piece, sides) in block.pieces.enumerated() {
      for (index, side) in sides.enumerated() {
        let count = max(2, Int((side.length / 0.015).rounded()))
        for place in 0..<count {
          let along = (Double(place) + generator.uniform()) / Double(count) * side.length
          let slope = [0, 0, 0.4, -0.4][Int(generator.uniform() * 4) & 3]
          let start = pose.apply(side.start + along * side.direction + away * side.normal)
          guard isInside(start), block.distance(of: start, at: pose) > away - 1e-6 else { continue }
          let walk = walkingSteps(from: pusher, to: start, around: pose)
          let cost = (begin?.cost ?? 0) + walk + 8
          stroke(
            Stroke(side: side, along: along, slope: slope, identity: (piece * 16 + index) * 64 + place), pose,
            cost: cost, search, first: begin?.first, into: &result)
        }
      }
    }
    return result
  }

  /// Where and how a stroke pushes.
  private struct Stroke {
    let side: QuasiStaticBlock.Side
    /// Where on the side it begins, metres.
    let along: Double
    /// Metres that it goes along the side for each metre that it pushes.
    let slope: Double
    let identity: Int
  }

  /// What holds of all strokes from a situation.
  private struct Search {
    let before: Double
    let out: Double
    let isFine: Bool
  }

  /// Adds what a stroke leads to at the best length, and at a few others.
  private func stroke(
    _ stroke: Stroke, _ begin: PlanarPose, cost: Double, _ search: Search, first: Push?, into result: inout [Situation]
  ) {
    var pose = begin
    let stride = search.isFine ? 0.0005 : 0.002
    let side = stroke.side
    var pusher = begin.apply(side.start + stroke.along * side.direction + (block.pusherRadius + gap) * side.normal)
    var points = [pusher]
    var (pushed, least, patience) = (0.0, Double.infinity, 0.0)
    var best: Situation?
    var nextCheck = 0.02
    for count in 1...200 {
      let forward = stroke.slope * side.direction - side.normal
      pusher += stride * pose.rotate(forward)
      guard isInside(pusher) else { break }
      if search.isFine || count % 3 == 0 { points.append(pusher) }
      guard block.giveWay(&pose, to: pusher) else {
        if Double(count) * stride > 3 * gap { break }
        continue
      }
      pushed += stride
      guard overhang(pose) <= search.out + 1e-6 else { break }
      let toCome = stepsToCome(pose)
      let spent = cost + Double(count) * stride / pushingSpeed
      var situation: Situation {
        Situation(
          pose: pose, pusher: pusher, cost: spent, total: spent + toCome,
          first: first ?? Push(path: Path(points + [pusher]), identity: stroke.identity))
      }
      if spent + toCome < least {
        if toCome < search.before - 1 { best = situation }
        (least, patience) = (spent + toCome, 0)
      } else {
        patience += stride
        if patience > 0.05 { break }
      }
      if pushed >= nextCheck {
        result.append(situation)
        nextCheck += 0.03
      }
    }
    if let best { result.append(best) }
  }

  /// How far the block stands out of the workspace, metres; negative inside.
  private func overhang(_ pose: PlanarPose) -> Double {
    var worst = -Double.infinity
    for corner in block.corners {
      let point = pose.apply(corner)
      worst = max(worst, low.x - point.x, low.y - point.y, point.x - high.x, point.y - high.y)
    }
    return worst
  }

  func isInside(_ point: SIMD2<Double>) -> Bool {
    point.x > low.x && point.y > low.y && point.x < high.x && point.y < high.y
  }

  /// Steps to a place, straight or, where the block is in the way, around it.
  private func walkingSteps(from: SIMD2<Double>, to: SIMD2<Double>, around pose: PlanarPose) -> Double {
    let way = length(to - from)
    let middle = length(pose.position - from) < way ? pose.position : (from + to) / 2
    let along = way > 0 ? min(max(dot(middle - from, to - from) / (way * way), 0), 1) : 0
    let nearest = length(from + along * (to - from) - pose.position)
    return (way + 2 * max(0, 0.06 - nearest)) / walkingSpeed
  }
}
