import Foundation
import SinewEnvironments
import SinewSharedMemory

/// The memory that a worker and this process see: a header, and a slot for each environment.
///
/// A slot has a line that is written here, a line that the worker writes, the action, what a step led to, what the next
/// episode begins with, and room for the worker's words. `worker.py` has the same numbers.
final class WorkerMemory: @unchecked Sendable {
  /// Where things are, in bytes; within a slot but for `size` and `first`.
  struct Layout: Codable {
    var size = 0
    var first = 64
    var stride = 0
    var action = 128
    var final = 0
    var next = 0
    var message = 0
    var messageSize = 1024
    /// Where each part of an observation begins.
    var parts: [Int] = []

    private enum CodingKeys: String, CodingKey {
      case size, first, stride, action, final, next, message, parts
      case messageSize = "message_size"
    }

    init(_ introduction: WorkerIntroduction, slots: Int) {
      func lines(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
      var end = 0
      for part in introduction.observation {
        parts.append(end)
        end += (part.size + 7) / 8 * 8
      }
      final = action + lines(introduction.action.reduce(0) { $0 + 4 * $1.count })
      next = final + lines(end)
      message = next + lines(end)
      stride = message + messageSize
      size = first + slots * stride
    }
  }

  let layout: Layout
  private let start: UnsafeMutableRawPointer

  /// Gives the file the layout's size and maps it. Throws ``GymnasiumError`` with the system's reason.
  init(_ file: Int32, _ layout: Layout) throws {
    self.layout = layout
    let memory =
      ftruncate(file, off_t(layout.size)) == 0
      ? mmap(nil, layout.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED
    guard let memory, memory != MAP_FAILED else {
      throw GymnasiumError("cannot share \(layout.size) bytes of memory: \(String(cString: strerror(errno)))")
    }
    start = memory
  }

  deinit { munmap(start, layout.size) }

  private func word(_ offset: Int) -> UnsafeMutablePointer<UInt32> {
    (start + offset).assumingMemoryBound(to: UInt32.self)
  }

  /// Says that something was asked for.
  func announce() { sinew_word_increment(word(0), word(8)) }
  /// Asks the worker to end.
  func stop() {
    sinew_word_store(word(4), 1)
    announce()
  }

  /// One environment's place.
  struct Slot {
    let memory: WorkerMemory
    let start: UnsafeMutableRawPointer

    private func word(_ offset: Int) -> UnsafeMutablePointer<UInt32> {
      (start + offset).assumingMemoryBound(to: UInt32.self)
    }

    // The line that is written here.
    func ask(_ command: WorkerCommand, isEager: Bool, seed: Int64, number: UInt32) {
      word(4).pointee = command.rawValue
      word(8).pointee = isEager ? 1 : 0
      start.storeBytes(of: seed, toByteOffset: 16, as: Int64.self)
      sinew_word_store(word(0), number)
      memory.announce()
    }

    func setSleeping(_ isSleeping: Bool) { sinew_word_store(word(12), isSleeping ? 1 : 0) }

    // The worker's line.
    func answered() -> UInt32 { sinew_word_load(word(64)) }
    func spin(while number: UInt32, nanoseconds: Int64) -> Bool { sinew_word_spin(word(64), number, nanoseconds) }
    func sleep(while number: UInt32, nanoseconds: Int64) -> Bool { sinew_word_wait(word(64), number, nanoseconds) }
    var hasFailed: Bool { word(68).pointee != 0 }
    var message: String {
      let length = min(Int(word(72).pointee), memory.layout.messageSize)
      return String(
        decoding: UnsafeRawBufferPointer(start: start + memory.layout.message, count: length), as: UTF8.self)
    }
    /// The robot's state, where the worker's words are otherwise: two counts, whether something touches, then the
    /// numbers.
    var robot: RobotState {
      get {
        let place = memory.layout.message
        let numbers = (0..<min(Int(word(place).pointee) + Int(word(place + 4).pointee), mostNumbers)).map {
          start.load(fromByteOffset: place + 16 + 8 * $0, as: Double.self)
        }
        let split = min(Int(word(place).pointee), numbers.count)
        return RobotState(
          positions: Array(numbers[..<split]), velocities: Array(numbers[split...]),
          isTouching: word(place + 8).pointee != 0)
      }
      nonmutating set {
        let place = memory.layout.message
        word(place).pointee = UInt32(newValue.positions.count)
        word(place + 4).pointee = UInt32(newValue.velocities.count)
        for (index, number) in (newValue.positions + newValue.velocities).prefix(mostNumbers).enumerated() {
          start.storeBytes(of: number, toByteOffset: place + 16 + 8 * index, as: Double.self)
        }
      }
    }
    private var mostNumbers: Int { (memory.layout.messageSize - 16) / 8 }

    var reward: Double { start.load(fromByteOffset: 80, as: Double.self) }
    var terminated: Bool { start.load(fromByteOffset: 88, as: UInt8.self) != 0 }
    var truncated: Bool { start.load(fromByteOffset: 89, as: UInt8.self) != 0 }
    /// Whether the last step, or the reset, was a success; nil where the environment says nothing of it.
    var success: Bool? {
      let value = start.load(fromByteOffset: 90, as: Int8.self)
      return value < 0 ? nil : value > 0
    }
    /// Whether the worker has begun the next episode after the last step.
    var hasReset: Bool { start.load(fromByteOffset: 91, as: UInt8.self) != 0 }
    /// Of a rendered picture: pixels across and down.
    var pictureSize: (width: Int, height: Int) {
      (Int(start.load(fromByteOffset: 88, as: UInt32.self)), Int(start.load(fromByteOffset: 92, as: UInt32.self)))
    }

    // What both see.
    var action: UnsafeMutablePointer<Float> { (start + memory.layout.action).assumingMemoryBound(to: Float.self) }
    /// What a step led to, or an episode begins with.
    func observation(isFirst: Bool) -> UnsafeRawPointer {
      UnsafeRawPointer(start + (isFirst ? memory.layout.next : memory.layout.final))
    }
  }

  func slot(_ index: Int) -> Slot { Slot(memory: self, start: start + layout.first + index * layout.stride) }
}

/// What a worker can be asked for.
enum WorkerCommand: UInt32 {
  case make = 1
  case reset, step, render, loop, look, place

  /// What was being done, for an error's line.
  var activity: String {
    switch self {
    case .make: "making it"
    case .reset: "a reset"
    case .step: "a step"
    case .render: "rendering"
    case .loop: "the bare loop"
    case .look: "a look at the robot"
    case .place: "placing the robot"
    }
  }
}
