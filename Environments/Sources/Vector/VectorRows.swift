import SinewTensor

/// What a vector environment knows of each of its environments, one row each, in memory that several threads may fill
/// at the same time as long as each keeps to its own rows.
final class VectorRows: @unchecked Sendable {
  let environments: [any Environment]
  let width: Int
  let observations: UnsafeMutableBufferPointer<Float>
  let finalObservations: UnsafeMutableBufferPointer<Float>
  let rewards: UnsafeMutableBufferPointer<Float>
  let terminated: UnsafeMutableBufferPointer<Bool>
  let truncated: UnsafeMutableBufferPointer<Bool>
  let returns: UnsafeMutableBufferPointer<Double>
  let lengths: UnsafeMutableBufferPointer<Int>
  let failures: UnsafeMutableBufferPointer<(any Error)?>
  /// The actions of the coming step, N × A; set while nobody steps.
  var actions = UnsafeBufferPointer<Float>(start: nil, count: 0)

  init(environments: [any Environment], width: Int) {
    func rows<Element>(of value: Element, width: Int = 1) -> UnsafeMutableBufferPointer<Element> {
      let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: environments.count * width)
      buffer.initialize(repeating: value)
      return buffer
    }
    self.environments = environments
    self.width = width
    observations = rows(of: 0, width: width)
    finalObservations = rows(of: 0, width: width)
    rewards = rows(of: 0)
    terminated = rows(of: false)
    truncated = rows(of: false)
    returns = rows(of: 0)
    lengths = rows(of: 0)
    failures = rows(of: nil)
  }

  deinit {
    observations.deallocate()
    finalObservations.deallocate()
    rewards.deallocate()
    terminated.deallocate()
    truncated.deallocate()
    returns.deallocate()
    lengths.deallocate()
    failures.deinitialize()
    failures.deallocate()
  }

  private func range(_ row: Int) -> Range<Int> { (row * width)..<((row + 1) * width) }

  /// Begins an episode outside of any step.
  func reset(_ row: Int, seed: UInt64?) throws {
    (rewards[row], terminated[row], truncated[row], returns[row], lengths[row]) = (0, false, false, 0, 0)
    try beginEpisode(row, seed: seed)
    copyObservationToFinal(row)
  }

  /// Steps, and begins the next episode if this one ended.
  ///
  /// `returns` and `lengths` keep the ended episode's until they are collected.
  func step(_ row: Int, action: Span<Float>) throws {
    // What is shown stays as it is where the step fails: a run that is cut off there goes on from it.
    var observation = finalObservations.extracting(range(row)).mutableSpan
    let outcome: StepOutcome
    do { outcome = try environments[row].checkedStep(action: action, observation: &observation) } catch {
      copyObservationToFinal(row)
      throw error
    }
    copyFinalToObservation(row)
    rewards[row] = Float(outcome.reward)
    terminated[row] = outcome.terminated
    truncated[row] = outcome.truncated
    returns[row] += outcome.reward
    lengths[row] += 1
    guard outcome.ended else { return }
    do { try beginEpisode(row, seed: nil) } catch {
      copyFinalToObservation(row)
      throw error
    }
  }

  /// Steps rows with the actions that are set; what they throw is kept.
  func step(_ share: Range<Int>) {
    let width = actions.count / max(1, environments.count)
    func action(_ row: Int) -> UnsafeBufferPointer<Float> { actions.extracting((row * width)..<((row + 1) * width)) }
    // All are asked before the first is waited for.
    for row in share where environments[row].anticipates {
      do { try environments[row].anticipate(action: action(row).span) } catch { failures[row] = error }
    }
    // The last that was asked is waited for first: then the others are ready.
    for row in share.reversed() where failures[row] == nil {
      do { try step(row, action: action(row).span) } catch {
        failures[row] = error
      }
    }
  }

  private func beginEpisode(_ row: Int, seed: UInt64?) throws {
    var observation = observations.extracting(range(row)).mutableSpan
    try environments[row].checkedReset(seed: seed, observation: &observation)
  }

  private func copyObservationToFinal(_ row: Int) {
    _ = finalObservations.extracting(range(row)).update(fromContentsOf: observations.extracting(range(row)))
  }

  private func copyFinalToObservation(_ row: Int) {
    _ = observations.extracting(range(row)).update(fromContentsOf: finalObservations.extracting(range(row)))
  }

  /// The failure of lowest index, if any; all are forgotten.
  func takeFailure() -> (any Error)? {
    guard let index = failures.firstIndex(where: { $0 != nil }) else { return nil }
    let failure = failures[index]
    failures.update(repeating: nil)
    return failure
  }
}
