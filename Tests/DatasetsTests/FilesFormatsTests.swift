import Foundation
import SinewTestSupport
import Testing

@testable import SinewDatasets

/// Minari's Dict spaces, robomimic's files and OGBench's archives, which Python wrote (Fixtures/make_formats.py).
@Suite struct FormatsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func dictObservationsAreFlattenedAsGymnasiumDoes() throws {
    let source = try DatasetFile.open(fixture("formats/robot-dict-v0").path)
    #expect(
      source.info.observationParts == [
        ObservationPart(name: "arm/mode", size: 3), ObservationPart(name: "arm/pose", size: 3),
        ObservationPart(name: "goal", size: 2),
      ])
    #expect(source.info.observationNames?[4] == "arm/pose 1" && source.info.observationSize == 8)
    let found = try episodes(of: source)
    #expect(found.map(\.count) == [3, 2] && found.map(\.terminated) == [true, false])
    #expect(found[0].observations.prefix(8) == [1, 0, 0, 0.3, 0.4, 0.5, 0.1, 0.2])
    #expect(found[1].observations.suffix(8) == [1, 0, 0, 12.3, 12.4, 12.5, 12.1, 12.2])
    // Written anew the names stay with the numbers.
    let copy = folder.url.appending(path: "copy-v0")
    try writeMinari(found, source.info, to: copy)
    let again = try DatasetFile.open(copy.path)
    #expect(again.info.observationParts == source.info.observationParts)
    #expect(try episodes(of: again) == found)
  }

  @Test func robomimicDemonstrationsAreRead() throws {
    let path = try fixture("formats/robomimic.hdf5").path
    #expect(try DatasetFile.format(of: path) == .robomimic)
    let source = try DatasetFile.open(path)
    #expect(source.info.environment == "Lift")
    #expect(source.info.observationNames == ["gripper", "object 0", "object 1"])
    #expect(source.notes == ["pictures and other parts are left out: agentview_image"])
    #expect(source.episodeCount == 3 && source.transitionCount == 8)
    let found = try episodes(of: source)
    // In the order of their numbers; without next_obs the last step goes.
    #expect(found.map(\.count) == [4, 2, 2] && found.allSatisfy { $0.truncated && !$0.terminated })
    #expect(found[1].observations == [200, 200.1, 200.2, 201, 201.1, 201.2, 202, 202.1, 202.2])
    #expect(found[1].actions == [0.1, 0.1, 0.1, 0.1] && found[1].rewards == [0, 1])
    #expect(found[2].observations.suffix(3) == [1002, 1002.1, 1002.2])
  }

  @Test(arguments: [
    ("link", "demo_0/rewards: a link to elsewhere, which is not followed"),
    ("nan", "demo_2/obs/object, row 1: component 0 is nan, expected a finite number"),
    ("short", "demo_10/obs/gripper: ends after 2 rows"),
    ("wide", "demo_2/actions: has rows of 3 numbers, expected 2"),
    (
      "no-obs",
      "data/demo_0/obs: has no array of numbers; robomimic's dataset_states_to_obs.py makes them from recorded states"
    ),
  ])
  func brokenDemonstrationsAreNamed(name: String, expected: String) throws {
    #expect(problem(try fixture("formats/robomimic-\(name).hdf5")) == "robomimic-\(name).hdf5: \(expected)")
  }

  @Test func ogbenchArchivesAreRead() throws {
    let path = try fixture("formats/ogbench.npz").path
    #expect(try DatasetFile.format(of: path) == .numpy)
    let source = try DatasetFile.open(path)
    #expect(source.notes == ["\(path) has no rewards: each is 0"])
    let found = try episodes(of: source)
    #expect(source.episodeCount == 2 && source.transitionCount == 7)
    // The trajectory of one row has no step; the last row of each is what it ended on.
    #expect(found.map(\.count) == [4, 3] && found.allSatisfy { $0.truncated && !$0.terminated })
    #expect(found[0].observations == (0..<15).map { Float(Double($0) / 10) })
    #expect(found[1].observations == (18..<30).map { Float(Double($0) / 10) })
    #expect(found[1].actions == (12..<18).map { Float(Double($0) / 20 - 0.5) })
    // As ogbench itself hands the same trajectories over, with a success in the midst of the first.
    let masked = try episodes(of: DatasetFile.open(fixture("formats/ogbench-masked.npz").path))
    #expect(masked.map(\.count) == [3, 1, 3] && masked.map(\.terminated) == [true, false, false])
    #expect(masked[0].observations + masked[1].observations.suffix(3) == found[0].observations)
    #expect(masked[2].observations == found[1].observations && masked[0].rewards == [-1, -1, 0])
  }

  // MARK: Archives that are wrong

  /// A stored archive of arrays, with what a test gets wrong in it.
  private func archive(
    _ members: [(name: String, bytes: [UInt8])], claimed: UInt32? = nil, flags: UInt16 = 0, method: UInt16 = 0
  ) throws -> URL {
    func half(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }
    func word(_ value: UInt32) -> [UInt8] { half(Int(value & 0xFFFF)) + half(Int(value >> 16)) }
    let none = half(0)
    var (file, list) = ([UInt8](), [UInt8]())
    for (name, bytes) in members {
      var fields = half(20)
      for value in [Int(flags), Int(method), 0, 0] { fields += half(value) }
      for value in [checksum(bytes), UInt32(bytes.count), claimed ?? UInt32(bytes.count)] { fields += word(value) }
      fields += half(name.utf8.count)
      fields += none
      list += word(0x0201_4b50)
      list += half(20)
      list += fields
      list += none + none + none
      list += word(0)
      list += word(UInt32(file.count))
      list += Array(name.utf8)
      file += word(0x0403_4b50)
      file += fields
      file += Array(name.utf8)
      file += bytes
    }
    var end: [UInt8] = word(0x0605_4b50)
    for value in [0, 0, members.count, members.count] { end += half(value) }
    end += word(UInt32(list.count))
    end += word(UInt32(file.count))
    end += none
    let url = folder.url.appending(path: "\(UUID().uuidString).npz")
    try Data(file + list + end).write(to: url)
    return url
  }

  /// CRC-32, bit by bit.
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        let isOdd = sum & 1 == 1
        sum >>= 1
        if isOdd { sum ^= 0xEDB8_8320 }
      }
    }
    return ~sum
  }

  private func array(_ values: [Float], shape: String, kind: String = "<f4", order: String = "False") -> [UInt8] {
    let header = Array("{'descr': '\(kind)', 'fortran_order': \(order), 'shape': (\(shape)), }\n".utf8)
    var bytes: [UInt8] = [0x93]
    bytes += Array("NUMPY".utf8)
    bytes += [1, 0, UInt8(header.count), 0]
    bytes += header
    for value in values { withUnsafeBytes(of: value) { bytes += Array($0) } }
    return bytes
  }

  private func members(
    observations: [UInt8]? = nil, actions: [UInt8]? = nil, terminals: [UInt8]? = nil
  ) -> [(name: String, bytes: [UInt8])] {
    [
      ("observations.npy", observations ?? array([1, 2, 3, 4, 5, 6], shape: "3, 2")),
      ("actions.npy", actions ?? array([0, 0, 0], shape: "3, 1")),
      ("terminals.npy", terminals ?? array([0, 0, 1], shape: "3,")),
    ]
  }

  @Test func wrongArchivesAreOneLine() throws {
    #expect(try episodes(of: DatasetFile.open(archive(members()).path)).map(\.count) == [2])
    let cases: [(URL, String)] = [
      (try archive(Array(members().dropLast())), "terminals: missing"),
      (
        try archive(members(actions: array([0, 0], shape: "2, 1"))), "actions: has 2 rows, observations have 3"
      ),
      (
        try archive(members(observations: array([1, 2, 3, .nan, 5, 6], shape: "3, 2"))),
        "observations, row 1: component 1 is nan, expected a finite number"
      ),
      (
        try archive(members(terminals: array([0, 0.5, 1], shape: "3,"))),
        "terminals, row 1: is 0.5, expected true or false"
      ),
      (
        try archive(members(observations: array([1], shape: "3, 2, 1"))),
        "observations: an array of 3 axes; 1 or 2 are read"
      ),
      (
        try archive(members(observations: array([1], shape: "4000000000000000000, 100000"))),
        "observations: damaged: it claims 4000000000000000000 rows of 100000 numbers and holds 4 bytes"
      ),
      (
        try archive(members(observations: array([1, 2, 3, 4, 5, 6], shape: "3, 2", kind: "|O"))),
        "observations: is of the kind '|O'; numbers of at most 64 bits and truth values are read"
      ),
      (
        try archive(members(observations: array([1, 2, 3, 4, 5, 6], shape: "3, 2", order: "True"))),
        "observations: is stored column by column (Fortran's order); write it with numpy.ascontiguousarray"
      ),
      (try archive(members(observations: Array("hello, world".utf8))), "observations: no array of NumPy's"),
      (
        try archive(members(), claimed: 4_000_000_000),
        "damaged or truncated (a member claims more than the file holds)"
      ),
      (
        try archive(members(), claimed: 4_000_000_000, method: 8),
        "damaged or truncated (a member claims more than the file holds)"
      ),
      (
        try archive(members(), method: 8),
        "observations: damaged or truncated (it ends before the numbers that it claims)"
      ),
      (try archive(members(), method: 12), "is compressed by zip's method 12; stored and deflated members are read"),
      (try archive(members(), flags: 1), "is encrypted"),
      (try archive(members() + members()), "has two members of one name, 'observations.npy'"),
    ]
    for (url, expected) in cases { #expect(problem(url) == "\(url.lastPathComponent): \(expected)") }
    // A member's name is no path.
    let outside = try archive(members() + [("../../outside.npy", [1])])
    #expect(try episodes(of: DatasetFile.open(outside.path)).count == 1)
  }

  @Test func truncatedAndOtherThingsAreOneLine() throws {
    let good = try [UInt8](Data(contentsOf: fixture("formats/ogbench.npz")))
    let cut = folder.url.appending(path: "cut.npz")
    try Data(good.dropLast(30)).write(to: cut)
    #expect(problem(cut) == "cut.npz: not a zip archive, or truncated (its list of members is missing)")
    var flipped = try [UInt8](Data(contentsOf: archive(members())))
    let place = try #require(
      flipped.indices.dropLast(8).first { Array(flipped[$0..<$0 + 8]) == [0, 0, 128, 63, 0, 0, 0, 64] })
    flipped[place] = 1
    try Data(flipped).write(to: cut)
    #expect(problem(cut) == "cut.npz: observations: damaged (its checksum differs)")
    let pipe = folder.url.appending(path: "pipe.npz")
    try #require(mkfifo(pipe.path, 0o600) == 0)
    #expect(problem(pipe) == "pipe.npz: is a pipe, not a file")
  }

  @Test func whatMayNotBeReadIsOneLine() throws {
    let url = try archive(members())
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: url.path)
    // Root may read anything.
    let expected = getuid() == 0 ? "1 episodes" : "\(url.lastPathComponent): Permission denied"
    #expect(problem(url) == expected)
  }
}
