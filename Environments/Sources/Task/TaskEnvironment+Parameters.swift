import SinewPhysics
import SinewSettings
import SinewTensor

/// A push that a caller asked for.
struct PendingPush {
  let body: Int
  let force: SIMD3<Double>
  let torque: SIMD3<Double>

  /// What a snapshot keeps of it.
  var numbers: [Double] { [Double(body), force.x, force.y, force.z, torque.x, torque.y, torque.z] }

  /// Reads pushes back. Throws ``StateError`` where there were none such.
  static func read(_ numbers: [Double], model: Model) throws -> [PendingPush] {
    guard numbers.count.isMultiple(of: 7) else { throw StateError("the array 'pending_pushes' is not of whole pushes") }
    return try stride(from: 0, to: numbers.count, by: 7).map { start in
      guard let body = Int(exactly: numbers[start]), model.bodies.indices.contains(body) else {
        throw StateError("the array 'pending_pushes' names no body")
      }
      return PendingPush(
        body: body, force: SIMD3(numbers[start + 1], numbers[start + 2], numbers[start + 3]),
        torque: SIMD3(numbers[start + 4], numbers[start + 5], numbers[start + 6]))
    }
  }
}

extension TaskEnvironment {
  public var parameters: [EnvironmentParameter] { episodeParameters.all }

  public func setParameter(_ name: String, to distribution: ParameterDistribution) throws {
    try episodeParameters.set(name, to: distribution, environment: self.name)
  }

  public func releaseParameter(_ name: String) throws {
    try episodeParameters.release(name, environment: self.name)
  }

  public func applyDisturbance(force: SIMD3<Double>, torque: SIMD3<Double>, to body: String) throws {
    guard let index = definition.model.body(named: body) else {
      throw UnknownNameError(
        kind: "body of \(name)", name: body, known: definition.model.bodies.map(\.name).filter { !$0.isEmpty })
    }
    // The simulation knows what cannot be pushed.
    defer { physics.clearExternalForces() }
    try physics.addExternalForce(force, torque: torque, to: index)
    pendingPushes.append(PendingPush(body: index, force: force, torque: torque))
  }

  /// The stream that everything about the parameters of the running episode is split from.
  private var episodeStream: RandomGenerator { generator.split("parameters").split(UInt64(max(episodeCount, 1))) }

  /// Draws the parameters of the episode that begins.
  func beginParameters() throws {
    episodeCount += 1
    pendingPushes.removeAll(keepingCapacity: true)
    guard !(episodeParameters.active.isEmpty && episodeParameters.drawn.isEmpty) else { return }
    episodeParameters.draw(episode: episodeStream)
    try useParameters()
  }

  /// Makes the world that the parameters' values describe, unless it is there already.
  func useParameters() throws {
    let factors = episodeParameters.modelFactors
    if factors != builtFactors {
      // A world of its own has the bits that any other of the same model has.
      physics = try Simulation(model: episodeParameters.model(definition.model, with: factors))
      state.simulation = physics
      builtFactors = factors
      // Its ground is still to be made, even if it lies where an older world lay in memory.
      ground = TaskTerrain.Recipe()
    }
    episodeParameters.write(to: state.parameters)
    disturbances.begin(episodeParameters, episode: episodeStream)
    state.motorControl = disturbances.isActive ? disturbances.motorControl : state.control
  }

  /// Steps the simulation under what disturbs it.
  func stepDisturbed() throws {
    defer {
      physics.clearExternalForces()
      pendingPushes.removeAll(keepingCapacity: true)
    }
    for push in pendingPushes { try physics.addExternalForce(push.force, torque: push.torque, to: push.body) }
    if disturbances.isActive {
      try disturbances.step(physics, control: state.control)
    } else {
      try physics.step(control: UnsafeBufferPointer(state.control.buffer).span, count: definition.substeps)
    }
  }
}
