import COpenDynamicsEngine

/// The process-wide part of the Open Dynamics Engine.
enum Library {
  /// Starts the library once. Its messages are dropped: on bad numbers it prints and goes on, or ends the process, and
  /// `Simulation` sees to it that none reach it and that none come out of it unnoticed. Where a step's own arithmetic
  /// makes them, ``step(_:by:isIterative:)`` comes back.
  private static let started: Bool = {
    dInitODE2(0)
    dSetMessageHandler { _, _, _ in }
    sinewCatchFailures()
    return true
  }()

  /// Must run on a thread before any other call of the library on it; cheap when repeated.
  static func prepareThread() {
    _ = started
    _ = dAllocateODEDataForThread(UInt32(dAllocateFlagBasicData.rawValue | dAllocateFlagCollisionData.rawValue))
  }

  /// Takes a step; false if the engine gave up midway. Then bodies are anywhere, and the world needs a new threading
  /// object.
  ///
  /// Never inlined, as what leads back belongs to this file.
  @inline(never) static func step(_ world: dWorldID, by timestep: Double, isIterative: Bool) -> Bool {
    sinewStep(world, timestep, isIterative ? 1 : 0) != 0
  }
}
