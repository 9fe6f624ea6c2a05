import Foundation
import SinewTestSupport
import Testing

@testable import SinewDatasets

@Suite struct D4RLTests {
  /// Rows 0–9 terminated, 10–24 and 25–39 timed out; with next observations nothing is lost.
  @Test func episodesEndWhereTheFlagsSay() throws {
    let source = try DatasetFile.open(fixture("d4rl.hdf5").path)
    #expect(source.info.environment == "hopper")
    #expect(source.info.actionLow == [-2, -1] && source.info.actionHigh == [2, 1])
    #expect(source.episodeCount == 3)
    #expect(source.transitionCount == 40)
    let episodes = try episodes(of: source)
    #expect(episodes.map(\.count) == [10, 15, 15])
    #expect(episodes.map(\.terminated) == [true, false, false])
    #expect(episodes.map(\.truncated) == [false, true, true])
    #expect(episodes.allSatisfy { $0.observations.count == ($0.count + 1) * 3 && $0.actions.count == $0.count * 2 })
    // The final observation is the next one of the last row, not the next episode's first.
    #expect(episodes[0].observations.suffix(3) != episodes[1].observations.prefix(3))
  }

  /// Without next observations the step that a time limit cut off has none, and goes.
  @Test func aTimeoutWithoutANextObservationLosesItsLastStep() throws {
    let whole = try episodes(of: DatasetFile.open(fixture("d4rl.hdf5").path))
    let source = try DatasetFile.open(fixture("plain.hdf5").path)
    #expect(source.info.actionLow == [-1, -1])
    #expect(source.transitionCount == 38)
    let episodes = try episodes(of: source)
    #expect(episodes.map(\.count) == [10, 14, 14])
    #expect(episodes.map(\.terminated) == [true, false, false])
    for (cut, whole) in zip(episodes, whole) {
      #expect(cut.rewards == Array(whole.rewards.prefix(cut.count)))
      let rows = cut.terminated ? cut.count : cut.count + 1
      #expect(cut.observations.prefix(3 * rows) == whole.observations.prefix(3 * rows))
    }
    #expect(episodes[0].observations.suffix(3) == episodes[0].observations.dropLast(3).suffix(3))
  }

  /// Four walks of 25 steps in a file that says nothing of where they end.
  @Test(arguments: [("no-timeouts", 24), ("no-timeouts-next", 25)])
  func withoutTimeoutsEpisodesEndWhereTheCallerSays(name: String, steps: Int) throws {
    let path = try fixture("\(name).hdf5").path
    let cut = try D4RLSource(path: path, episodeLength: 25)
    #expect(!cut.hasTimeouts && cut.notes.isEmpty)
    let episodes = try episodes(of: cut)
    #expect(episodes.map(\.count) == [steps, steps, steps, steps])
    #expect(episodes.allSatisfy { $0.truncated && !$0.terminated })
    // Nobody says it: they are one, and its jumps are told.
    let whole = try DatasetFile.open(path)
    #expect(whole.episodeCount == 1 && whole.transitionCount == steps + 75)
    #expect(
      whole.notes == [
        "the file has no timeouts, and observations jump after 3 rows, first after row 24, where no episode ends: "
          + "say with --episode-length after how many steps episodes were cut"
      ])
    #expect(try D4RLSource(path: path, episodeLength: 10).notes.count == 1)
  }

  @Test func anEpisodeLengthIsForFilesWithoutTimeouts() throws {
    #expect(throws: DatasetError.self) { try D4RLSource(path: fixture("d4rl.hdf5").path, episodeLength: 10) }
    #expect(try DatasetFile.open(fixture("d4rl.hdf5").path).notes.isEmpty)
  }

  @Test func layoutsThatAreNotReadAreNamed() throws {
    let newest = problem(try fixture("latest-v0"))
    #expect(newest.contains("terminations, episode 0: written in a newer format of HDF5 than version 1."), "\(newest)")
    #expect(newest.hasSuffix("h5py writes what is read with libver=('earliest', 'v110')"), "\(newest)")
    for path in ["old-v0", "old-v0/data", "old-v0/data/main_data.hdf5"] {
      let old = problem(try fixture(path))
      #expect(old.contains("main_data.hdf5: the layout of Minari 0.4, which kept its metadata in this file"), "\(old)")
    }
  }

  @Test(arguments: [
    ("no-rewards", "rewards: missing"),
    ("short-actions", "actions: has 39 rows, observations have 40"),
    ("flat-actions", "actions: an array of 3 axes; 1 or 2 are read"),
    ("text-rewards", "rewards: neither numbers of at most 64 bits nor truth values"),
    ("nan", "observations, row 17: component 1 is nan, expected a finite number"),
    ("half-true", "terminals, row 7: is 0.5, expected true or false"),
    ("lzf", "observations: compressed with HDF5 filter 32000; gzip, shuffle and fletcher32 are known"),
    ("dangling", "observations: a link to elsewhere, which is not followed"),
    ("linked", "observations: a link to elsewhere, which is not followed"),
    ("virtual", "observations: its values lie in other datasets, which is not followed"),
    ("external", "observations: its values lie in other files, which is not followed"),
    ("unwritten", "observations: damaged or truncated (it claims more numbers than the file holds)"),
    ("text", "not an HDF5 file"),
    ("empty", "not an HDF5 file"),
  ])
  func brokenFilesAreNamed(name: String, expected: String) throws {
    #expect(problem(try fixture("broken/\(name).hdf5")) == "\(name).hdf5: \(expected)")
  }

  @Test func truncatedFilesAndMissingOnesAreNamed() throws {
    #expect(try problem(fixture("broken/truncated.hdf5")).hasPrefix("truncated.hdf5: damaged or truncated ("))
    #expect(try problem(fixture("none.hdf5")) == "none.hdf5: No such file or folder")
    #expect(try problem(fixture("broken")) == "broken: no Minari dataset: it has no data/metadata.json")
  }

  @Test func floatsThatNeverEndAreNoFile() throws {
    #expect(throws: DatasetError.self) { try DatasetFile.open("/dev/null") }
  }
}
