import Foundation
import Testing

/// What `sinew dataset` makes, says and leaves behind where it cannot.
@Suite(.serialized)
struct DatasetCommandTests {
  let command: Command

  init() throws { command = try Command() }

  private func recipe(_ text: String, name: String = "tiny") throws -> String {
    let file = command.path("Recipes/\(name).yaml")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  private let tiny = """
    description: a test
    environment: hopper
    reference_returns: {random: 10, expert: 110}
    parts:
      - {policy: random, transitions: 2000}
      - {policy: random, noise: 0.1, episodes: 3}
    """

  @Test func aRecipeIsMadeDescribedAndConverted() throws {
    let recipe = try recipe(tiny)
    for out in ["a/tiny-v0", "b/tiny-v0"] {
      let made = try command.run(["dataset", "generate", recipe, "--out", out])
      #expect(made.status == 0, "\(made.errors)")
    }
    let files = try contents(of: command.path("a"))
    #expect(files.count == 2)
    #expect(try contents(of: command.path("b")) == files)

    let info = try command.run(["dataset", "info", "a/tiny-v0", "--json"])
    let figures = try #require(JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: Any])
    let episodes = try #require(figures["episodes"] as? Int)
    #expect(try #require(figures["transitions"] as? Int) > 2000)
    #expect(figures["observation_size"] as? Int == 11)
    #expect((figures["terminated"] as? Int ?? 0) >= episodes - 1)
    let mean = try #require(figures["return_mean"] as? Double)
    #expect(abs(try #require(figures["normalized_score"] as? Double) - (mean - 10)) < 1e-9)

    #expect(try command.run(["dataset", "convert", "a/tiny-v0", "--out", "c-v0"]).status == 0)
    let converted = try contents(of: command.path("c-v0"))
    #expect(converted["data/main_data.hdf5"] == files["tiny-v0/data/main_data.hdf5"])
    let valid = try command.run(["dataset", "validate", "c-v0"])
    #expect(valid.output.hasPrefix("valid: \(episodes) episodes"))
  }

  @Test func theListNamesEveryRecipe() throws {
    let list = try command.run(["dataset", "list", "--json"])
    let entries = try #require(JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]])
    let names = entries.compactMap { $0["name"] as? String }
    for name in ["hopper-expert", "hopper-medium", "hopper-medium-expert", "hopper-mixed-10", "hopper-random"] {
      #expect(names.contains(name), "\(name)")
    }
  }

  /// What is kept is used again, until the recipe is another.
  @Test func aDatasetIsMadeOnce() throws {
    let data = ["SINEW_DATA": command.path("data").path]
    func info(_ text: String) throws -> (transitions: Int?, note: String, made: Date?) {
      let result = try command.start(["dataset", "info", recipe(text), "--json"], environment: data).finish()
      let figures = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      let file = command.path("data/tiny-v0/data/main_data.hdf5").path
      let made = try FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date
      return (figures?["transitions"] as? Int, result.errors, made)
    }
    let text = "environment: hopper\nparts: [{policy: random, transitions: 50}]"
    let first = try info(text)
    #expect(first.transitions == 50)
    #expect(first.note.hasPrefix("making tiny in "))
    let second = try info(text)
    #expect(second.note.isEmpty && second.made == first.made)
    let third = try info(text.replacing("50", with: "60"))
    #expect(third.transitions == 60)
  }

  @Test func whatCannotBeIsOneLine() throws {
    let recipe = try recipe(tiny)
    #expect(try command.run(["dataset", "generate", recipe, "--out", "taken"]).status == 0)
    let wrong = try self.recipe(tiny.replacing("transitions", with: "transition"), name: "wrong")
    let before = try contents(of: command.folder)
    let cases: [([String], Int32, String)] = [
      (["generate", "hopper-mediun"], 2, "unknown dataset 'hopper-mediun'; did you mean 'hopper-medium'?"),
      (["info", "none/at-all"], 1, "none/at-all: No such file or folder"),
      (["generate", wrong, "--out", "x"], 2, "unknown key 'transition'; did you mean 'transitions'?"),
      (["convert", "taken", "taken"], 1, "taken: exists; name another folder, or remove it first"),
      (["convert", "taken", "taken/data/metadata.json/x"], 1, "cannot be written: Not a directory"),
      (["generate", "hopper-random", "--out", "Recipes", "--force"], 2, "Recipes is no dataset: not replaced"),
    ]
    for (arguments, status, line) in cases {
      let result = try command.run(["dataset"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.hasPrefix("sinew: ") && result.errors.hasSuffix(line + "\n"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    let after = try contents(of: command.folder)
    #expect(
      Set(after.keys.filter { !$0.hasPrefix("out-") && !$0.hasPrefix("errors-") })
        == Set(before.keys.filter { !$0.hasPrefix("out-") && !$0.hasPrefix("errors-") }))
  }

  @Test(.enabled(if: getuid() == 0, "mounting a full disk takes root"))
  func aFullDiskLeavesNothing() throws {
    let recipe = try recipe(tiny)
    let place = command.path("disk")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try #require(mount("tmpfs", place.path, "tmpfs", 0, "size=64k") == 0)
    defer { umount(place.path) }
    let result = try command.run(["dataset", "generate", recipe, "--out", "disk/tiny-v0"])
    #expect(result.status == 1)
    #expect(result.errors == "sinew: disk/tiny-v0: cannot be written: No space left on device\n")
    #expect(try contents(of: place).isEmpty)
  }
}
