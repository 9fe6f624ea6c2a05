/// The gradients of one loss: a tensor of the parameter's shape for each parameter that the loss depends on.
public struct Gradients {
  let parameters: [Tensor]
  let tensors: [Tensor?]

  /// The gradient for `parameter`; nil where the loss does not depend on it.
  public subscript(parameter: Tensor) -> Tensor? {
    zip(parameters, tensors).first { $0.0.value === parameter.value }?.1
  }
}

/// The value of a scalar loss and its gradients with respect to a module's parameters, by reverse-mode differentiation.
///
/// Only `module`'s parameters receive gradients: whatever else the loss uses (target networks, another network's
/// weights) is a constant. Inside a recorded update (``Recorded``) the work becomes part of the plan; outside one it is
/// done at once.
///
/// - Parameters:
///   - module: whose parameters to differentiate by.
///   - loss: computes a tensor with one element.
public func valueAndGradient(of module: some Module, _ loss: () -> Tensor) -> (value: Tensor, gradients: Gradients) {
  valueAndGradient(of: module.parameters.map(\.value), loss)
}

/// The value of a scalar loss and its gradients with respect to some tensors.
public func valueAndGradient(of tensors: [Tensor], _ loss: () -> Tensor) -> (value: Tensor, gradients: Gradients) {
  guard let recording = Recording.current else {
    let recording = Recording(precision: .float32)
    let (value, gradients) = recording.record { valueAndGradient(of: tensors, loss) }
    Plan(recording, outputs: [value] + gradients.tensors.compactMap { $0 }).run()
    return (value, gradients)
  }
  let value = loss()
  precondition(value.count == 1, "a loss has one element, this one has shape \(value.shape)")
  return (value, Gradients(parameters: tensors, tensors: recording.gradients(of: value, by: tensors)))
}

/// The gradients of a scalar that was computed inside a recorded update (``Recorded``) with respect to some tensors.
///
/// What the scalar was computed from must still be as it was: a loss is descended before an optimiser or an average
/// changes parameters that it read. Asking later is a programming error.
///
/// - Parameters:
///   - loss: one element, computed in the update that is being recorded.
///   - tensors: what to differentiate by, usually parameters.
public func gradients(of loss: Tensor, by tensors: [Tensor]) -> Gradients {
  guard let recording = Recording.current else {
    preconditionFailure("gradients of a computed loss are taken inside a recorded update")
  }
  precondition(loss.count == 1, "a loss has one element, this one has shape \(loss.shape)")
  return Gradients(parameters: tensors, tensors: recording.gradients(of: loss, by: tensors))
}

extension Recording {
  /// Appends the backward pass of `loss` and returns the gradients by `targets`.
  fileprivate func gradients(of loss: Tensor, by targets: [Tensor]) -> [Tensor?] {
    let forward = steps
    let lastChanges = lastChanges
    let targetIdentifiers = Set(targets.map { ObjectIdentifier($0.value) })

    // Steps through which a target reaches the loss; a target inside the recording is a source, not a passage.
    var depends = [Bool](repeating: false, count: forward.count)
    func needsGradient(_ value: Value) -> Bool {
      if targetIdentifiers.contains(ObjectIdentifier(value)) { return true }
      return step(making: value).map { $0 < depends.count && depends[$0] } ?? false
    }
    for (index, step) in forward.enumerated() where step.gradient != nil {
      depends[index] = step.inputs.contains(where: needsGradient)
    }

    var gradients: [ObjectIdentifier: Tensor] = [ObjectIdentifier(loss.value): Tensor(repeating: 1, loss.shape)]
    for (index, step) in forward.enumerated().reversed() where depends[index] {
      let outputs = step.outputs.map { gradients[ObjectIdentifier($0)] }
      guard outputs.contains(where: { $0 != nil }), let gradient = step.gradient else { continue }
      precondition(
        step.reads.allSatisfy { lastChanges[$0.value.memory] ?? -1 <= index },
        "a loss must be descended before what it read changes")
      for (input, contribution) in zip(step.inputs, gradient(outputs)) {
        guard let contribution, needsGradient(input) else { continue }
        precondition(contribution.shape == input.shape, "gradient of shape \(contribution.shape) for \(input.shape)")
        let key = ObjectIdentifier(input)
        gradients[key] = gradients[key].map { $0 + contribution } ?? contribution
      }
    }
    return targets.map { gradients[ObjectIdentifier($0.value)] }
  }

  /// The last step that changed each piece of memory that outlives the recording.
  private var lastChanges: [ObjectIdentifier?: Int] {
    var changes: [ObjectIdentifier?: Int] = [:]
    for (index, step) in steps.enumerated() where step.isEffect {
      for (_, value) in step.writes {
        if let memory = value.memory { changes[memory] = index }
      }
    }
    return changes
  }
}

extension Value {
  /// The allocation that its numbers lie in; nil where they exist only in a recording.
  fileprivate var memory: ObjectIdentifier? {
    root.value.storage.map { ObjectIdentifier($0.parent ?? $0) }
  }
}
