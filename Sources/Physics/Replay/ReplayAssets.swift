import Foundation

/// The page's template, style and scripts: files in `Assets`.
enum ReplayAssets {
  /// The scripts in the order in which they depend on each other.
  static let scripts = [
    "geometry.js", "recording.js", "camera.js", "renderer.js", "sketch.js", "plot.js", "page.js",
  ]

  static func script() throws(ReplayError) -> String {
    var parts: [String] = []
    for name in scripts { parts.append(try text(name)) }
    return parts.joined(separator: "\n")
  }

  /// Text of an asset.
  ///
  /// `Bundle.module` would end the process where the folder is missing, so it is found by hand: SwiftPM puts it beside
  /// the executable.
  static func text(_ name: String) throws(ReplayError) -> String {
    let folder = Bundle.main.bundleURL.appendingPathComponent("Sinew_SinewPhysics.resources/Assets")
    guard let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) else {
      throw ReplayError("replay: \(name) is missing in \(folder.path); keep that folder beside the executable")
    }
    return text
  }

  /// The template with each `{{name}}` replaced, in one pass, so that replacements are never searched themselves.
  static func filled(_ template: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = Substring(template)
    while let open = rest.range(of: "{{"), let close = rest[open.upperBound...].range(of: "}}") {
      result += rest[..<open.lowerBound]
      let name = String(rest[open.upperBound..<close.lowerBound])
      result += values[name] ?? ""
      rest = rest[close.upperBound...]
    }
    return result + rest
  }
}
