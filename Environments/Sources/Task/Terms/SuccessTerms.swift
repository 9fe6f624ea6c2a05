/// 1 for every step after which the task's `success` is met, else 0.
struct SuccessReward: RewardTerm {
  static let name = "success"

  init(_ settings: TaskSettings, _ context: TermContext) throws {}

  func value(_ state: TaskState) -> Double { state.succeeded ? 1 : 0 }
}

/// Ends the episode when the task's `success` is met.
struct SuccessTermination: TerminationTerm {
  static let name = "success"

  init(_ settings: TaskSettings, _ context: TermContext) throws {}

  func isMet(_ state: TaskState) -> Bool { state.succeeded }
}
