import Foundation
import SinewFiles
import SinewTensor

/// Writes the checkpoints of one run.
///
/// A replay buffer is most of a checkpoint and hardly changes from one to the next, so long arrays are kept in pieces
/// of 4 MB, and a piece that is as it was in the checkpoint before is linked instead of written again: time and disk go
/// with what is new, and each folder still holds everything by itself.
final class CheckpointWriter {
  /// Floats in a piece.
  static let pieceLength = 1 << 20

  private let folder: RunFolder
  private let keep: Int
  /// Of the last checkpoint that this process wrote: its folder, and what its pieces hold.
  private var previous: (folder: URL, digests: [String: UInt64])?

  init(_ folder: RunFolder, keep: Int) {
    self.folder = folder
    self.keep = keep
  }

  /// Writes a checkpoint beside its place and renames it there, then removes those no longer kept: on failure the
  /// older ones are untouched and nothing half-written stays.
  ///
  /// - Parameter replacing: whether a checkpoint of that step is written anew; false leaves it as it is.
  func write(step: Int, files: [(name: String, state: StateDictionary)], replacing: Bool = false) throws {
    let place = folder.folder(of: .step(step))
    if FileSystem.exists(place), !replacing { return }
    let partial = folder.checkpointsFolder.appending(path: ".step-\(step).partial")
    var digests: [String: UInt64] = [:]
    do {
      try FileSystem.remove(partial)
      // Not those that they are in: a run that was moved away is not to be made again.
      try FileSystem.makeDirectory(folder.checkpointsFolder, withParents: false)
      try FileSystem.makeDirectory(partial, withParents: false)
      KillPoint.pass()
      for (name, state) in files { try write(state, name, to: partial, &digests) }
      try FileSystem.synchronize(partial)
      KillPoint.pass()
      try replaceFolder(at: place, with: partial)
      try FileSystem.synchronize(folder.checkpointsFolder)
      KillPoint.pass()
    } catch {
      try? FileSystem.remove(partial)
      throw error
    }
    previous = (place, digests)
    try removeOld()
  }

  private func write(
    _ state: StateDictionary, _ name: String, to directory: URL, _ digests: inout [String: UInt64]
  ) throws {
    var state = state
    for array in state.names {
      guard let values = state[floats: array], values.count > Self.pieceLength else { continue }
      let shape = state.shape(array) ?? [values.count]
      state[floats: array] = nil
      state.metadata["shape.\(array)"] = shape.map(String.init).joined(separator: " ")
      for (index, start) in stride(from: 0, to: values.count, by: Self.pieceLength).enumerated() {
        let file = RunFolder.pieceName(name, array, index)
        let piece = values[start..<min(start + Self.pieceLength, values.count)]
        digests[file] = digest(piece)
        try write(piece, array, as: file, digests[file], to: directory)
      }
    }
    try state.write(to: directory.appending(path: "\(name).safetensors"))
  }

  private func write(
    _ piece: ArraySlice<Float>, _ array: String, as file: String, _ digest: UInt64?, to directory: URL
  ) throws {
    if let previous, previous.digests[file] == digest,
      link(previous.folder.appending(path: file).path, directory.appending(path: file).path) == 0
    {
      return
    }
    var state = StateDictionary()
    state[floats: array] = Array(piece)
    try state.write(to: directory.appending(path: file))
  }

  /// Removes the checkpoints that are no longer kept, those too that a process was ended before removing.
  func removeOld() throws {
    for step in try folder.checkpointSteps().dropLast(keep) {
      // Renamed first: a folder that is being removed must not look like a checkpoint.
      let doomed = folder.checkpointsFolder.appending(path: ".step-\(step).partial")
      try FileSystem.move(folder.folder(of: .step(step)), to: doomed)
      KillPoint.pass()
      try FileSystem.remove(doomed)
      KillPoint.pass()
    }
  }

  /// 64 bits that differ when the piece differs (multiply and rotate; no defence against malice, none is needed).
  private func digest(_ piece: ArraySlice<Float>) -> UInt64 {
    piece.withUnsafeBytes { bytes in
      var digest = UInt64(bytes.count)
      for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
        let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        digest = (digest ^ word) &* 0x9E37_79B9_7F4A_7C15
        digest = digest << 29 | digest >> 35
      }
      for byte in bytes.suffix(bytes.count % 8) { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
      return digest
    }
  }
}
