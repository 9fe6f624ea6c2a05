import SinewTensor

/// How observations are kept: their floats in one array, their bytes in another.
struct ObservationLayout {
  private let floatRanges: [Range<Int>]
  private let byteRanges: [Range<Int>]
  /// Numbers of an observation.
  let width: Int
  /// Floats of an observation.
  let floatLength: Int
  /// Bytes of an observation.
  let byteLength: Int

  init(_ observation: Columns) {
    width = observation.count
    floatRanges = observation.ranges(keptAs: .float32)
    byteRanges = observation.ranges(keptAs: .byte)
    floatLength = floatRanges.reduce(0) { $0 + $1.count }
    byteLength = byteRanges.reduce(0) { $0 + $1.count }
  }

  /// Writes the observation that starts at `start` of `source` to these places.
  func write(
    _ source: UnsafeBufferPointer<Float>, at start: Int, to floats: inout [Float], at place: Int,
    bytes: inout [UInt8], at bytePlace: Int
  ) {
    floats.withUnsafeMutableBufferPointer { floats in
      var place = place
      for range in floatRanges {
        for index in range {
          floats[place] = source[start + index]
          place += 1
        }
      }
    }
    guard byteLength > 0 else { return }
    bytes.withUnsafeMutableBufferPointer { bytes in
      var place = bytePlace
      for range in byteRanges {
        for index in range {
          bytes[place] = UInt8(min(max((source[start + index] * 255).rounded(), 0), 255))
          place += 1
        }
      }
    }
  }

  /// Reads the observation at these places into `target` from `start` on.
  func read(
    _ floats: [Float], at place: Int, _ bytes: [UInt8], at bytePlace: Int,
    into target: UnsafeMutableBufferPointer<Float>, at start: Int
  ) {
    floats.withUnsafeBufferPointer { floats in
      var place = place
      for range in floatRanges {
        for index in range {
          target[start + index] = floats[place]
          place += 1
        }
      }
    }
    guard byteLength > 0 else { return }
    bytes.withUnsafeBufferPointer { bytes in
      var place = bytePlace
      for range in byteRanges {
        for index in range {
          target[start + index] = Float(bytes[place]) / 255
          place += 1
        }
      }
    }
  }
}

/// Rows of an observation, an action, a reward and an end.
struct RowStore {
  /// The most rows.
  let capacity: Int
  private let layout: ObservationLayout
  private let actionSize: Int
  /// Floats of a row: those of the observation, the action, the reward, the end.
  private let length: Int
  private var floats: [Float] = []
  private var bytes: [UInt8] = []

  init(capacity: Int, observation: Columns, actionSize: Int) {
    self.capacity = capacity
    self.actionSize = actionSize
    layout = ObservationLayout(observation)
    length = layout.floatLength + actionSize + 2
  }

  /// Makes room for a row that is the next, or there already.
  mutating func grow(toHold row: Int) {
    while floats.count <= row * length {
      floats.append(contentsOf: repeatElement(0, count: length))
      bytes.append(contentsOf: repeatElement(0, count: layout.byteLength))
    }
  }

  mutating func removeAll() {
    floats.removeAll()
    bytes.removeAll()
  }

  mutating func setObservation(_ row: Int, to source: UnsafeBufferPointer<Float>, at start: Int) {
    layout.write(source, at: start, to: &floats, at: row * length, bytes: &bytes, at: row * layout.byteLength)
  }

  mutating func setRest(
    _ row: Int, _ actions: UnsafeBufferPointer<Float>, at start: Int, reward: Float, end: ReplayBuffer.End
  ) {
    floats.withUnsafeMutableBufferPointer { floats in
      let place = row * length + layout.floatLength
      for index in 0..<actionSize { floats[place + index] = actions[start + index] }
      floats[place + actionSize] = reward
      floats[place + actionSize + 1] = end.rawValue
    }
  }

  func observation(_ row: Int, into target: UnsafeMutableBufferPointer<Float>, at start: Int) {
    layout.read(floats, at: row * length, bytes, at: row * layout.byteLength, into: target, at: start)
  }

  func action(_ row: Int, into target: UnsafeMutableBufferPointer<Float>, at start: Int) {
    floats.withUnsafeBufferPointer { floats in
      let place = row * length + layout.floatLength
      for index in 0..<actionSize { target[start + index] = floats[place + index] }
    }
  }

  func reward(_ row: Int) -> Float { floats[(row + 1) * length - 2] }
  func end(_ row: Int) -> Float { floats[(row + 1) * length - 1] }
  mutating func setEnd(_ row: Int, _ end: ReplayBuffer.End) { floats[(row + 1) * length - 1] = end.rawValue }

  /// The sum of a float of every cache line of a row: reading them brings them into the cache.
  func touch(_ row: Int) -> Float {
    floats.withUnsafeBufferPointer { floats in
      var seen = floats[(row + 1) * length - 1]
      for offset in stride(from: row * length, to: (row + 1) * length - 1, by: 16) { seen += floats[offset] }
      return seen
    }
  }

  func save(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "rows", floats: floats, shape: [floats.count / length, length])
    if layout.byteLength > 0 { state[bytes: prefix + "bytes"] = bytes }
  }

  mutating func load(from state: StateDictionary, prefix: String, used: Int) throws {
    let (size, overflow) = used.multipliedReportingOverflow(by: length)
    let loaded = try state.floats(prefix + "rows", count: overflow ? Int.max : size)
    let ends = stride(from: length - 1, to: loaded.count, by: length)
    guard ends.allSatisfy({ ReplayBuffer.End(rawValue: loaded[$0]) != nil }) else {
      throw StateError("the array '\(prefix)rows' says of a step that it ended in an unknown way")
    }
    if layout.byteLength > 0 { bytes = try state.bytes(prefix + "bytes", count: used * layout.byteLength) }
    floats = loaded
  }
}

/// What the episodes ended on whose last step is still kept, by the row of that step.
struct FinalObservations {
  private let layout: ObservationLayout
  private var slots: [Int: Int] = [:]
  private var free: [Int] = []
  private var floats: [Float] = []
  private var bytes: [UInt8] = []

  init(_ observation: Columns) { layout = ObservationLayout(observation) }

  func has(_ row: Int) -> Bool { slots[row] != nil }

  mutating func remove(_ row: Int) {
    if let slot = slots.removeValue(forKey: row) { free.append(slot) }
  }

  mutating func removeAll() {
    slots = [:]
    (free, floats, bytes) = ([], [], [])
  }

  mutating func set(_ row: Int, to source: UnsafeBufferPointer<Float>, at start: Int) {
    let slot = slots[row] ?? free.popLast() ?? slots.count
    slots[row] = slot
    if floats.count <= slot * layout.floatLength {
      floats.append(contentsOf: repeatElement(0, count: layout.floatLength))
    }
    if bytes.count <= slot * layout.byteLength {
      bytes.append(contentsOf: repeatElement(0, count: layout.byteLength))
    }
    layout.write(
      source, at: start, to: &floats, at: slot * layout.floatLength, bytes: &bytes, at: slot * layout.byteLength)
  }

  func observation(_ row: Int, into target: UnsafeMutableBufferPointer<Float>, at start: Int) {
    guard let slot = slots[row] else { return }
    layout.read(
      floats, at: slot * layout.floatLength, bytes, at: slot * layout.byteLength, into: target, at: start)
  }

  /// Adds rows and observations in the order of the rows, whatever slots they lie in.
  func save(to state: inout StateDictionary, prefix: String) {
    let ordered = slots.sorted { $0.key < $1.key }
    let (floatLength, byteLength) = (layout.floatLength, layout.byteLength)
    state[words: prefix + "rows"] = ordered.map { UInt64($0.key) }
    state[floats: prefix + "observations"] =
      ordered.flatMap { floats[$0.value * floatLength..<($0.value + 1) * floatLength] }
    if byteLength > 0 {
      state[bytes: prefix + "bytes"] =
        ordered.flatMap { bytes[$0.value * byteLength..<($0.value + 1) * byteLength] }
    }
  }

  mutating func load(from state: StateDictionary, prefix: String, capacity: Int) throws {
    guard let rows = state[words: prefix + "rows"] else {
      throw StateError("the state has no array '\(prefix)rows'")
    }
    guard rows.allSatisfy({ $0 < UInt64(capacity) }), Set(rows).count == rows.count else {
      throw StateError("the array '\(prefix)rows' names rows that cannot be")
    }
    let floats = try state.floats(prefix + "observations", count: rows.count * layout.floatLength)
    if layout.byteLength > 0 {
      bytes = try state.bytes(prefix + "bytes", count: rows.count * layout.byteLength)
    }
    self.floats = floats
    (slots, free) = ([:], [])
    for (slot, row) in rows.enumerated() { slots[Int(row)] = slot }
  }
}
