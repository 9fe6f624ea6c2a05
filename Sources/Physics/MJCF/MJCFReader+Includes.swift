import Foundation

extension MJCFReader {
  /// The tree with every `include` replaced by what the file holds.
  func including(_ root: MarkupElement) throws(ModelError) -> MarkupElement {
    var budget = IncludeBudget()
    budget.elements = Self.count(root)
    return try including(root, folder: folder, open: [mainPath], &budget)
  }

  private struct IncludeBudget {
    var files = 0
    var elements = 0
  }

  static func count(_ element: MarkupElement) -> Int { element.children.reduce(1) { $0 + count($1) } }

  private func including(
    _ element: MarkupElement, folder: URL?, open: [String], _ budget: inout IncludeBudget
  ) throws(ModelError) -> MarkupElement {
    var result = element
    result.children = []
    for child in element.children {
      guard child.name == "include" else {
        result.children.append(try including(child, folder: folder, open: open, &budget))
        continue
      }
      guard let name = child.attributes["file"]?.text, !name.isEmpty else {
        throw child.error("needs the attribute 'file'")
      }
      if let other = child.attributes.keys.sorted().first(where: { $0 != "file" }) {
        throw child.error("attribute '\(other.prefix(60))' is not one of MJCF's; it takes file")
      }
      guard let folder, let base = self.folder else {
        throw child.error("names the file '\(name.prefix(200))', but the model is a text without a place")
      }
      // MuJoCo looks beside the main file; files that include each other in a folder of their own mean that one.
      let candidates = [URL(fileURLWithPath: name, relativeTo: base), URL(fileURLWithPath: name, relativeTo: folder)]
      guard let url = candidates.first(where: ModelFile.exists) else {
        throw child.error("there is no file '\(name.prefix(200))' in \(base.path)")
      }
      let path = url.resolvingSymlinksInPath().standardizedFileURL.path
      guard !open.contains(path) else {
        throw child.error("the file '\(name.prefix(200))' includes itself")
      }
      budget.files += 1
      guard budget.files <= ImportLimits.files else {
        throw child.error("more than \(ImportLimits.files) files are included")
      }
      guard open.count < 16 else { throw child.error("files include each other more than 16 deep") }
      let tree = try MarkupParser.parse(try ModelFile.text(of: url), source: url.lastPathComponent)
      guard tree.name.hasPrefix("mujoco") else {
        throw ModelError(
          source: tree.source, line: tree.line,
          message: "the root element is '\(tree.name.prefix(60))', not 'mujoco' or 'mujocoinclude'")
      }
      budget.elements += Self.count(tree)
      guard budget.elements <= ImportLimits.elements else {
        throw child.error("more than \(ImportLimits.elements) elements with what is included")
      }
      let whole = try including(tree, folder: url.deletingLastPathComponent(), open: open + [path], &budget)
      result.children += whole.children
    }
    return result
  }

  private var mainPath: String {
    folder?.appendingPathComponent(source).resolvingSymlinksInPath().standardizedFileURL.path ?? source
  }
}
