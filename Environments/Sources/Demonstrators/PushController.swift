import SinewTensor

/// What a demonstrator that pushes does from step to step: plan a stroke, walk to where it begins, push, look again.
struct PushController {
  private enum Phase {
    case planning
    /// On its way to where the stroke begins.
    case walking(Path, Push)
    case pushing(Push)
  }

  let planner: PushPlanner
  private var generator = RandomGenerator(seed: 0)
  private var phase = Phase.planning
  /// Metres gone on the way or in the stroke.
  private var progress = 0.0
  /// Steps in which the pusher has waited at an end.
  private var waiting = 0

  init(planner: PushPlanner) { self.planner = planner }

  /// Forgets the last episode.
  mutating func begin(_ generator: RandomGenerator) {
    self.generator = generator
    phase = .planning
  }

  /// Where to send the pusher in this step.
  mutating func advance(_ pose: PlanarPose, _ place: SIMD2<Double>) -> SIMD2<Double> {
    // Near the target the pusher takes the time to arrive.
    let tolerance = min(max(planner.error(pose) / 15, 0.0007), 0.004)
    if case .planning = phase {
      guard let push = planner.plan(pose: pose, pusher: place, using: &generator) else { return place }
      phase = .walking(way(from: place, to: push.path.points[0], around: pose), push)
      (progress, waiting) = (0, 0)
    }
    if case .walking(let path, let push) = phase {
      progress += planner.walkingSpeed
      if progress < path.length { return path.point(at: progress) }
      waiting += 1
      let start = push.path.points[0]
      guard length(place - start) < 2 * tolerance || waiting > 12 else { return start }
      phase = .pushing(push)
      (progress, waiting) = (0, 0)
    }
    if case .pushing(let push) = phase {
      progress = min(progress + planner.pushingSpeed, push.path.length)
      let target = push.path.point(at: progress)
      if progress == push.path.length {
        waiting += 1
        if waiting > 1, length(place - target) < tolerance || waiting > 9 {
          phase = .planning
          return advance(pose, place)
        }
      }
      return target
    }
    return place
  }

  /// A way that does not touch the block where that is possible.
  private mutating func way(from: SIMD2<Double>, to: SIMD2<Double>, around pose: PlanarPose) -> Path {
    let cell = 0.008
    let span = planner.high - planner.low
    let (rows, columns) = (Int(span.y / cell), Int(span.x / cell))
    let (low, block) = (planner.low, planner.block)
    func place(_ row: Int, _ column: Int) -> SIMD2<Double> {
      low + cell * SIMD2(Double(column) + 0.5, Double(row) + 0.5)
    }
    // Off the block by a little less than where strokes begin, so that their starts are free.
    let clearance = block.pusherRadius + 0.8 * planner.gap
    let grid = GridRoute(
      rows: rows, columns: columns,
      isFree: { block.distance(of: place($0, $1), at: pose) > clearance }, place: place,
      isClear: { start, end in
        let count = max(1, Int(length(end - start) / 0.003))
        return (1..<max(2, count)).allSatisfy {
          block.distance(of: start + Double($0) / Double(count) * (end - start), at: pose) > clearance
        }
      })
    // Next to the block the grid's nearest point may not be free: the nearest that is stands for an end.
    func nearestFree(_ point: SIMD2<Double>) -> (place: SIMD2<Double>, row: Int, column: Int) {
      var best = (gap: Double.infinity, row: 0, column: 0)
      for row in 0..<rows {
        for column in 0..<columns {
          let gap = length(place(row, column) - point)
          if gap < best.gap, grid.isFree(row, column) { best = (gap, row, column) }
        }
      }
      return (point, best.row, best.column)
    }
    let route = grid.route(from: nearestFree(from), to: nearestFree(to), spread: 0.3, using: &generator)
    return Path(route ?? [from, to])
  }
}
