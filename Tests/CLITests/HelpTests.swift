import Testing

/// What each command says of itself: found by asking, so that a new command is looked at too.
struct HelpTests {
  private static func help(_ command: [String]) throws -> [String] {
    let result = try Command().run(command + ["--help"])
    #expect(result.status == 0, "\(command)")
    return result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The names at the left of a section, such as SUBCOMMANDS, with what is said of each.
  private static func entries(_ section: String, of lines: [String]) -> [(name: String, text: String)] {
    guard let start = lines.firstIndex(of: "\(section):") else { return [] }
    var entries: [(name: String, text: String)] = []
    for line in lines[(start + 1)...].prefix(while: { !$0.isEmpty }) {
      if line.hasPrefix("   ") {
        if !entries.isEmpty { entries[entries.count - 1].text += " " + line.trimmingPrefix(/\s+/) }
      } else if let match = line.wholeMatch(of: /\ \ (\S+?(?: <[^>]*>)?(?: \.\.\.)?(?:, \S+)*)(?:\s+(\S.*))?/) {
        entries.append((String(match.1), String(match.2 ?? "")))
      }
    }
    return entries
  }

  private static func commands(under path: [String]) throws -> [(command: [String], lines: [String])] {
    let lines = try help(path)
    return try [(path, lines)] + entries("SUBCOMMANDS", of: lines).flatMap { try commands(under: path + [$0.name]) }
  }

  @Test func everyCommandExplainsItself() throws {
    let commands = try Self.commands(under: [])
    #expect(commands.count > 25)
    for (command, lines) in commands {
      #expect(lines.first.map { $0.hasPrefix("OVERVIEW: ") && $0.count > 15 } == true, "\(command)")
      #expect(lines.contains { $0.hasPrefix("USAGE: sinew") }, "\(command)")
      for line in lines where !line.hasPrefix("USAGE:") { #expect(line.count <= 80, "\(command): \(line)") }
      for section in ["ARGUMENTS", "OPTIONS", "SUBCOMMANDS"] {
        for (name, text) in Self.entries(section, of: lines) { #expect(!text.isEmpty, "\(command): \(name)") }
      }
    }
  }

  @Test func withoutArgumentsItHelps() throws {
    let result = try Command().run([])
    #expect(result.status == 0)
    #expect(try result.output == Command().run(["--help"]).output)
  }

  @Test func trainNamesEveryAlgorithm() throws {
    let text = try Self.help(["train"]).joined(separator: " ")
    for name in [
      "sac", "td3", "td3-bc", "iql", "bc", "diffusion-policy", "flow-policy", "reinforce", "tqc", "crossq", "xqc",
      "flash-sac", "simba-v2", "fast-td3", "fast-sac", "awac", "cql", "rebrac", "edac", "a2pr",
    ] {
      #expect(text.contains(name), "\(name)")
    }
  }
}
