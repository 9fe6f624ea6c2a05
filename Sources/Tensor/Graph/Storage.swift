import Synchronization

/// Float32 memory, aligned to 64 bytes and zeroed: an allocation of its own, or a slice of another.
final class Storage {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  let parent: Storage?
  /// Its numbers have moved elsewhere: a plan that points here must be made anew.
  private(set) var isReplaced = false
  /// Counts replacements in the whole process, so that plans need to look only when there was one.
  static let replacements = Atomic<Int>(0)

  init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
    pointer = raw.bindMemory(to: Float.self, capacity: count)
    pointer.initialize(repeating: 0, count: count)
    self.count = count
    parent = nil
  }

  init(slice parent: Storage, offset: Int, count: Int) {
    precondition(offset >= 0 && offset + count <= parent.count)
    pointer = parent.pointer + offset
    self.count = count
    self.parent = parent
  }

  deinit {
    if parent == nil { UnsafeMutableRawPointer(pointer).deallocate() }
  }

  func markReplaced() {
    isReplaced = true
    Self.replacements.add(1, ordering: .relaxed)
  }

  func assign(_ values: some Collection<Float>) {
    precondition(values.count == count)
    _ = UnsafeMutableBufferPointer(start: pointer, count: count).update(fromContentsOf: values)
  }

  var floats: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

/// The identity of a tensor: a shape, and either numbers (a leaf, a result) or the place in a recording that will make
/// them.
final class Value {
  let shape: [Int]
  let count: Int
  /// The step that makes it; nil for leaves and detached views.
  let maker: Maker?
  /// A view shares the memory of its base, from `offset` on.
  let base: Value?
  let offset: Int
  /// Nil while the numbers exist only in a recording.
  var storage: Storage?

  /// A place in a recording.
  struct Maker: Equatable {
    var recording: UInt64
    var step: Int
  }

  init(shape: [Int], storage: Storage? = nil, maker: Maker? = nil, base: Value? = nil, offset: Int = 0) {
    self.shape = shape
    self.count = shape.reduce(1, *)
    self.storage = storage
    self.maker = maker
    self.base = base
    self.offset = offset
  }

  /// The value whose memory this one lives in, and where in it.
  var root: (value: Value, offset: Int) {
    guard let base else { return (self, 0) }
    let (value, start) = base.root
    return (value, start + offset)
  }

  var pointer: UnsafeMutablePointer<Float>? {
    let (value, offset) = root
    return value.storage.map { $0.pointer + offset }
  }
}
