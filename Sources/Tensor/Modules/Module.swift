/// A part of a network: something with parameters.
///
/// A module lists its parameters itself, in a fixed order; a module made of others lists theirs under a prefix. Copying
/// a module value copies references: both copies share the parameters.
public protocol Module {
  /// The parameters and their names, for example "layers.0.weight".
  var parameters: [(name: String, value: Tensor)] { get }
  /// What is saved and loaded: the parameters where nothing else is said. A module that reads another's adds those, so
  /// that its file is whole.
  var savedParameters: [(name: String, value: Tensor)] { get }
}

/// Several modules as one, to be optimised together.
public struct Modules: Module {
  private let modules: [(name: String, module: any Module)]

  /// These modules, whose parameters' names begin with theirs.
  public init(_ modules: [(name: String, module: any Module)]) { self.modules = modules }

  public var parameters: [(name: String, value: Tensor)] {
    modules.flatMap { each in each.module.parameters.map { ("\(each.name).\($0.name)", $0.value) } }
  }
}

extension Module {
  public var savedParameters: [(name: String, value: Tensor)] { parameters }

  /// How many numbers the parameters hold.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

  /// Copies what another module of the same shapes saves into this one, though either may read a third's.
  public func copyWeights(from other: some Module) {
    let (own, others) = (savedParameters, other.savedParameters)
    precondition(own.map(\.value.shape) == others.map(\.value.shape), "the modules have other shapes")
    for (parameter, source) in zip(own, others) {
      source.value.withMutableFloats { from in
        parameter.value.withMutableFloats { into in
          for index in into.indices { into[index] = from[index] }
        }
      }
    }
  }

  /// Adds the parameters to a state, under their names after `prefix`.
  public func saveParameters(to state: inout StateDictionary, prefix: String) {
    for (name, value) in savedParameters { state.set(prefix + name, floats: value.floats, shape: value.shape) }
  }

  /// Takes the parameters back.
  ///
  /// - Throws: ``StateError`` naming a parameter that is missing or has another shape.
  public func loadParameters(from state: StateDictionary, prefix: String) throws {
    for (name, value) in savedParameters {
      let floats = try state.floats(prefix + name, count: value.count)
      guard let shape = state.shape(prefix + name), shape == value.shape else {
        throw StateError("'\(prefix + name)' has shape \(state.shape(prefix + name) ?? []), expected \(value.shape)")
      }
      value.assign(floats)
    }
  }

  /// Moves the parameters into one flat buffer, in order, each aligned to a cache line and the gaps zero; returns it.
  /// Optimisers and target averaging work on the whole of it at once. Parameters that already lie so stay where they
  /// are.
  func packed() -> Tensor {
    let values = parameters.map(\.value.value)
    let starts = packedStarts
    let total = values.reduce(0) { $0 + padded($1.count) }
    if let parent = values.first?.storage?.parent, parent.count == total,
      zip(values, starts).allSatisfy({ $0.storage?.pointer == parent.pointer + $1 })
    {
      return Tensor(Value(shape: [total], storage: parent))
    }
    let buffer = Storage(count: total)
    for (value, start) in zip(values, starts) {
      precondition(value.storage?.parent == nil, "a parameter already belongs to the buffer of another module")
      let slice = Storage(slice: buffer, offset: start, count: value.count)
      slice.assign(value.storage?.floats ?? [])
      value.storage?.markReplaced()
      value.storage = slice
    }
    return Tensor(Value(shape: [total], storage: buffer))
  }

  /// Where each parameter begins in the flat buffer.
  var packedStarts: [Int] {
    var end = 0
    return parameters.map { parameter in
      defer { end += padded(parameter.value.count) }
      return end
    }
  }
}

/// A module's parameters under a prefix, for modules made of others.
public func prefixed(_ prefix: String, _ module: some Module) -> [(name: String, value: Tensor)] {
  module.parameters.map { ("\(prefix).\($0.name)", $0.value) }
}
