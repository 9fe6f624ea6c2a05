import Foundation
import SinewFiles
import SinewSettings
import SinewTensor

extension RunFolder {
  /// A saved learner of a run.
  public enum Checkpoint: Sendable, Equatable, CustomStringConvertible {
    /// The one with the best evaluation return.
    case best
    /// The state after that many steps.
    case step(Int)

    /// The name of its folder.
    public var description: String {
      switch self {
      case .best: "best"
      case .step(let step): "step-\(step)"
      }
    }
  }

  /// Steps of the checkpoints on disk, ascending.
  public func checkpointSteps() throws -> [Int] {
    try FileSystem.names(in: checkpointsFolder)
      .compactMap { name in name.hasPrefix("step-") ? Int(name.dropFirst(5)) : nil }.sorted()
  }

  /// The checkpoint that a user names: `best`, `last` or `step-N`; nil stays nil. Throws where there is none of that
  /// name.
  public func checkpoint(named name: String?) throws -> Checkpoint? {
    guard let name else { return nil }
    let steps = try checkpointSteps()
    if name == "best" { return .best }
    if name == "last", let last = steps.last { return .step(last) }
    if name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), steps.contains(step) { return .step(step) }
    let known = (FileSystem.exists(bestFolder) ? ["best"] : []) + steps.map { "step-\($0)" }
    throw UsageError(
      "\(url.relativePath) has no checkpoint '\(name)'; it has \(known.isEmpty ? "none" : known.joined(separator: ", "))"
    )
  }

  /// Where the files of a checkpoint are.
  public func folder(of checkpoint: Checkpoint) -> URL {
    switch checkpoint {
    case .best: bestFolder
    case .step(let step): checkpointsFolder.appending(path: "step-\(step)")
    }
  }

  /// Writes the best learner so far, replacing the one before in one step.
  func writeBest(_ state: StateDictionary) throws {
    try FileSystem.makeDirectory(bestFolder, withParents: false)
    try state.write(to: bestFolder.appending(path: "learner.safetensors"))
  }

  /// Removes what a killed process left half-written, here and in the folders within.
  func removeLeftovers() throws {
    for folder in [url, bestFolder, checkpointsFolder] {
      for name in try FileSystem.names(in: folder) where name.hasSuffix(".partial") {
        try FileSystem.remove(folder.appending(path: name))
      }
    }
  }
}
