import SinewEnvironments
import SinewPhysics
import SinewSettings
import SinewTestSupport
import Testing

@testable import SinewGymnasium

/// Our tasks and Gymnasium's that they name: one robot, seen by the same numbers.
@Suite(.enabled(if: GymnasiumPython.isUsed, "\(GymnasiumPython.note)")) struct TwinTests {
  static let twins: [(name: String, id: String)] = EnvironmentCatalogue.names.compactMap { name in
    (try? EnvironmentCatalogue.definition(name))?.gymnasium.map { (name, $0) }
  }

  @Test func everyRobotOfMuJoCosHasItsOwn() {
    #expect(
      Self.twins.map(\.name) == [
        "ant", "half-cheetah", "hopper", "humanoid", "inverted-double-pendulum", "pendulum", "pusher", "reacher",
        "swimmer", "walker2d",
      ])
    for twin in Self.twins { #expect(EnvironmentCatalogue.twin(ofGymnasium: twin.id) == twin.name) }
  }

  /// Sizes, bounds of actions, period and time limit; and the observation of a robot that was put where ours stands.
  @Test(arguments: twins.map(\.name)) func looksTheSame(name: String) throws {
    let id = try #require(Self.twins.first { $0.name == name }?.id)
    let ours = try EnvironmentCatalogue.make(name)
    let theirs = try makeHost("gym:\(id)").make()
    #expect(ours.observationSpace.count == theirs.observationSpace.count)
    #expect(ours.actionSpace.low == theirs.actionSpace.low && ours.actionSpace.high == theirs.actionSpace.high)
    #expect(abs(ours.controlPeriod - theirs.controlPeriod) < 1e-9 && ours.maximumSteps == theirs.maximumSteps)

    let first = try ours.reset(seed: 3)
    _ = try theirs.reset(seed: 4)
    guard let state = try theirs.robotState() else {
      #expect(name == "pendulum")
      return
    }
    let stand = try #require(try ours.currentRobotState())
    // Theirs counts the coordinates of its fixed goal.
    if name == "pusher" { return }
    #expect(state.positions.count == stand.positions.count && state.velocities.count == stand.velocities.count)
    var placed = first.map { _ in Float(0) }
    var span = placed.mutableSpan
    try theirs.begin(at: stand, observation: &span)
    let there = try #require(try theirs.robotState())
    let numbers = zip(there.positions + there.velocities, stand.positions + stand.velocities)
    #expect(numbers.allSatisfy { abs($0 - $1) < 1e-9 })
    let differences = zip(first, placed).map { abs($0 - $1) / (1 + max(abs($0), abs($1))) }
    let worst = try #require(differences.indices.max { differences[$0] < differences[$1] })
    #expect(differences[worst] < 1e-3, "component \(worst)")
    // It goes on from there.
    let (next, _) = try theirs.step(Array(repeating: 0, count: theirs.actionSpace.count))
    #expect(next != placed)
  }

  @Test func onlyRobotsCanBePlaced() throws {
    let line = try makeHost("gym:SinewTests/Line-v0").make()
    let first = try line.reset(seed: 1)
    #expect(try line.robotState() == nil)
    var observation = first
    #expect(throws: GymnasiumError.self) {
      var span = observation.mutableSpan
      try line.begin(at: RobotState(positions: [0], velocities: [0]), observation: &span)
    }
    let hopper = try makeHost("gym:Hopper-v5").make()
    observation = try hopper.reset(seed: 1)
    #expect(throws: GymnasiumError.self) {
      var span = observation.mutableSpan
      try hopper.begin(at: RobotState(positions: [0], velocities: [0]), observation: &span)
    }
  }
}
