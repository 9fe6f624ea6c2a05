import Foundation
import SinewPhysics
import Testing

/// What is said of a model.
@Suite struct ReportTests {
  @Test func hopperAsText() throws {
    let model = try Model(contentsOf: fixture("hopper.xml"))
    let report = ModelReport(model, trial: ModelTrial(model, steps: 20))
    let text = report.text
    for line in [
      "hopper: 4 bodies, 6 joints, 5 shapes, 3 actuators", "6 positions, 6 velocities, 3 controls; timestep 0.002 s",
      "total mass 15.82 kg", "world\n", "  torso  3.6652 kg at 0 0 1.25", "hinge    knee ",
      "range -150 to 0°, damping 1, armature 1", "simulated 40 steps (0.08 s)",
    ] { #expect(text.contains(line), "\(line)\n\(text)") }
    #expect(report.trial?.problem == nil && abs(report.movingMass - report.totalMass) < 1e-12)
    let data = try JSONEncoder().encode(report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect((object["bodies"] as? [Any])?.count == 5)
  }

  @Test func whatCannotBeSimulatedIsSaid() throws {
    let model = try Model(mjcf: "<mujoco><worldbody><body name=\"b\"><joint/></body></worldbody></mujoco>", name: "m")
    let trial = ModelTrial(model)
    #expect(trial.problem?.contains("'b': a moving body needs mass") == true && trial.steps == 0)
    #expect(ModelReport(model, trial: trial).text.contains("not simulated: m: body 'b'"))
  }
}
