import SinewInterruption

/// What whoever drives an environment calls in place of its own functions: one that was written elsewhere may give too
/// few numbers, or more than it said. Does not allocate.
extension Environment {
  /// ``reset(seed:observation:)``.
  ///
  /// - Throws: what the environment throws; ``EnvironmentError`` where it leaves a number of the observation unwritten.
  ///   The observation holds nothing then. A number beyond the observation ends the process with a line that names the
  ///   environment.
  public func checkedReset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    prepare(&observation, for: "reset")
    defer { sinew_trap_note_end() }
    try reset(seed: seed, observation: &observation)
    try requireWhole(observation, after: "reset")
  }

  /// ``step(action:observation:)``, with the errors of ``checkedReset(seed:observation:)``.
  public func checkedStep(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    prepare(&observation, for: "step")
    defer { sinew_trap_note_end() }
    let outcome = try step(action: action, observation: &observation)
    try requireWhole(observation, after: "step")
    return outcome
  }

  private func prepare(_ observation: inout MutableSpan<Float>, for function: StaticString) {
    let count = observation.count
    for index in 0..<count { observation[index] = unwritten }
    var name = name
    name.withUTF8 { sinew_trap_note_begin($0.baseAddress, $0.count, function.utf8Start, count) }
  }

  private func requireWhole(_ observation: borrowing MutableSpan<Float>, after function: StaticString) throws {
    for index in 0..<observation.count where observation[index].bitPattern == unwritten.bitPattern {
      throw EnvironmentError("\(name): \(function) leaves number \(index) of the observation unwritten")
    }
  }
}

/// No number that anything computes: a NaN with bits of its own.
private let unwritten = Float(bitPattern: 0x7FC5_1AE3)
