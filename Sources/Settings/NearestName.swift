/// Finds what a mistyped name was meant to be.
public enum NearestName {
  /// What a name may have been meant to be: the nearest known name, or where none is near, those that hold all of its
  /// words, such as `actor_learning_rate` and `critic_learning_rate` for `learning_rate`. Empty where nothing is near
  /// in meaning.
  public static func suggestions(for name: String, among known: [String]) -> [String] {
    let words = Self.words(name)
    let holding = known.filter { candidate in
      let other = Self.words(candidate)
      return other.count > words.count && words.allSatisfy(other.contains)
    }
    if words.count > 1, (2...6).contains(holding.count) { return holding }
    if let nearest = suggestion(for: name, among: known) { return [nearest] }
    return (1...6).contains(holding.count) ? holding : []
  }

  /// ``suggestions(for:among:)`` as a question, `did you mean 'a' or 'b'?`; nil without any.
  public static func question(for name: String, among known: [String]) -> String? {
    let names = suggestions(for: name, among: known).map { "'\($0)'" }
    guard let last = names.last else { return nil }
    let list = names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " or " + last
    return "did you mean \(list)?"
  }

  /// The known name with the least edit distance, the first of equals, if that is at most a third of the longer name,
  /// and of each of its words where both have as many.
  ///
  /// Edits are insertions, deletions, substitutions and swaps of neighbours. Case and the kind of dash don't count. A
  /// name of three letters or more also suggests one that it begins.
  public static func suggestion(for name: String, among known: [String]) -> String? {
    let wanted = folded(name)
    guard !wanted.isEmpty, wanted.count <= 200 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in known {
      let other = folded(candidate)
      let distance = editDistance(wanted, other)
      guard isNear(wanted, other, distance) || isShortened(wanted, other) else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// A long name can be near another by its last word alone, and mean something else.
  private static func isNear(_ first: [Character], _ second: [Character], _ distance: Int) -> Bool {
    func allows(_ first: Int, _ second: Int) -> Int { max(1, max(first, second) / 3) }
    guard distance <= allows(first.count, second.count) else { return false }
    let words = (first.split(separator: "-").map(Array.init), second.split(separator: "-").map(Array.init))
    guard words.0.count == words.1.count else { return true }
    return zip(words.0, words.1).allSatisfy { editDistance($0, $1) <= allows($0.count, $1.count) }
  }

  private static func words(_ name: String) -> [String] {
    folded(name).split { $0 == "-" || $0 == "." }.map { String($0) }
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
