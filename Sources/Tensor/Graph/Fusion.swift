import SinewKernels

/// Joins steps that one kernel does in one pass. What a step computes does not change, only how often memory is walked.
func fused(_ steps: [Step], outputs: [Tensor]) -> [Step] {
  var uses: [ObjectIdentifier: Int] = [:]
  for step in steps {
    for (_, value) in step.reads { uses[ObjectIdentifier(value.root.value), default: 0] += 1 }
  }
  let kept = Set(outputs.map { ObjectIdentifier($0.value.root.value) })
  var producers: [ObjectIdentifier: (index: Int, step: Step)] = [:]
  var dropped = Set<ObjectIdentifier>()
  for (index, step) in steps.enumerated() {
    if step.instruction.is(SINEW_UNARY_GRADIENT) {
      fuseActivationGradient(step, producers, uses, kept, &dropped)
    }
    if step.instruction.is(SINEW_COPY) { fuseColumnSlice(step, producers, uses, kept, &dropped) }
    for (_, value) in step.writes where value.base == nil { producers[ObjectIdentifier(value)] = (index, step) }
  }
  fuseBiasGradients(steps, &dropped)
  fuseAveraging(steps, &dropped)
  let remaining = steps.filter { !dropped.contains(ObjectIdentifier($0)) }
  markZeroRows(remaining)
  return remaining
}

/// dX = (dY·Wᵀ) ∘ f'(saved): the derivative is applied as the product, or a convolution's gradient, is written.
private func fuseActivationGradient(
  _ step: Step, _ producers: [ObjectIdentifier: (index: Int, step: Step)], _ uses: [ObjectIdentifier: Int],
  _ kept: Set<ObjectIdentifier>,
  _ dropped: inout Set<ObjectIdentifier>
) {
  guard let upstream = step.reads.first(where: { $0.slot == 1 })?.value, upstream.offset == 0 else { return }
  let root = upstream.root.value
  let key = ObjectIdentifier(root)
  guard uses[key] == 1, !kept.contains(key), root.storage == nil, let (place, product) = producers[key],
    product.instruction.is(SINEW_MATMUL) || product.instruction.is(SINEW_CONVOLUTION_INPUT_GRADIENT),
    root.count == upstream.count
  else { return }
  let taken = SINEW_MATMUL_BIAS | SINEW_MATMUL_ACTIVATION | SINEW_MATMUL_ACTIVATION_GRADIENT | SINEW_MATMUL_ACCUMULATE
  guard product.instruction.mode & Int32(taken) == 0 else { return }
  let function = step.instruction.mode
  let savedSlot = sinew_unary_gradient_uses_output(function) ? 3 : 2
  guard isActivation(function), let saved = step.reads.first(where: { $0.slot == savedSlot })?.value,
    let output = step.writes.first?.value, (producers[ObjectIdentifier(saved.root.value)]?.index ?? -1) < place
  else { return }
  product.instruction.mode |= Int32(SINEW_MATMUL_ACTIVATION_GRADIENT) | function << 8
  product.reads.append((4, saved))
  product.writes = product.writes.map { $0.slot == 0 ? (0, output) : $0 }
  dropped.insert(ObjectIdentifier(step))
}

private func isActivation(_ function: Int32) -> Bool {
  [SINEW_TANH, SINEW_SIGMOID, SINEW_SOFTPLUS, SINEW_RELU, SINEW_SILU, SINEW_MISH, SINEW_GELU]
    .contains { Int32($0.rawValue) == function }
}

/// Where of dX = dY·Wᵀ (summed over an ensemble) only some columns are used, as the actions among a critic's inputs,
/// only those are multiplied.
private func fuseColumnSlice(
  _ step: Step, _ producers: [ObjectIdentifier: (index: Int, step: Step)], _ uses: [ObjectIdentifier: Int],
  _ kept: Set<ObjectIdentifier>,
  _ dropped: inout Set<ObjectIdentifier>
) {
  /// The step that makes what `value` lies in, if nothing else reads that.
  func onlyProducer(of value: Value?) -> Step? {
    guard let root = value?.root.value, root.storage == nil else { return nil }
    let key = ObjectIdentifier(root)
    return uses[key] == 1 && !kept.contains(key) ? producers[key]?.step : nil
  }
  guard let source = step.reads.first?.value, let output = step.writes.first?.value, output.base == nil,
    let producer = onlyProducer(of: source)
  else { return }
  let sum = producer.instruction.is(SINEW_REDUCE) ? producer : nil
  guard let product = sum == nil ? producer : onlyProducer(of: sum?.reads.first?.value),
    product.instruction.is(SINEW_MATMUL),
    product.instruction.mode & ~Int32(SINEW_MATMUL_BF16) == Int32(SINEW_MATMUL_TRANSPOSE_B),
    let weight = product.reads.first(where: { $0.slot == 2 })?.value
  else { return }
  let (members, rows, columns) = (
    product.instruction.dimension(0), product.instruction.dimension(1), product.instruction.dimension(2)
  )
  let (width, first) = (step.instruction.dimension(3), source.root.offset)
  guard step.instruction.mode == 0, step.instruction.dimension(2) == rows, step.instruction.dimension(10) == columns,
    step.instruction.dimension(11) == 1, first + width <= columns, output.count == rows * width
  else { return }
  if let sum {
    guard sum.instruction.mode == Int32(SINEW_SUM.rawValue), sum.instruction.dimension(0) == 1,
      sum.instruction.dimension(1) == members, sum.instruction.dimension(2) == rows * columns
    else { return }
    let narrow = Value(shape: [members, rows, width])
    sum.instruction.dim.2 = Int64(rows * width)
    sum.reads = [(1, narrow)]
    sum.writes = [(0, output)]
    product.writes = [(0, narrow)]
  } else {
    guard members == 1 else { return }
    product.writes = [(0, output)]
  }
  let slice = Value(shape: [], base: weight, offset: first * product.instruction.dimension(3))
  product.instruction.dim.2 = Int64(width)
  product.reads = product.reads.map { $0.slot == 2 ? (2, slice) : $0 }
  dropped.insert(ObjectIdentifier(step))
}

/// A bias gradient is the column sum of the matrix that the weight gradient's product reads anyway.
private func fuseBiasGradients(_ steps: [Step], _ dropped: inout Set<ObjectIdentifier>) {
  var products: [ObjectIdentifier: (index: Int, step: Step)] = [:]
  for (index, step) in steps.enumerated() where !dropped.contains(ObjectIdentifier(step)) {
    if step.instruction.is(SINEW_MATMUL),
      step.instruction.mode & Int32(SINEW_MATMUL_TRANSPOSE_B | SINEW_MATMUL_COLUMN_SUMS) == 0,
      step.instruction.dimension(0) == 1 || step.instruction.dimension(5) != 0,
      let right = step.reads.first(where: { $0.slot == 2 })?.value, right.root.offset == 0
    {
      products[ObjectIdentifier(right.root.value)] = (index, step)
    }
  }
  for (index, step) in steps.enumerated() where step.instruction.is(SINEW_REDUCE) {
    guard step.instruction.mode == Int32(SINEW_SUM.rawValue), let source = step.reads.first?.value,
      source.root.offset == 0, let product = products[ObjectIdentifier(source.root.value)],
      product.step.instruction.dimension(0) == step.instruction.dimension(0),
      product.step.instruction.dimension(3) == step.instruction.dimension(1),
      product.step.instruction.dimension(2) == step.instruction.dimension(2), let sums = step.writes.first?.value,
      !readBetween(steps, step, index, product.index)
    else { continue }
    product.step.instruction.mode |= Int32(SINEW_MATMUL_COLUMN_SUMS)
    product.step.writes.append((5, sums))
    products[ObjectIdentifier(source.root.value)] = nil
    dropped.insert(ObjectIdentifier(step))
  }
}

/// Whether a step between the two places reads what `step` writes (so that `step` may not move to the later place).
private func readBetween(_ steps: [Step], _ step: Step, _ first: Int, _ second: Int) -> Bool {
  guard let result = step.writes.first?.value.root.value, second > first else { return false }
  return steps[first...second].contains { $0 !== step && $0.reads.contains { $0.value.root.value === result } }
}

/// The gradient of a choice (of the smaller of two critics, of the first) is zero wherever the choice was another. From
/// one number a row, on through layers, whole rows stay zero: their products are told which, and leave them out.
private func markZeroRows(_ steps: [Step]) {
  var choices = Set<ObjectIdentifier>()
  var marks: [ObjectIdentifier: Value] = [:]
  for step in steps {
    guard let output = step.writes.first?.value.root.value else { continue }
    if step.instruction.is(SINEW_REDUCE_EXTREMUM_GRADIENT) || step.instruction.is(SINEW_FILL) {
      choices.insert(ObjectIdentifier(output))
    }
    guard step.instruction.is(SINEW_MATMUL), let left = step.reads.first(where: { $0.slot == 1 })?.value else {
      continue
    }
    let (root, offset) = left.root
    let rows = step.instruction.dimension(0) * step.instruction.dimension(1)
    let depth = step.instruction.dimension(3)
    let excluded = SINEW_MATMUL_TRANSPOSE_A | SINEW_MATMUL_BIAS | SINEW_MATMUL_ACTIVATION
    guard step.instruction.mode & Int32(excluded) == 0, offset == 0, root.count == rows * depth,
      let mark = depth == 1 && choices.contains(ObjectIdentifier(root)) ? root : marks[ObjectIdentifier(root)],
      mark.count == rows
    else { continue }
    step.reads.append((6, mark))
    marks[ObjectIdentifier(output)] = mark
  }
}

/// A target network that follows the parameters just stepped is averaged in the optimiser's own pass, if nothing in
/// between reads it.
private func fuseAveraging(_ steps: [Step], _ dropped: inout Set<ObjectIdentifier>) {
  for (index, step) in steps.enumerated() where step.instruction.is(SINEW_POLYAK) {
    guard let target = step.writes.first?.value, let source = step.reads.first?.value,
      let origin = steps[..<index].lastIndex(where: { earlier in
        earlier.instruction.is(SINEW_ADAM)
          && earlier.writes.contains {
            $0.slot == 0 && $0.value.pointer == source.pointer && $0.value.count == source.count
          }
      })
    else { continue }
    // Parameters are slices of the flat buffer, so memory is compared, not identity.
    let isTouched = steps[(origin + 1)..<index].contains { between in
      (between.reads + between.writes).contains { overlaps($0.value, target) }
        || between.writes.contains { overlaps($0.value, source) }
    }
    let optimiser = steps[origin]
    guard !isTouched, !optimiser.writes.contains(where: { $0.slot == 5 }) else { continue }
    optimiser.instruction.scalar.0 = step.instruction.scalar.0
    optimiser.writes.append((5, target))
    dropped.insert(ObjectIdentifier(step))
  }
}

private func overlaps(_ first: Value, _ second: Value) -> Bool {
  guard let start = first.pointer, let other = second.pointer else { return false }
  return start < other + second.count && other < start + first.count
}
