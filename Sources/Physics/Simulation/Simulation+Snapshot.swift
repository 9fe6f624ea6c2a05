import COpenDynamicsEngine

extension Simulation {
  /// The exact state: restored, the following steps give the same bits. The layout is private to this version.
  public func snapshot() -> [Double] {
    var result = [Double(stepCount)]
    result.reserveCapacity(snapshotCount)
    for link in links {
      for memory in link.memories { result.append(contentsOf: UnsafeBufferPointer(start: memory.0, count: memory.1)) }
      for axis in 0..<3 { result.append(link.gap[axis]) }
    }
    // A hinge's turns are not in its body's pose.
    result.append(contentsOf: coordinates)
    return result
  }

  private var snapshotCount: Int { 1 + 16 * links.count + coordinates.count }

  /// Goes back to a snapshot of this or another simulation of the same model.
  ///
  /// - Throws: `SimulationError` if the snapshot is not of such a simulation or not of finite numbers; nothing changes.
  public func restore(_ snapshot: [Double]) throws(SimulationError) {
    try check(snapshot, count: snapshotCount, what: "snapshot")
    guard let steps = Int(exactly: snapshot[0]), steps >= 0 else {
      throw .value(what: "snapshot", index: 0, value: snapshot[0])
    }
    for index in links.indices {
      let q = 1 + 16 * index + 3
      let norm = snapshot[q..<q + 4].reduce(0) { $0 + $1 * $1 }
      guard abs(norm - 1) < 1e-6 else { throw .value(what: "snapshot", index: q, value: snapshot[q]) }
    }
    Library.prepareThread()
    var next = 1
    for index in links.indices {
      let link = links[index]
      // The setters tell the geometries and renormalise; then the bits are put back as they were.
      dBodySetPosition(link.body, snapshot[next], snapshot[next + 1], snapshot[next + 2])
      let q = Quaternion(w: snapshot[next + 3], x: snapshot[next + 4], y: snapshot[next + 5], z: snapshot[next + 6])
      q.withPointer { dBodySetQuaternion(link.body, $0) }
      dBodySetForce(link.body, 0, 0, 0)
      dBodySetTorque(link.body, 0, 0, 0)
      for (memory, count) in link.memories {
        let target = UnsafeMutablePointer(mutating: memory)
        for k in 0..<count { target[k] = snapshot[next + k] }
        next += count
      }
      for axis in 0..<3 { links[index].gap[axis] = snapshot[next + axis] }
      next += 3
      dRfromQ(UnsafeMutablePointer(mutating: link.rotationMemory), link.quaternionMemory)
    }
    for index in coordinates.indices { coordinates[index] = snapshot[next + index] }
    for index in motors.indices { motors[index]?.release() }
    stepCount = steps
    contactCount = 0
    lostStep = nil
    readCoordinates()
  }
}

extension LinkState {
  /// Where the engine keeps the link's state, and how many numbers.
  fileprivate var memories: [(UnsafePointer<Double>, Int)] {
    [(positionMemory, 3), (quaternionMemory, 4), (linearMemory, 3), (angularMemory, 3)]
  }
}
