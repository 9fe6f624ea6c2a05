/// A step was left in its middle, because its end was too far away: the run goes on from its last checkpoint.
public struct InterruptedStep: Error {
  public init() {}
}
