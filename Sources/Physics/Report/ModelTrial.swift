import Foundation

/// What came of simulating a model for a while: first without control, then with random controls.
public struct ModelTrial: Sendable, Encodable {
  /// Timesteps that were taken.
  public var steps: Int
  /// Simulated seconds.
  public var time: Double
  /// Most contacts in a step.
  public var mostContacts: Int
  /// Why it could not be simulated or did not go on without control; nil if it did.
  public var problem: String?
  /// Why it did not go on under random controls, as with motors far too strong for what they move; nil if it did.
  public var controlProblem: String?

  /// Simulates a model.
  ///
  /// - Parameters:
  ///   - steps: timesteps with zero control, and again with random ones out of the actuators' ranges (±1 without
  ///     range).
  ///   - budget: seconds after which no further step is begun; a hard limit for hostile models is the solver's on
  ///     contacts.
  public init(_ model: Model, steps count: Int = 200, budget: Double = 5) {
    (steps, time, mostContacts) = (0, 0, 0)
    let clock = ContinuousClock()
    let end = clock.now + .seconds(budget)
    do {
      let simulation = try Simulation(model: model)
      if let keyframe = model.keyframes.first {
        try simulation.setState(positions: keyframe.positions, velocities: keyframe.velocities)
      }
      var control = [Double](repeating: 0, count: model.controlCount)
      var state: UInt64 = 1
      for step in 0..<2 * count {
        if clock.now > end { break }
        // A new draw every 10 steps, as a policy would.
        if step >= count, step % 10 == 0 {
          for (index, actuator) in model.actuators.enumerated() {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let share = Double(state >> 11) / Double(1 << 53)
            let range = actuator.controlRange ?? -1...1
            control[index] = range.lowerBound + share * (range.upperBound - range.lowerBound)
          }
        }
        try simulation.step(control: control.span)
        steps += 1
        mostContacts = max(mostContacts, simulation.contactCount)
      }
    } catch {
      if steps < count { problem = "\(error)" } else { controlProblem = "\(error)" }
    }
    time = Double(steps) * model.timestep
  }
}
