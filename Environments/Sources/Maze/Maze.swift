import SinewPhysics
import SinewTensor

/// Walls drawn in text, as a task file gives them:
/// ```yaml
/// maze:
///   cell: 1          # metres
///   height: 0.4      # of the walls, metres (default 0.4 cells)
///   map: |
///     #######
///     #S.#.G#
///     #.....#
///     #######
/// ```
/// `#` is wall; `.` is free; an episode begins in one of the cells `S` and its goal is in one of the cells `G`; `*` may
/// be either. Without any such cell every free one may be either. The middle of the map is the origin, x points right,
/// y up.
public struct Maze: Sendable, Equatable {
  /// A cell by its row from the top and its column from the left.
  public struct Cell: Sendable, Hashable {
    /// Row, 0 at the top.
    public var row: Int
    /// Column, 0 at the left.
    public var column: Int

    /// The cell in this row and column.
    public init(row: Int, column: Int) { (self.row, self.column) = (row, column) }
  }

  /// Side of a cell, metres.
  public let cellSize: Double
  /// Height of the walls, metres.
  public let wallHeight: Double
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// Where an episode may begin.
  public let starts: [Cell]
  /// Where its goal may be.
  public let goals: [Cell]
  private let walls: [Bool]

  /// More cells than this are refused: each rectangle of wall is a body that may touch.
  static let maximumSide = 64

  /// Reads a maze.
  init(_ settings: TaskSettings) throws {
    cellSize = try settings.number("cell", in: 1e-3...1e3)
    wallHeight = try settings.number("height", in: 1e-3...1e3, default: 0.4 * cellSize)
    let lines = try settings.text("map").split(separator: "\n").map { Array($0.utf8) }
    try settings.finish()
    let width = lines.first?.count ?? 0
    guard (1...Self.maximumSide).contains(lines.count), (1...Self.maximumSide).contains(width) else {
      throw settings.error("map", "\(lines.count) rows of \(width); a maze has 1 to \(Self.maximumSide) of each")
    }
    var (starts, goals, free, walls) = ([Cell](), [Cell](), [Cell](), [Bool]())
    for (row, line) in lines.enumerated() {
      guard line.count == width else {
        throw settings.error("map", "row \(row + 1) has \(line.count) cells, the first one \(width)")
      }
      for (column, letter) in line.enumerated() {
        let cell = Cell(row: row, column: column)
        walls.append(letter == UInt8(ascii: "#"))
        switch letter {
        case UInt8(ascii: "#"): continue
        case UInt8(ascii: "S"): starts.append(cell)
        case UInt8(ascii: "G"): goals.append(cell)
        case UInt8(ascii: "*"):
          starts.append(cell)
          goals.append(cell)
        case UInt8(ascii: "."): break
        default:
          let name = String(decoding: line[column...column], as: UTF8.self)
          throw settings.error("map", "row \(row + 1) has '\(name)'; a cell is one of # . S G *")
        }
        free.append(cell)
        guard row > 0, row < lines.count - 1, column > 0, column < width - 1 else {
          throw settings.error("map", "row \(row + 1), column \(column + 1) is open to the outside; close it with #")
        }
      }
    }
    (rows, columns, self.walls) = (lines.count, width, walls)
    self.starts = starts.isEmpty ? free : starts
    self.goals = goals.isEmpty ? free : goals
    guard let first = self.starts.first, Set(self.starts).union(self.goals).count > 1 else {
      throw settings.error("map", "a maze needs a free cell to begin in and another one for the goal")
    }
    let reached = reachable(from: first)
    for cell in self.starts + self.goals where !reached.contains(cell) {
      throw settings.error(
        "map",
        "there is no way between row \(first.row + 1), column \(first.column + 1) and row \(cell.row + 1), "
          + "column \(cell.column + 1)")
    }
  }

  /// Whether a cell is wall; outside everything is.
  public func isWall(_ cell: Cell) -> Bool {
    guard (0..<rows).contains(cell.row), (0..<columns).contains(cell.column) else { return true }
    return walls[cell.row * columns + cell.column]
  }

  /// The middle of a cell, metres.
  public func centre(of cell: Cell) -> SIMD2<Double> {
    SIMD2(
      (Double(cell.column) + 0.5 - Double(columns) / 2) * cellSize,
      (Double(rows) / 2 - Double(cell.row) - 0.5) * cellSize)
  }

  /// The cell that a point is in.
  public func cell(at point: SIMD2<Double>) -> Cell {
    // Kept within bounds so that nothing overflows, however far the point is.
    func index(_ value: Double, _ count: Int) -> Int { Int(min(max(value.rounded(.down), -1), Double(count))) }
    return Cell(
      row: index(Double(rows) / 2 - point.y / cellSize, rows),
      column: index(point.x / cellSize + Double(columns) / 2, columns))
  }

  private func reachable(from start: Cell) -> Set<Cell> {
    var (seen, open) = (Set([start]), [start])
    while let cell = open.popLast() {
      for (row, column) in [(0, 1), (1, 0), (0, -1), (-1, 0)] {
        let next = Cell(row: cell.row + row, column: cell.column + column)
        if !isWall(next), seen.insert(next).inserted { open.append(next) }
      }
    }
    return seen
  }
}

extension Maze {
  /// Rectangles of wall, each as large as it can be, so that a wall has no seams to catch on.
  var wallRectangles: [(low: Cell, high: Cell)] {
    var taken = Set<Cell>()
    var result: [(low: Cell, high: Cell)] = []
    func isOpen(_ row: Int, _ column: Int) -> Bool {
      let cell = Cell(row: row, column: column)
      return column < columns && row < rows && isWall(cell) && !taken.contains(cell)
    }
    for row in 0..<rows {
      for column in 0..<columns where isOpen(row, column) {
        var (right, bottom) = (column, row)
        while isOpen(row, right + 1) { right += 1 }
        while (column...right).allSatisfy({ isOpen(bottom + 1, $0) }) { bottom += 1 }
        for r in row...bottom {
          for c in column...right { taken.insert(Cell(row: r, column: c)) }
        }
        result.append((Cell(row: row, column: column), Cell(row: bottom, column: right)))
      }
    }
    return result
  }

  /// Adds the walls to a model as boxes fixed in the world, standing on z = 0, without friction.
  func addWalls(to model: inout Model) {
    for (index, wall) in wallRectangles.enumerated() {
      let (low, high) = (centre(of: wall.low), centre(of: wall.high))
      let half = SIMD3(
        (high.x - low.x + cellSize) / 2, (low.y - high.y + cellSize) / 2, wallHeight / 2)
      let middle = SIMD3((low.x + high.x) / 2, (low.y + high.y) / 2, wallHeight / 2)
      var box = Model.Geometry(
        name: "wall_\(index)", body: 0, shape: .box(halfSizes: half), pose: Pose(position: middle))
      box.contactDimension = 1
      box.friction = .zero
      box.colour = SIMD4(0.62, 0.68, 0.76, 1)
      model.geometries.append(box)
    }
  }
}

/// Puts a point into a start cell of the task's maze and its goal into another cell, each drawn evenly, with noise.
///
/// Settings: `start` and `goal`, two coordinates each, x and y; `noise`, half the width of the uniform noise on each of
/// them in cells, at most 0.5 (default 0).
struct MazeCellsReset: ResetTerm {
  static let name = "maze_cells"
  private let maze: Maze
  let start: [Int]
  let goal: [Int]
  private let noise: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    start = try settings.coordinates("start", among: context.coordinates.positions)
    goal = try settings.coordinates("goal", among: context.coordinates.positions)
    noise = try settings.number("noise", in: 0...0.5, default: 0)
    guard let maze = context.maze else { throw settings.error("start", "the task has no maze") }
    guard start.count == 2, goal.count == 2 else {
      throw settings.error("start", "start and goal take two coordinates")
    }
    self.maze = maze
  }

  func apply(to state: TaskState, using generator: inout RandomGenerator) {
    // A start may be the only goal cell, or a goal the only start: there is another cell for the other one then.
    let begin = draw(maze.goals.count == 1 ? maze.starts.filter { $0 != maze.goals[0] } : maze.starts, &generator)
    let end = draw(maze.goals.filter { $0 != begin }, &generator)
    for (cell, coordinates) in [(begin, start), (end, goal)] {
      let centre = maze.centre(of: cell)
      for axis in 0..<2 {
        let shift = noise > 0 ? generator.uniform(-noise...noise) : 0
        state.positions[coordinates[axis]] = centre[axis] + shift * maze.cellSize
      }
    }
  }

  private func draw(_ cells: [Maze.Cell], _ generator: inout RandomGenerator) -> Maze.Cell {
    cells[min(Int(generator.uniform() * Double(cells.count)), cells.count - 1)]
  }
}
