import SinewPhysics
import SinewTensor

/// Rough ground in place of one of the model's planes, made anew for every episode:
/// ```yaml
/// terrain:
///   geometry: ground         # a level plane, fixed to the world
///   half_size: 6             # m of the square about its origin; beyond it the ground goes on as at the edge
///   spacing: 0.1             # m between the points of the ground
///   roughness: 0.03          # and the other numbers of ``Terrain``
/// ```
/// The numbers are parameters of the task, `terrain.roughness` and so on: a distribution under `parameters` draws them
/// for each episode. They are `slope` (m/m), `roughness`, `roughness_spacing`, `step_height`, `step_width`,
/// `wave_height`, `wave_length` and `platform` (m).
struct TaskTerrain: Sendable {
  let geometry: Int
  private let field: Model.HeightField
  /// Of the model's plane; robots begin as high above the ground as the file puts them above it.
  private let usual: Terrain
  /// Where its numbers are among the state's parameters, and its seed in the state's memory.
  private var parameters: [Int] = []
  private var memory = 0

  private struct Number {
    let name: String
    let path: WritableKeyPath<Terrain, Double> & Sendable
    let range: ClosedRange<Double>
  }

  private static let numbers: [Number] = [
    Number(name: "slope", path: \.slope, range: -2...2),
    Number(name: "roughness", path: \.roughness, range: 0...10),
    Number(name: "roughness_spacing", path: \.roughnessSpacing, range: 0.01...100),
    Number(name: "step_height", path: \.stepHeight, range: -10...10),
    Number(name: "step_width", path: \.stepWidth, range: 0.01...100),
    Number(name: "wave_height", path: \.waveHeight, range: 0...10),
    Number(name: "wave_length", path: \.waveLength, range: 0.01...100),
    Number(name: "platform", path: \.platform, range: 0...100),
  ]

  /// Reads the section and puts flat ground of the right size into the model.
  init(_ settings: TaskSettings, model: inout Model) throws {
    let name = try settings.text("geometry")
    guard let index = model.geometry(named: name) else {
      throw settings.unknown(
        "geometry", name, key: "geometry", known: model.geometries.map(\.name).filter { !$0.isEmpty })
    }
    geometry = index
    guard case .plane = model.geometries[index].shape else {
      throw settings.error("geometry", "'\(name)' is not a plane")
    }
    let half = try settings.number("half_size", in: 0.1...1e3)
    let spacing = try settings.number("spacing", in: 1e-3...1e3, default: 0.1)
    let cells = 2 * half / spacing
    guard cells >= 1, cells <= 1000 else {
      throw settings.error("spacing", "gives \(cells.rounded()) cells along each side; it takes 1 to 1000")
    }
    let points = Int(cells.rounded()) + 1
    var usual = Terrain()
    for number in Self.numbers {
      usual[keyPath: number.path] = try settings.number(
        number.name, in: number.range, default: usual[keyPath: number.path])
    }
    try settings.finish()
    self.usual = usual
    field = Model.HeightField(halfSizes: SIMD2(half, half), columns: points, rows: points)
    model.geometries[index].shape = .heightField(field)
  }

  /// Adds its numbers to the task's parameters.
  mutating func register(_ needs: TaskNeeds) {
    parameters = Self.numbers.map { number in
      needs.parameter(
        "terrain.\(number.name)", unit: number.name == "slope" ? "" : "m", default: usual[keyPath: number.path],
        in: number.range)
    }
    memory = needs.memory()
  }

  /// Draws new ground; only of what is random in it.
  func begin(_ state: TaskState, using generator: inout RandomGenerator) {
    // As many bits as a number of the memory holds.
    state.memory[memory] = Double(generator.next() >> 11)
  }

  /// What the ground is made of; the same gives the same.
  struct Recipe: Equatable {
    var terrain = Terrain()
    var seed = 0.0
    var simulation: ObjectIdentifier?
  }

  /// Makes the ground that the state's parameters and memory describe, unless the simulation has it already.
  func make(_ state: TaskState, present: inout Recipe) throws {
    var recipe = Recipe(seed: state.memory[memory], simulation: ObjectIdentifier(state.simulation))
    for (number, index) in zip(Self.numbers, parameters) {
      recipe.terrain[keyPath: number.path] = state.parameters[index]
    }
    // What is not random needs no seed.
    if recipe.terrain.roughness == 0 { recipe.seed = 0 }
    guard recipe != present else { return }
    var generator = RandomGenerator(seed: UInt64(max(recipe.seed, 0)))
    try state.simulation.setHeights(recipe.terrain.heights(on: field, using: &generator), ofGeometry: geometry)
    present = recipe
  }
}
