import CODE

/// The process-wide part of the Open Dynamics Engine.
enum Library {
  /// Starts the library once. Its messages are dropped: on bad numbers it prints and goes on, or ends the process, and
  /// `Simulation` sees to it that none reach it and that none come out of it unnoticed.
  private static let started: Bool = {
    dInitODE2(0)
    dSetMessageHandler { _, _, _ in }
    return true
  }()

  /// Must run on a thread before any other call of the library on it; cheap when repeated.
  static func prepareThread() {
    _ = started
    _ = dAllocateODEDataForThread(UInt32(dAllocateFlagBasicData.rawValue | dAllocateFlagCollisionData.rawValue))
  }
}
