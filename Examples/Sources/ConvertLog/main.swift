// A dataset format of one's own: a robot's log, a line a step, becomes a Minari dataset that `--dataset FOLDER` learns
// from.
//
//     episode,place,velocity,force,reward
//     0,-1.5,0,1,-2.25
import Foundation
import Sinew

/// Reads such a log, of steps whose last one in each episode was cut off rather than ended by the task.
struct LogSource: EpisodeSource {
  let info = DatasetInfo(name: "log", environment: "docking", observationSize: 2, actionLow: [-1], actionHigh: [1])
  private var episodes: [[[Float]]] = []
  let episodeCount: Int
  let transitionCount: Int

  init(contentsOf file: URL) throws {
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
    for (index, line) in lines.enumerated() {
      let numbers = line.split(separator: ",").compactMap { Float($0) }
      guard numbers.count == 5, numbers.allSatisfy(\.isFinite) else {
        throw DatasetError(file: file.path, row: index, "has to be five numbers: episode,place,velocity,force,reward")
      }
      if numbers[0] != episodes.last?.last?[0] { episodes.append([]) }
      episodes[episodes.count - 1].append(numbers)
    }
    // The last line of an episode says only where it ended.
    episodes.removeAll { $0.count < 2 }
    (episodeCount, transitionCount) = (episodes.count, episodes.reduce(0) { $0 + $1.count - 1 })
  }

  mutating func next() throws -> EpisodeData? {
    guard !episodes.isEmpty else { return nil }
    let rows = episodes.removeFirst()
    return EpisodeData(
      observations: rows.flatMap { $0[1...2] }, actions: rows.dropLast().map { $0[3] },
      rewards: rows.dropLast().map { $0[4] }, terminated: false, truncated: true)
  }
}

let arguments = CommandLine.arguments.dropFirst()
guard let input = arguments.first, let output = arguments.dropFirst().first else {
  print("usage: ConvertLog log.csv FOLDER")
  exit(2)
}
do {
  var source = try LogSource(contentsOf: URL(filePath: input))
  let writer = try MinariWriter(creating: URL(filePath: output), info: source.info)
  while let episode = try source.next() { try writer.append(episode) }
  try writer.finish()
  print("\(source.episodeCount) episodes, \(source.transitionCount) transitions in \(output)")
} catch {
  FileHandle.standardError.write(Data("ConvertLog: \(error)\n".utf8))
  exit(1)
}
