import ArgumentParser

extension EnvironmentCommand {
  struct Terms: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what a task.yaml can say: keys, and terms with their settings.",
      discussion: "Documentation/tasks.md is the same as a page; --markdown prints it.")

    @Argument(help: ArgumentHelp("Only the term of that name, with an example.", valueName: "term"))
    var term: String?

    @Flag(help: "Print the whole reference as Markdown.")
    var markdown = false

    @OptionGroup var output: OutputOptions

    private struct Reference: Encodable {
      var keys = TaskReference.keys
      var model = TaskReference.model
      var maze = TaskReference.maze
      var terrain = TaskReference.terrain
      var pushes = TaskReference.pushes
      var distributions = TaskReference.distributions
      var terms: [TaskReference.Term]
    }

    func run() throws {
      if markdown { return try printLine(String(TaskReference.markdown.dropLast())) }
      let known = EnvironmentAdditions.current.terms.references
      let terms = known.filter { term == nil || $0.name == term }
      if let term, terms.isEmpty {
        throw UnknownNameError(kind: "term", name: term, known: Array(Set(known.map(\.name))).sorted())
      }
      try output.print(text(terms), json: ValueTree(encoding: Reference(terms: terms)))
    }

    private func text(_ terms: [TaskReference.Term]) -> String {
      if term != nil { return terms.map(detail).joined(separator: "\n\n") }
      let keys = ["keys of a task.yaml"] + rows(TaskReference.keys.map { ("\($0.key)", $0.meaning) })
      let sections = TaskReference.Section.allCases.filter { $0 != .success }.map { section in
        let names = terms.filter { $0.section == section }.map { ($0.name, $0.summary) }
        return (["", "terms of \(section.rawValue)"] + rows(names)).joined(separator: "\n")
      }
      let more = [
        "", "'sinew env terms NAME' has a term's settings and an example; success takes the terms of termination",
      ]
      return (keys + sections + more).joined(separator: "\n")
    }

    private func rows(_ entries: [(name: String, text: String)]) -> [String] {
      let width = entries.map(\.name.count).max() ?? 0
      return entries.map { "  " + $0.name.padding(toLength: width, withPad: " ", startingAt: 0) + "  \($0.text)" }
    }

    private func detail(_ term: TaskReference.Term) -> String {
      let settings = rows(
        term.settings.map { ($0.key, "\($0.value), \($0.usual.map { "default \($0)" } ?? "required"): \($0.meaning)") })
      return
        (["\(term.name), a term of \(term.section.rawValue): \(term.summary)"] + settings + [
          "  example: \(term.example)"
        ])
        .joined(separator: "\n")
    }
  }
}
