/// What cuts episodes off at a time limit, and can be told not to.
protocol TimeLimited: AnyObject {
  var endsAtTimeLimit: Bool { get set }
}

extension TaskEnvironment: TimeLimited {}
extension TimeLimit: TimeLimited {}

extension Environment {
  /// From now on episodes go on beyond their time limit, for whoever asks what a policy would have reached without it.
  ///
  /// - Returns: whether that is so; false where the environment knows no way to.
  package func liftTimeLimit() -> Bool {
    if let limited = self as? any TimeLimited { limited.endsAtTimeLimit = false }
    if let wrapper = self as? any EnvironmentWrapper { return wrapper.base.liftTimeLimit() }
    return maximumSteps == 0 || self is any TimeLimited
  }
}
