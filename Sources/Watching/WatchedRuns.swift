import Foundation
import SinewEvaluation
import SinewFiles
import SinewSettings
import SinewTraining

/// Runs that are followed while they are trained: those that paths name, also once they appear later.
actor WatchedRuns {
  private let paths: [String]
  private var followed: [String: Followed] = [:]
  private var order: [String] = []
  private var lastLook: ContinuousClock.Instant?
  private var version = 0

  private struct Followed {
    let name: String
    let folder: RunFolder
    var follower: RunFollower?
    var problem: String?
  }

  /// A run as it was last seen.
  struct Run: Sendable {
    /// What its pages are called: the folder's name, with a number where another has the same.
    let name: String
    /// Where it is.
    let folder: RunFolder
    /// What it has reported; nil where that cannot be read.
    let history: RunHistory?
    /// Why not, or that it has been deleted; nil where all is well.
    let problem: String?
  }

  /// All runs as they were last seen; `version` is another whenever anything is.
  struct Sight: Sendable {
    let version: Int
    let runs: [Run]
  }

  /// - Parameter paths: run folders, folders of runs, or patterns; there may be nothing there yet.
  init(_ paths: [String]) { self.paths = paths }

  /// Looks at the runs, but not more than twice a second, however many ask: of each log what was appended is read.
  func look() -> Sight {
    if lastLook.map({ $0.duration(to: .now) >= .milliseconds(500) }) ?? true {
      follow()
      lastLook = .now
    }
    return Sight(
      version: version,
      runs: order.compactMap { followed[$0] }.map {
        Run(
          name: $0.name, folder: $0.folder, history: $0.problem == nil ? $0.follower?.history : nil,
          problem: $0.problem)
      })
  }

  private func follow() {
    var found: Set<String> = []
    for folder in paths.flatMap({ (try? RunFolder.find($0)) ?? [] }) {
      let key = folder.url.standardizedFileURL.path
      guard found.insert(key).inserted, followed[key] == nil else { continue }
      followed[key] = Followed(name: freeName(key), folder: folder)
      order.append(key)
      version += 1
    }
    order.sort { $0.compare($1, options: .numeric) == .orderedAscending }
    for key in order {
      guard var run = followed[key] else { continue }
      let before = run.problem
      if found.contains(key) {
        do {
          if try read(&run) { version += 1 }
          run.problem = nil
        } catch {
          run.problem = firstLine("\(error)")
        }
      } else {
        (run.follower, run.problem) = (nil, "deleted")
      }
      if run.problem != before { version += 1 }
      followed[key] = run
    }
  }

  private func read(_ run: inout Followed) throws -> Bool {
    if run.follower != nil { return try run.follower?.update() ?? false }
    run.follower = try RunFollower(run.folder)
    return true
  }

  private func freeName(_ path: String) -> String {
    let name = URL(filePath: path).lastPathComponent
    let taken = Set(followed.values.map(\.name))
    return ([name] + (2...(taken.count + 2)).map { "\(name)~\($0)" }).first { !taken.contains($0) } ?? name
  }
}
