/// The page's template, style and scripts: the files in `Assets`, which the build puts into the binary.
enum ReplayAssets {
  static var page: String { text(PackageResources.page_html) }
  static var style: String { text(PackageResources.page_css) }
  /// The scripts in the order in which they depend on each other.
  static var script: String {
    [
      PackageResources.geometry_js, PackageResources.recording_js, PackageResources.camera_js,
      PackageResources.renderer_js, PackageResources.sketch_js, PackageResources.plot_js, PackageResources.page_js,
    ].map(text).joined(separator: "\n")
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The template with each `{{name}}` replaced, in one pass, so that replacements are never searched themselves.
  static func filled(_ template: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = Substring(template)
    while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
      result += rest[..<open.lowerBound]
      result += values[String(rest[open.upperBound..<close.lowerBound])] ?? ""
      rest = rest[close.upperBound...]
    }
    return result + rest
  }
}
