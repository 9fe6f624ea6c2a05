/// Modules, optimisers and random streams that a learner stores as one: each is saved under its own property's name, as
/// though the learner stored it itself.
public protocol StateGroup: AnyObject {}

/// Marks a stored property of a learner that is no part of its state: it is made anew from settings and from what the
/// run says.
@propertyWrapper public struct NotSaved<Value> {
  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}
