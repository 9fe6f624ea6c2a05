import Foundation
import Testing

/// What Gymnasium's v5 environment of a robot says: `Fixtures/make_gymnasium.py`.
struct GymnasiumFixture: Decodable {
  struct State: Decodable {
    var positions: [Double]
    var velocities: [Double]
  }

  struct Judgement: Decodable {
    var start: State
    var end: State
    var action: [Float]
    var observation: [Double]
    var reward: Double
    var terminated: Bool
  }

  struct Frame: Decodable {
    var control: [Double]
    var positions: [Double]
    var velocities: [Double]
    /// With the robot's own integrator in MuJoCo, often Runge–Kutta 4.
    var nativePositions: [Double]
  }

  struct Airborne: Decodable {
    var start: State
    /// How far MuJoCo's own integrators are apart at the end.
    var integratorDifference: Double
    var frames: [Frame]
  }

  struct Standing: Decodable {
    var positions: [Double]
    var contactForces: [Double]
  }

  struct RandomPolicy: Decodable {
    var scale: Float
    var episodes: Int
    var length: Double
    var lengthDeviation: Double
    /// Mean reward of a step.
    var reward: Double
    var `return`: Double
    var returnDeviation: Double
    var depth: Double
  }

  var observationSize: Int
  var actionLow: [Float]
  var actionHigh: [Float]
  var controlPeriod: Double
  var timeLimit: Int
  var mass: Double
  var judgements: [Judgement]
  var airborne: Airborne
  var standing: Standing?
  var random: [RandomPolicy]

  init(_ robot: String) throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(robot)", withExtension: "json"))
    self = try JSONDecoder().decode(GymnasiumFixture.self, from: Data(contentsOf: url))
  }
}
