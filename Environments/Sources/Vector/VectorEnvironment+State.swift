import SinewTensor

extension VectorEnvironment: Stateful {
  /// Adds every environment's exact state, what it shows, and the account of its running episode.
  public func saveState(to state: inout StateDictionary, prefix: String) {
    for (row, environment) in environments.enumerated() {
      state.merge(environment.snapshot(), prefix: "\(prefix)environment.\(row).")
    }
    state[words: prefix + "flags"] = [seeded ? 1 : 0, ready ? 1 : 0]
    state.set(prefix + "observations", floats: observations, shape: [count, observationSpace.count])
    state[doubles: prefix + "returns"] = Array(rows.returns)
    state[words: prefix + "lengths"] = rows.lengths.map { UInt64($0) }
  }

  /// Takes back the state of a vector of equally many environments of the same task.
  ///
  /// The outcome of the last step isn't part of it: rewards are zero and nothing has ended until the next step.
  /// Environments that have no exact state begin a new episode.
  ///
  /// - Throws: ``StateError`` naming the first key that is missing or has another size; what beginning an episode
  ///   throws.
  public func loadState(from state: StateDictionary, prefix: String) throws {
    ready = false
    let flags = try state.words(prefix + "flags", count: 2)
    let shown = try state.floats(prefix + "observations", count: count * observationSpace.count)
    let returns = try state.doubles(prefix + "returns", count: count)
    let lengths = try state.counts(prefix + "lengths", count: count)
    for (row, environment) in environments.enumerated() {
      try environment.restore(state.section("\(prefix)environment.\(row)."))
      (rows.returns[row], rows.lengths[row]) = (returns[row], lengths[row])
    }
    _ = rows.observations.update(from: shown)
    _ = rows.finalObservations.update(from: shown)
    rows.rewards.update(repeating: 0)
    rows.terminated.update(repeating: false)
    rows.truncated.update(repeating: false)
    finishedEpisodes.removeAll(keepingCapacity: true)
    seeded = flags[0] != 0
    ready = flags[1] != 0
    guard seeded, !restoresExactly else { return }
    for row in 0..<count where !environments[row].restoresExactly { try rows.reset(row, seed: nil) }
    ready = true
  }

  /// Whether every environment has an exact state: if not, ``loadState(from:prefix:)`` breaks episodes off.
  public var restoresExactly: Bool { environments.allSatisfy(\.restoresExactly) }
}
