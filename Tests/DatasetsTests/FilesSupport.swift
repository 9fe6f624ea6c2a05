import Foundation
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewDatasets

/// Files that Python wrote (Fixtures/make_datasets.py).
func fixture(_ path: String) throws -> URL {
  try #require(Bundle.module.resourceURL).appending(path: "Fixtures").appending(path: path)
}

/// Every episode of a source.
func episodes(of source: any EpisodeSource) throws -> [EpisodeData] {
  var source = source
  var episodes: [EpisodeData] = []
  while let episode = try source.next() { episodes.append(episode) }
  return episodes
}

/// Episodes of random numbers: long ones are stored in chunks, short ones in headers.
func randomEpisodes(_ lengths: [Int], observationSize: Int, actionSize: Int, seed: UInt64 = 0) -> [EpisodeData] {
  var generator = RandomGenerator(seed: seed)
  func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.normal()) } }
  return lengths.enumerated().map { index, length in
    EpisodeData(
      observations: numbers((length + 1) * observationSize), actions: numbers(length * actionSize),
      rewards: numbers(length), terminated: index % 2 == 0, truncated: index % 2 == 1)
  }
}

func writeMinari(_ episodes: [EpisodeData], _ info: DatasetInfo, to folder: URL) throws {
  let writer = try MinariWriter(creating: folder, info: info)
  for episode in episodes { try writer.append(episode) }
  try writer.finish()
}

/// The line that a read ends with, without the folder that the file is in.
func problem(_ url: URL) -> String {
  do {
    let count = try episodes(of: DatasetFile.open(url.path)).count
    return "\(count) episodes"
  } catch {
    let line = "\(error)"
    return line.range(of: url.deletingLastPathComponent().path + "/").map { String(line[$0.upperBound...]) } ?? line
  }
}
