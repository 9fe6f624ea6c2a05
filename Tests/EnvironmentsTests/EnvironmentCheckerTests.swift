import SinewEnvironments
import SinewTestSupport
import Testing

@Suite struct EnvironmentCheckerTests {
  @Test func passesAGoodEnvironment() {
    #expect(checkEnvironment(PointEnvironment()) == [])
    #expect(checkEnvironment(PointEnvironment(limit: 0)) == [])
  }

  /// Each broken environment is found out, and for the right reason.
  @Test(arguments: PointEnvironment.Fault.allCases)
  func findsEachFault(_ fault: PointEnvironment.Fault) {
    let violations = checkEnvironment(PointEnvironment(fault: fault))
    #expect(violations.contains { $0.contains(expectedViolation(fault)) }, "\(violations)")
  }

  private func expectedViolation(_ fault: PointEnvironment.Fault) -> String {
    switch fault {
    case .emptyObservation: "observationSpace has no components"
    case .unboundedAction: "actionSpace: component 0"
    case .reversedBounds: "observationSpace: bounds of component 0"
    case .zeroPeriod: "controlPeriod"
    case .namelessness: "name is empty"
    case .nanObservation: "observation 0 is not finite"
    case .observationOutOfBounds: "observation 0 is out of bounds"
    case .nanReward: "reward is not finite"
    case .wrongRewardTerms: "rewardTerms"
    case .truncatesOnFall: "truncated before the time limit"
    case .terminatesAtLimit: "not truncated at the time limit"
    case .ignoresLimit: "not truncated at the time limit"
    case .stepsAfterEnd: "after the episode's end"
    case .ignoresSeed, .sharedRandomness: "doesn't reproduce in the same object"
    case .reseedsOnReset: "starts the generator again"
    case .forgetsGenerator, .forgetsStepCount, .forgetsPosition: "differ in another object"
    case .snapshotMoves: "snapshot() changes"
    case .acceptsNaN: "takes the action nan"
    case .movesOnNaN: "a wrong action changes the state"
    case .acceptsWrongCount: "an action too many"
    case .acceptsEmptyState: "restores an empty state"
    case .stepsBeforeReset: "before the first reset"
    }
  }
}
