import SinewPhysics
import SinewTensor

/// What lies between a policy and the robot in one environment: delays, noise and pushes.
///
/// Does nothing, and costs nothing, where every parameter is at its default and nobody pushes.
final class TaskDisturbances {
  /// Whether anything happens to actions, observations or bodies in this episode by itself.
  private(set) var isActive = false
  /// What motors get: an action as late and as noisy as it is.
  let motorControl: StateNumbers

  private let definition: TaskDefinition
  private let controlBounds: [ClosedRange<Double>]
  private let observationSpace: BoxSpace
  /// Whole control periods that actions are late, and timesteps beyond them.
  private var (latePeriods, lateSubsteps) = (0, 0)
  private var (actionNoise, observationNoise) = (0.0, 0.0)
  private var controls: DelayLine<Double>
  private var observations: DelayLine<Float>
  private var noise = RandomGenerator(seed: 0)
  private var pushes: Pushes?

  init(_ definition: TaskDefinition, observationSpace: BoxSpace) {
    self.definition = definition
    self.observationSpace = observationSpace
    controlBounds = definition.model.actuators.map { $0.controlRange ?? 0...0 }
    motorControl = StateNumbers(count: controlBounds.count)
    controls = DelayLine(delay: 0, filledWith: [])
    observations = DelayLine(delay: 0, filledWith: [])
  }

  deinit { motorControl.deallocate() }

  /// Begins an episode with these parameters.
  func begin(_ parameters: EpisodeParameters, episode: RandomGenerator) {
    let pushed = parameters.distribution(of: .pushForce).fixedValue != 0 && definition.pushes.body != nil
    let latency = parameters.value(of: .actionLatency), delay = parameters.value(of: .observationLatency)
    (actionNoise, observationNoise) = (parameters.value(of: .actionNoise), parameters.value(of: .observationNoise))
    isActive = pushed || latency > 0 || delay > 0 || actionNoise > 0 || observationNoise > 0
    guard isActive else { return }
    let late = Int((latency / definition.model.timestep).rounded())
    (latePeriods, lateSubsteps) = late.quotientAndRemainder(dividingBy: definition.substeps)
    // Before the first action arrives motors get nothing, or as little as they can.
    controls = DelayLine(delay: latePeriods + (lateSubsteps > 0 ? 1 : 0), filledWith: controlBounds.map { $0.clamp(0) })
    for index in motorControl.indices { motorControl[index] = controls.number(index, age: controls.delay) }
    observations = DelayLine(
      delay: Int((delay / definition.controlPeriod).rounded()),
      filledWith: [Float](repeating: 0, count: observationSpace.count))
    noise = episode.split("noise")
    pushes = pushed ? Pushes(definition.pushes, parameters, stream: episode.split("pushes")) : nil
    pushes?.wait(definition.controlPeriod)
  }

  /// Steps the simulation with what becomes of an action.
  func step(_ simulation: Simulation, control: StateNumbers) throws {
    if let push = pushes?.next(definition.controlPeriod), let body = definition.pushes.body {
      try simulation.addExternalForce(push, to: body)
    }
    var noise = noise
    controls.push { index in
      let bounds = controlBounds[index]
      guard actionNoise > 0 else { return control[index] }
      let halfRange = (bounds.upperBound - bounds.lowerBound) / 2
      return bounds.clamp(control[index] + actionNoise * halfRange * noise.normal())
    }
    self.noise = noise
    if lateSubsteps > 0 { try step(simulation, age: latePeriods + 1, count: lateSubsteps) }
    try step(simulation, age: latePeriods, count: definition.substeps - lateSubsteps)
  }

  private func step(_ simulation: Simulation, age: Int, count: Int) throws {
    for index in motorControl.indices { motorControl[index] = controls.number(index, age: age) }
    try simulation.step(control: UnsafeBufferPointer(motorControl.buffer).span, count: count)
  }

  /// Makes an observation as noisy and as late as it is.
  func disturb(_ observation: inout MutableSpan<Float>, isFirst: Bool) {
    if observationNoise > 0 {
      for index in 0..<observation.count {
        let value = observation[index] + Float(observationNoise * noise.normal())
        observation[index] = min(max(value, observationSpace.low[index]), observationSpace.high[index])
      }
    }
    let delay = observations.delay
    guard delay > 0 else { return }
    // Before anything has arrived the first observation stands.
    for _ in 0..<(isFirst ? delay + 1 : 1) { observations.push { observation[$0] } }
    for index in 0..<observation.count { observation[index] = observations.number(index, age: delay) }
  }

  func save(to state: inout StateDictionary) {
    guard isActive else { return }
    state[doubles: "disturbances.controls"] = controls.contents
    state[doubles: "disturbances.motor_control"] = Array(motorControl)
    if observations.delay > 0 { state[floats: "disturbances.observations"] = observations.contents }
    state.set("disturbances.noise", generator: noise)
    guard let pushes else { return }
    state[words: "disturbances.pushes"] = pushes.counts
    state[doubles: "disturbances.push_force"] = [pushes.force.x, pushes.force.y, pushes.force.z]
  }

  /// Takes back what was saved; ``begin(_:episode:)`` must have been called with the same parameters.
  func load(from state: StateDictionary) throws {
    guard isActive else { return }
    controls.load(try state.doubles("disturbances.controls", count: controls.contents.count))
    motorControl.update(fromContentsOf: try state.doubles("disturbances.motor_control", count: motorControl.count))
    if observations.delay > 0 {
      observations.load(try state.floats("disturbances.observations", count: observations.contents.count))
    }
    noise = try state.generator("disturbances.noise")
    guard pushes != nil else { return }
    pushes?.load(
      try state.counts("disturbances.pushes", count: 3), force: try state.doubles("disturbances.push_force", count: 3))
  }
}

/// The pushes of an episode. Every one draws from streams of its own.
private struct Pushes {
  let target: PushTarget
  let distributions: [DisturbanceParameter: ParameterDistribution]
  let stream: RandomGenerator
  var (number, stepsUntil, stepsLeft) = (0, 0, 0)
  var force = SIMD3<Double>.zero

  init(_ target: PushTarget, _ parameters: EpisodeParameters, stream: RandomGenerator) {
    self.target = target
    self.stream = stream
    distributions = Dictionary(
      uniqueKeysWithValues: [.pushForce, .pushInterval, .pushDuration].map { ($0, parameters.distribution(of: $0)) })
  }

  private func draw(_ parameter: DisturbanceParameter) -> Double {
    var generator = stream.split(UInt64(number)).split(parameter.rawValue)
    return distributions[parameter]?.sample(using: &generator) ?? parameter.defaultValue
  }

  /// Draws when the next push comes.
  mutating func wait(_ period: Double) { stepsUntil = Int((draw(.pushInterval) / period).rounded()) }

  /// The force of the coming step; nil for none.
  mutating func next(_ period: Double) -> SIMD3<Double>? {
    if stepsLeft == 0 {
      guard stepsUntil == 0 else {
        stepsUntil -= 1
        return nil
      }
      var generator = stream.split(UInt64(number)).split("direction")
      force = draw(.pushForce) * target.vector(using: &generator)
      stepsLeft = max(1, Int((draw(.pushDuration) / period).rounded()))
    }
    stepsLeft -= 1
    if stepsLeft == 0 {
      number += 1
      wait(period)
    }
    return force
  }

  var counts: [UInt64] { [number, stepsUntil, stepsLeft].map { UInt64($0) } }

  mutating func load(_ numbers: [Int], force: [Double]) {
    (number, stepsUntil, stepsLeft) = (numbers[0], numbers[1], numbers[2])
    self.force = SIMD3(force[0], force[1], force[2])
  }
}

extension EpisodeParameters {
  func distribution(of parameter: DisturbanceParameter) -> ParameterDistribution {
    catalogue.index(of: parameter.rawValue).map(distribution) ?? .fixed(parameter.defaultValue)
  }

  func value(of parameter: DisturbanceParameter) -> Double {
    catalogue.index(of: parameter.rawValue).map { values[$0] } ?? parameter.defaultValue
  }
}
