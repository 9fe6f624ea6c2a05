/// Finds what a mistyped name was meant to be.
public enum NearestName {
  /// The known name with the least edit distance, the first of equals, if that is at most a third of the longer name.
  ///
  /// Edits are insertions, deletions, substitutions and swaps of neighbours. Case and the kind of dash don't count. A name
  /// of three letters or more also suggests one that it begins.
  public static func suggestion(for name: String, among known: [String]) -> String? {
    let wanted = folded(name)
    guard !wanted.isEmpty, wanted.count <= 200 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in known {
      let other = folded(candidate)
      let distance = editDistance(wanted, other)
      guard distance <= max(1, max(wanted.count, other.count) / 3) || isShortened(wanted, other) else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  private static func folded(_ name: String) -> [Character] {
    name.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 }
  }

  /// `cartpole` for `cartpole-swingup`.
  private static func isShortened(_ name: [Character], _ known: [Character]) -> Bool {
    name.count >= 3 && known.starts(with: name)
  }

  /// Optimal string alignment distance.
  private static func editDistance(_ first: [Character], _ second: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for i in first.indices {
      var row = [i + 1]
      for j in second.indices {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (first[i] == second[j] ? 0 : 1))
        if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[second.count]
  }
}
