import SinewTensor

/// Drives a point through a maze: draws a way for the episode and follows it at an even speed.
///
/// Of ways about as long any may be drawn, so that episodes from the same place pass obstacles on either side.
public final class MazeDemonstrator: Demonstrator {
  /// Metres per second on the way; what the motors of `point-maze` can turn with.
  private let speed = 2.5
  /// How far ahead it looks, in cells.
  private let foresight = 0.35
  /// How far it keeps away from walls, in cells.
  private let clearance = 0.28
  /// How much longer than the shortest a way may be, roughly.
  private let spread = 1.0

  private let maze: Maze
  private let cells: MazeCellsReset
  /// For x and y: where the velocity is, and which action pushes.
  private let axes: [(velocity: Int, action: Int)]
  private let name: String
  private var generator = RandomGenerator(seed: 0)
  private var path: Path?
  private var progress = 0.0

  /// A demonstrator for tasks with a maze; nil for others.
  init?(_ task: TaskDefinition) throws {
    let cells = task.reset.lazy.compactMap { $0 as? MazeCellsReset }.first
    guard let maze = task.maze, let cells else { return nil }
    (self.maze, self.cells, name) = (maze, cells, task.name)
    let model = task.model
    axes = try cells.start.map { coordinate in
      let joint = model.joints.indices.first { model.positionIndex(ofJoint: $0) == coordinate }
      guard let joint, let action = model.actuators.firstIndex(where: { $0.joint == joint }) else {
        throw EnvironmentError("\(task.name): to demonstrate it, both coordinates of the start need a motor")
      }
      return (model.velocityIndex(ofJoint: joint), action)
    }
  }

  public func beginEpisode(_ generator: RandomGenerator) {
    self.generator = generator
    path = nil
    progress = 0
  }

  public func act(in environment: any Environment, action: inout MutableSpan<Float>) throws {
    guard let state = (environment as? TaskEnvironment)?.state, environment.name == name,
      action.count == environment.actionSpace.count
    else { throw EnvironmentError("this demonstrator knows \(name), not \(environment.name)") }
    let place = SIMD2(state.positions[cells.start[0]], state.positions[cells.start[1]])
    let goal = SIMD2(state.positions[cells.goal[0]], state.positions[cells.goal[1]])
    let path = self.path ?? draw(from: place, to: goal)
    self.path = path
    let reach = foresight * maze.cellSize
    progress = path.distance(nearest: place, from: progress, reach: reach)
    let ahead = path.point(at: progress + reach) - place
    let wanted = length(ahead) > 0 ? speed / length(ahead) * ahead : .zero
    for index in action.indices { action[index] = 0 }
    for (axis, target) in axes.enumerated() {
      let missing = (wanted[axis] - state.velocities[target.velocity]) / speed
      action[target.action] = Float(min(max(4 * missing, -1), 1))
    }
  }

  private func draw(from start: SIMD2<Double>, to goal: SIMD2<Double>) -> Path {
    let walls = maze.wallRectangles.map { wall in
      let (low, high) = (maze.centre(of: wall.low), maze.centre(of: wall.high))
      let margin = SIMD2(repeating: (0.5 + clearance) * maze.cellSize)
      return (low: SIMD2(low.x, high.y) - margin, high: SIMD2(high.x, low.y) + margin)
    }
    let grid = GridRoute(
      rows: maze.rows, columns: maze.columns,
      isFree: { !self.maze.isWall(Maze.Cell(row: $0, column: $1)) },
      place: { self.maze.centre(of: Maze.Cell(row: $0, column: $1)) },
      isClear: { from, to in !walls.contains { crosses(from, to, low: $0.low, high: $0.high) } })
    let (begin, end) = (maze.cell(at: start), maze.cell(at: goal))
    let route = grid.route(
      from: (start, begin.row, begin.column), to: (goal, end.row, end.column), spread: spread, using: &generator)
    return Path(route ?? [start, goal])
  }
}

/// Whether a straight piece meets a rectangle along the axes.
private func crosses(_ from: SIMD2<Double>, _ to: SIMD2<Double>, low: SIMD2<Double>, high: SIMD2<Double>) -> Bool {
  var (enter, leave) = (0.0, 1.0)
  for axis in 0..<2 {
    let way = to[axis] - from[axis]
    if way == 0 {
      if from[axis] <= low[axis] || from[axis] >= high[axis] { return false }
      continue
    }
    let (first, second) = ((low[axis] - from[axis]) / way, (high[axis] - from[axis]) / way)
    enter = max(enter, min(first, second))
    leave = min(leave, max(first, second))
  }
  return enter < leave
}
