import Foundation
import SinewFiles
import SinewTensor

extension RunFolder {
  static func pieceName(_ file: String, _ array: String, _ index: Int) -> String {
    "\(file).\(array).\(index).safetensors"
  }

  /// Reads one file of a checkpoint, its pieces put together again.
  func read(_ name: String, of checkpoint: Checkpoint) throws -> StateDictionary {
    let folder = folder(of: checkpoint)
    let file = folder.appending(path: "\(name).safetensors")
    guard FileSystem.exists(file) else { throw FileError("\(file.relativePath) is missing") }
    var state = try StateDictionary(contentsOf: file)
    for (key, text) in state.metadata where key.hasPrefix("shape.") {
      let array = String(key.dropFirst(6))
      // It becomes part of a file's name, which must not lead out of the checkpoint.
      guard !array.contains("/"), !array.contains("\0") else {
        throw FileError("\(file.relativePath): '\(array)' is no name of an array that lies in pieces")
      }
      let shape = text.split(separator: " ").compactMap { Int($0) }
      var values: [Float] = []
      for index in 0... {
        let piece = folder.appending(path: Self.pieceName(name, array, index))
        guard FileSystem.exists(piece) else { break }
        values += try StateDictionary(contentsOf: piece)[floats: array] ?? []
      }
      let size = shape.reduce(Int?.some(1)) { size, extent in
        guard let size, extent >= 0 else { return nil }
        let (product, overflow) = size.multipliedReportingOverflow(by: extent)
        return overflow ? nil : product
      }
      guard size == values.count else {
        throw FileError(
          "\(file.relativePath): the pieces of '\(array)' hold \(values.count) numbers, not \(shape)")
      }
      state.set(array, floats: values, shape: shape)
      state.metadata[key] = nil
    }
    return state
  }
}
