import Foundation
import Testing

/// The documents, as somebody reads them who begins at the README.
struct DocumentationTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The documents that a document links to, by path from the package's folder.
  private func links(of name: String) throws -> [String] {
    let text = try String(contentsOf: Self.root.appending(path: name), encoding: .utf8)
    let folder = Self.root.appending(path: name).deletingLastPathComponent()
    return try text.matches(
      of: Regex("\\]\\(([^)#: ]+)(?: \"[^\"]*\")?(#[^)]*)?\\)", as: (Substring, Substring, Substring?).self)
    ).map {
      match in
      let place = folder.appending(path: String(match.1)).standardizedFileURL
      #expect(FileManager.default.fileExists(atPath: place.path), "\(name) links to \(match.1)")
      return String(place.path.dropFirst(Self.root.path.count + 1))
    }
  }

  @Test func everyDocumentIsReachable() throws {
    var (reached, left) = (Set<String>(), ["README.md"])
    while let next = left.popLast() {
      guard reached.insert(next).inserted, next.hasSuffix(".md") else { continue }
      left += try links(of: next)
      // A folder that is linked to shows the pages in it.
    }
    let folders = [
      "Documentation", "Documentation/algorithms", "Benchmarks", "Benchmarks/experiments", "Datasets/policies",
    ]
    for folder in folders {
      let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path)
      for name in names where name.hasSuffix(".md") {
        #expect(reached.contains("\(folder)/\(name)"), "\(folder)/\(name)")
      }
    }
  }

  /// Figures that stand in two places are the same.
  @Test func datasetsSayTheirReferenceReturns() throws {
    let recipes = Self.root.appending(path: "Datasets/Recipes")
    let recipe = try String(contentsOf: recipes.appending(path: "hopper-expert.yaml"), encoding: .utf8)
    let match = try #require(
      recipe.firstMatch(of: Regex("random: ([0-9.]+), expert: ([0-9.]+)", as: (Substring, Substring, Substring).self)))
    let page = try String(contentsOf: Self.root.appending(path: "Documentation/datasets.md"), encoding: .utf8)
    #expect(page.contains("random = \(match.1) and expert = \(match.2)"))
  }
}
