import Foundation
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

struct CheckpointWriterTests {
  let scratch: TemporaryFolder
  let folder: RunFolder
  private let length = 2 * CheckpointWriter.pieceLength + 10

  init() throws {
    scratch = try TemporaryFolder()
    folder = try RunFolder(
      creating: scratch.path("run"), configuration: RunConfiguration(algorithm: "drift", environment: "line"),
      algorithm: Algorithm(DriftLearner.self))
  }

  private func buffer(_ values: [Float]) -> [(name: String, state: StateDictionary)] {
    var state = StateDictionary()
    state.set("rows", floats: values, shape: [values.count / 2, 2])
    state[words: "position"] = [7]
    return [("buffer", state)]
  }

  private func links(_ step: Int, _ piece: Int) throws -> Int {
    let file = folder.folder(of: .step(step)).appending(path: RunFolder.pieceName("buffer", "rows", piece))
    return try #require(FileManager.default.attributesOfItem(atPath: file.path)[.referenceCount] as? Int)
  }

  @Test func readsBackWhatItWrote() throws {
    let values = (0..<length).map { Float(bitPattern: UInt32($0)) }
    try CheckpointWriter(folder, keep: 2).write(step: 1, files: buffer(values))
    let state = try folder.read("buffer", of: .step(1))
    #expect(try state.floats("rows", count: length) == values)
    #expect(state.shape("rows") == [length / 2, 2])
    #expect(try state.words("position", count: 1) == [7])
    #expect(state.metadata.isEmpty)
  }

  @Test func writesOnlyWhatChanged() throws {
    let writer = CheckpointWriter(folder, keep: 3)
    var values = [Float](repeating: 1, count: length)
    try writer.write(step: 1, files: buffer(values))
    values[CheckpointWriter.pieceLength] = 2
    values += [3, 4]
    try writer.write(step: 2, files: buffer(values))
    #expect(try (links(2, 0), links(2, 1), links(2, 2)) == (2, 1, 1))
    #expect(try folder.read("buffer", of: .step(2)).floats("rows", count: length + 2) == values)
    #expect(try folder.read("buffer", of: .step(1)).floats("rows", count: length).allSatisfy { $0 == 1 })
  }

  @Test func keepsTheLast() throws {
    let writer = CheckpointWriter(folder, keep: 2)
    for step in [5, 10, 15, 100] { try writer.write(step: step, files: buffer([1, 2])) }
    #expect(try folder.checkpointSteps() == [15, 100])
    #expect(try contents(of: folder.checkpointsFolder).keys.allSatisfy { !$0.contains("partial") })
  }

  @Test func aFailureLeavesTheOlderOnes() throws {
    let writer = CheckpointWriter(folder, keep: 1)
    try writer.write(step: 1, files: buffer([1, 2]))
    let before = try contents(of: folder.url)
    // A file name longer than any file system takes: the write fails after the folder was begun.
    let impossible = buffer([3, 4]) + [(name: String(repeating: "n", count: 300), state: StateDictionary())]
    #expect(line { try writer.write(step: 2, files: impossible) }?.hasSuffix("File name too long") == true)
    #expect(try contents(of: folder.url) == before)
    #expect(try folder.checkpointSteps() == [1])
  }

  @Test func saysWhichFileIsDamaged() throws {
    try CheckpointWriter(folder, keep: 1).write(step: 1, files: buffer([Float](repeating: 1, count: length)))
    let piece = folder.folder(of: .step(1)).appending(path: RunFolder.pieceName("buffer", "rows", 1))
    try FileManager.default.removeItem(at: piece)
    #expect(line { _ = try folder.read("buffer", of: .step(1)) }?.contains("pieces of 'rows'") == true)
    #expect(line { _ = try folder.read("other", of: .step(1)) }?.hasSuffix("other.safetensors is missing") == true)
  }
}
