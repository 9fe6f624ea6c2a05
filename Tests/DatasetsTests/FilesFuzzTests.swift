import Foundation
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewDatasets

/// Mutations of good files are read or refused with one line: no crash, no hang, no memory beyond four times the file's
/// size and a constant.
///
/// The long run, a hundred thousand mutations in about fifteen minutes:
/// `SINEW_FUZZ=33334 swift test -c release --filter FileFuzzTests`
@Suite(.serialized) struct FileFuzzTests {
  private static let long = ProcessInfo.processInfo.environment["SINEW_FUZZ"].flatMap(Int.init)
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func mutatedD4RLFiles() throws {
    let good = try [UInt8](Data(contentsOf: fixture("d4rl.hdf5")))
    let file = folder.url.appending(path: "mutated.hdf5")
    try fuzz("D4RL", good) { bytes in
      try Data(bytes).write(to: file)
      return try read(file)
    }
  }

  @Test(arguments: ["ogbench.npz", "ogbench-masked.npz", "robomimic.hdf5"])
  func mutatedFilesOfOtherFormats(name: String) throws {
    let good = try [UInt8](Data(contentsOf: fixture("formats/\(name)")))
    let file = folder.url.appending(path: name)
    try fuzz(name, good, count: Self.long ?? 400) { bytes in
      try Data(bytes).write(to: file)
      return try read(file)
    }
  }

  @Test func mutatedMinariFiles() throws {
    let data = try fixture("minari/pendulum/test-v0/data")
    let place = folder.url.appending(path: "data")
    try FileManager.default.copyItem(at: data, to: place)
    try fuzz("Minari", [UInt8](Data(contentsOf: data.appending(path: "main_data.hdf5")))) { bytes in
      try Data(bytes).write(to: place.appending(path: "main_data.hdf5"))
      return try read(place)
    }
  }

  @Test func mutatedMetadata() throws {
    let data = try fixture("minari/pendulum/test-v0/data")
    let good = try [UInt8](Data(contentsOf: data.appending(path: "metadata.json")))
    let place = folder.url.appending(path: "data")
    try FileManager.default.copyItem(at: data, to: place)
    try fuzz("metadata.json", good, count: Self.long.map { $0 / 10 } ?? 200) { bytes in
      try Data(bytes).write(to: place.appending(path: "metadata.json"))
      return try read(place)
    }
  }

  @Test func mutatedSafetensors() throws {
    var state = StateDictionary()
    state.set("layers.0.weight", floats: (0..<60).map(Float.init), shape: [6, 10])
    state[words: "counter"] = [1, 2]
    state[bytes: "flags"] = [1, 0, 1]
    state.metadata = ["policy": "gaussian", "note": "ü"]
    let file = folder.url.appending(path: "good.safetensors")
    try state.write(to: file)
    try fuzz("safetensors", [UInt8](Data(contentsOf: file))) { bytes in
      try Data(bytes).write(to: file)
      return (try? StateDictionary(contentsOf: file)) != nil
    }
  }

  /// Whether a file is read; the process goes on either way, and an error is one line.
  private func read(_ url: URL) throws -> Bool {
    do {
      _ = try Dataset(DatasetFile.open(url.path))
      return true
    } catch let error as DatasetError {
      let line = error.description
      #expect(!line.isEmpty && !line.contains("\n"), "\(line)")
      return false
    }
  }

  private func fuzz(_ name: String, _ good: [UInt8], count: Int? = nil, _ read: ([UInt8]) throws -> Bool) throws {
    #expect(try read(good), "\(name) unmutated")
    var generator = RandomGenerator(seed: 1).split(name)
    let before = peakMemory()
    let count = count ?? Self.long ?? 700
    var refused = 0
    var longest = Duration.zero
    for _ in 0..<count {
      let bytes = mutated(good, &generator)
      let began = ContinuousClock.now
      if try !read(bytes) { refused += 1 }
      longest = max(longest, began.duration(to: .now))
    }
    #expect(refused > count / 20, "\(name): \(refused) of \(count) refused")
    #expect(refused < count, "\(name): everything was refused")
    // Alone in its process only: the short run shares it with other tests.
    if Self.long != nil {
      let grown = peakMemory() - before
      print(
        "\(name): \(count) mutations of \(good.count) bytes, \(refused) refused, the slowest in \(longest), "
          + "peak memory grew by \(grown >> 10) kB")
      #expect(grown < 4 * good.count + 64 << 20)
    }
  }

  /// One to four changes: bytes, bits, runs of telling values, blocks that change places or names that do, and lost
  /// ends.
  private func mutated(_ good: [UInt8], _ generator: inout RandomGenerator) -> [UInt8] {
    var bytes = good
    for _ in 0...generator.index(below: 4) {
      let place = generator.index(below: bytes.count)
      let length = min(1 << generator.index(below: 5), bytes.count - place)
      switch generator.index(below: 6) {
      case 0: bytes[place] = UInt8(generator.index(below: 256))
      case 1: bytes[place] ^= 1 << UInt8(generator.index(below: 8))
      case 2:
        for index in place..<place + length { bytes[index] = [0, 1, 127, 128, 255][generator.index(below: 5)] }
      case 3:
        let other = generator.index(below: bytes.count - length + 1)
        for index in 0..<length { bytes.swapAt(place + index, other + index) }
      case 4: swapNames(&bytes, &generator)
      default: if generator.index(below: 4) == 0 { bytes.removeLast(generator.index(below: bytes.count)) }
      }
    }
    return bytes
  }

  /// Gives one of a file's fields the name of another.
  private func swapNames(_ bytes: inout [UInt8], _ generator: inout RandomGenerator) {
    let names = ["observations", "actions", "rewards", "terminals", "timeouts", "terminations", "truncations"]
    let old = Array(names[generator.index(below: names.count)].utf8)
    let new = Array(names[generator.index(below: names.count)].utf8)
    let places = bytes.indices.dropLast(old.count).filter { bytes[$0] == old[0] && bytes[$0...].starts(with: old) }
    guard !places.isEmpty else { return }
    let place = places[generator.index(below: places.count)]
    for index in old.indices { bytes[place + index] = index < new.count ? new[index] : 0 }
  }

  /// The most memory that this process ever had, bytes.
  private func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }
}
