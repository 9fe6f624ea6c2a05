/// A self-contained page: a title, paragraphs, charts and tables, in light and dark.
package func page(title: String, body: String) -> String {
  """
  <!doctype html>
  <html lang="en"><head><meta charset="utf-8"><title>\(escaped(title))</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <style>
  :root { color-scheme: light dark; --grid: #8884; --soft: #2563eb33; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 0; } p { margin: .3rem 0 1rem; }
  figure { margin: 1.5rem 0; } svg { width: 100%; height: auto; } .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
  th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--grid); white-space: nowrap; }
  th, th:first-child, td:first-child { white-space: normal; } th:first-child, td:first-child { text-align: left; } .best { font-weight: 600; background: var(--soft); }
  </style></head><body>
  <h1>\(escaped(title))</h1>
  \(body)
  </body></html>

  """
}

/// A table of a page.
package func htmlTable(_ header: [String], _ rows: [[String]], best: Int? = nil) -> String {
  let body = rows.enumerated().map { index, cells in
    "<tr\(index == best ? " class=\"best\"" : "")>" + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
  }
  return "<div class=\"wide\"><table><thead><tr>" + header.map { "<th>\(escaped($0))</th>" }.joined()
    + "</tr></thead><tbody>\n" + body.joined(separator: "\n") + "\n</tbody></table></div>"
}

/// Text for HTML and XML: markup escaped, characters that XML forbids left out.
package func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
    case "\u{0}"..."\u{1f}", "\u{7f}", "\u{fffe}", "\u{ffff}": continue
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
