import Foundation
import SinewFiles
import Testing

@testable import SinewTensor

@Suite struct StateTests {
  private func temporary(_ name: String) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sinew-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appendingPathComponent(name)
  }

  private var sample: StateDictionary {
    var state = StateDictionary()
    state.set("weight", floats: [1, -.infinity, .leastNonzeroMagnitude, 4, 5, 6], shape: [2, 3])
    state[doubles: "time"] = [0.1, .pi]
    state[words: "counter"] = [.max, 0]
    state[bytes: "flags"] = [1, 0, 255]
    state[floats: "empty"] = []
    state.metadata = ["note": "a \"quoted\"\nline, Größe"]
    return state
  }

  @Test func filesGiveBackTheBits() throws {
    let url = try temporary("state.safetensors")
    try sample.write(to: url)
    let read = try StateDictionary(contentsOf: url)
    #expect(read.entries == sample.entries)
    #expect(read.metadata == sample.metadata)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path) == ["state.safetensors"]
    )
  }

  /// A file that Python's safetensors wrote (Fixtures/make_safetensors.py).
  @Test func pythonsFilesAreRead() throws {
    let url = try #require(
      Bundle.module.url(forResource: "python", withExtension: "safetensors", subdirectory: "Fixtures"))
    let state = try StateDictionary(contentsOf: url)
    #expect(state[floats: "float32"] == [0, 1, 2, 3, 4, 5])
    #expect(state.shape("float32") == [2, 3])
    #expect(state[doubles: "float64"] == [0.1, -2.5])
    #expect(state[floats: "bfloat16"] == [1.5, -3])
    #expect(state[floats: "float16"] == [0.5, 65504, -0.000060975552])
    #expect(state[words: "int64"] == [1, UInt64(bitPattern: -1)])
    #expect(state[bytes: "uint8"] == [7, 255])
    #expect(state[floats: "scalar"] == [42])
    #expect(state.shape("scalar") == [])
    #expect(state.metadata == ["made_by": "python"])
  }

  @Test func wrongKeysAreNamed() {
    #expect(throws: StateError("the state has no array 'w'")) { try sample.floats("w", count: 1) }
    #expect(throws: StateError("the array 'time' is not of type float32")) { try sample.floats("time", count: 2) }
    #expect(throws: StateError("the array 'time' has 2 values, expected 3")) { try sample.doubles("time", count: 3) }
  }

  private func file(_ header: String, _ body: [UInt8] = []) -> Data {
    var length = UInt64(header.utf8.count).littleEndian
    return withUnsafeBytes(of: &length) { Data($0) } + Data(header.utf8) + Data(body)
  }

  @Test func hostileHeadersAreErrors() {
    let good = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    #expect((try? StateDictionary(safetensors: file(good, [0, 0, 0, 0]))) != nil)
    let bad: [(String, Data)] = [
      ("empty", Data()), ("short", Data([1, 2, 3])), ("huge length", Data(repeating: 0xFF, count: 16)),
      ("truncated", file(good, [0, 0, 0])), ("extra", file(good, [0, 0, 0, 0, 0])), ("not json", file("[]")),
      ("no json", file("{\"a\":")), ("bad text", file("{}").dropLast() + [0xFF]),
      ("type", file(#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, [0, 0, 0, 0])),
      ("negative", file(#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, [0, 0, 0, 0])),
      ("fraction", file(#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}"#, [0, 0, 0, 0, 0, 0])),
      ("overflow", file(#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}"#)),
      ("reversed", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, [0, 0, 0, 0])),
      ("outside", file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, [0, 0, 0, 0])),
      (
        "overlap",
        file(
          #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
          [0, 0, 0, 0])
      ),
      ("gap", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, [0, 0, 0, 0, 0, 0, 0, 0])),
      ("metadata", file(#"{"__metadata__":{"a":1}}"#)),
    ]
    for (name, data) in bad {
      #expect(throws: StateError.self, "\(name)") { try StateDictionary(safetensors: data) }
    }
  }

  /// Mutations of a good file are read or refused, never a crash.
  @Test func mutatedFilesNeverCrash() throws {
    let url = try temporary("state.safetensors")
    try sample.write(to: url)
    let good = try Data(contentsOf: url)
    var generator = RandomGenerator(seed: 1)
    var refused = 0
    for _ in 0..<3000 {
      var bytes = [UInt8](good)
      for _ in 0...generator.index(below: 4) {
        switch generator.index(below: 3) {
        case 0: bytes[generator.index(below: bytes.count)] = UInt8(generator.index(below: 256))
        case 1: bytes.removeLast(min(bytes.count - 1, generator.index(below: 20)))
        default: bytes.insert(UInt8(generator.index(below: 256)), at: generator.index(below: bytes.count))
        }
      }
      if (try? StateDictionary(safetensors: Data(bytes))) == nil { refused += 1 }
    }
    #expect(refused > 1000)
  }

  @Test func failedWritesLeaveTheOldFile() throws {
    let url = try temporary("state.safetensors")
    try sample.write(to: url)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try writeAtomically(to: url) { write in
        try [UInt8](repeating: 1, count: 100).withUnsafeBytes { try write($0) }
        throw Stop()
      }
    }
    #expect(try StateDictionary(contentsOf: url).entries == sample.entries)
    #expect(try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path).count == 1)
    let missing = url.deletingLastPathComponent().appendingPathComponent("no/such/file")
    #expect(throws: FileError("cannot write \(missing.path): No such file or directory")) {
      try sample.write(to: missing)
    }
  }
}
