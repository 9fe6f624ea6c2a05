import Foundation
import SinewFiles

/// Streams the demonstrations of a robomimic file: a group `data` with `demo_0`, `demo_1`, …, each with `obs`, `actions`,
/// `rewards` and, mostly, `next_obs` and `dones`.
///
/// An observation is every array of `obs` that has one number or one row a step, in the order of their names, which are
/// kept; pictures are left out, which ``notes`` tell. `dones` end nothing here: robomimic sets them at a success, at the
/// last step or at both, so that an episode counts as cut off. Its final observation is the last row of `next_obs`; where
/// there is none it loses its last step. `mask` (which demonstrations are for training) and `states` are not read.
///
/// Actions are in [−1, 1], as robosuite's controllers take them.
///
/// Source: Mandlekar et al., "What Matters in Learning from Offline Human Demonstrations for Robot Manipulation", arXiv
/// 2108.03298; robomimic 0.3, "Dataset contents and overview".
public struct RobomimicSource: EpisodeSource {
  public let info: DatasetInfo
  public let episodeCount: Int
  public let transitionCount: Int
  public let notes: [String]

  private let fields: EpisodeFields
  private let demonstrations: [Demonstration]
  private let parts: [ObservationPart]
  private var position = 0

  private struct Demonstration {
    /// Below `data`, with a slash at its end.
    var group: String
    /// Rows of its actions.
    var rows: Int
    var hasNext: Bool
  }

  /// More than any file has, each a few requests.
  private static let mostDemonstrations = 1 << 20

  static func isRobomimic(_ file: HDF5File) throws -> Bool {
    do { return try file.entries(of: "data")?.contains(where: isDemonstration) == true } catch is DatasetError {
      // An array of that name: of another layout, whose reader says what is wrong.
      return false
    }
  }

  private static func isDemonstration(_ entry: HDF5File.Entry) -> Bool {
    entry.axes == nil && number(entry.name) != nil
  }

  /// Of "demo_17".
  private static func number(_ name: String) -> Int? {
    name.hasPrefix("demo_") ? Int(name.dropFirst(5)).flatMap { $0 >= 0 ? $0 : nil } : nil
  }

  init(_ file: HDF5File) throws {
    let fields = EpisodeFields(file)
    func entries(_ group: String) throws -> [HDF5File.Entry] {
      do { return try file.entries(of: group) ?? [] } catch let error as DatasetError {
        throw fields.error(group, error.problem)
      }
    }
    let numbers = try entries("data").filter(Self.isDemonstration).compactMap { Self.number($0.name) }.sorted()
    guard let first = numbers.first else { throw fields.error("data", "has no demo_0") }
    guard numbers.count <= Self.mostDemonstrations else {
      throw fields.error("data", "has more than \(Self.mostDemonstrations) demonstrations")
    }
    let found = try entries("data/demo_\(first)/obs").sorted { $0.name < $1.name }
    let kept = found.filter { $0.axes == 1 || $0.axes == 2 }
    guard !kept.isEmpty else {
      throw fields.error(
        "data/demo_\(first)/obs",
        "has no array of numbers; robomimic's dataset_states_to_obs.py makes them from recorded states")
    }
    parts = try kept.map { entry in
      ObservationPart(name: entry.name, size: try fields.extent("data/demo_\(first)/obs/\(entry.name)").columns)
    }
    let leftOut = found.filter { ($0.axes ?? 3) > 2 || $0.axes == 0 }.map { $0.name.printable() }
    notes = leftOut.isEmpty ? [] : ["pictures and other parts are left out: \(leftOut.joined(separator: ", "))"]
    demonstrations = try numbers.map { number in
      let group = "demo_\(number)/"
      return Demonstration(
        group: group, rows: try fields.extent("data/\(group)actions").rows,
        hasNext: try fields.has("data/\(group)next_obs/\(kept[0].name)"))
    }
    let steps = demonstrations.map { max(0, $0.hasNext ? $0.rows : $0.rows - 1) }
    (episodeCount, transitionCount) = (steps.count { $0 > 0 }, steps.reduce(0, +))
    let actionSize = try fields.extent("data/demo_\(first)/actions").columns
    info = DatasetInfo(
      name: String(file.path.split(separator: "/").last?.split(separator: ".").first ?? "dataset"),
      environment: try Self.environment(file), observationSize: parts.reduce(0) { $0 + $1.size },
      observationParts: parts, actionLow: Array(repeating: -1, count: actionSize),
      actionHigh: Array(repeating: 1, count: actionSize))
    self.fields = fields
  }

  /// What `env_args` call it.
  private static func environment(_ file: HDF5File) throws -> String? {
    guard case .text(let text)? = try file.attribute("data/env_args"),
      let table = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any],
      let name = table["env_name"] as? String
    else { return nil }
    return String(name.prefix(256)).printable()
  }

  public mutating func next() throws -> EpisodeData? {
    while position < demonstrations.count {
      let demonstration = demonstrations[position]
      position += 1
      let steps = demonstration.hasNext ? demonstration.rows : demonstration.rows - 1
      guard steps > 0 else { continue }
      func read(_ field: String, _ columns: Int, _ rows: Range<Int>) throws -> [Float] {
        try fields.read(demonstration.group + field, in: "data/", columns: columns, rows: rows)
      }
      var columns = try parts.map { try read("obs/\($0.name)", $0.size, 0..<demonstration.rows) }
      if demonstration.hasNext {
        for (index, part) in parts.enumerated() {
          columns[index] += try read("next_obs/\(part.name)", part.size, steps - 1..<steps)
        }
      }
      return EpisodeData(
        observations: EpisodeFields.rows(of: columns, sizes: parts.map(\.size), count: steps + 1),
        actions: try read("actions", info.actionSize, 0..<steps),
        rewards: try read("rewards", 1, 0..<steps),
        terminated: false, truncated: true)
    }
    return nil
  }
}
