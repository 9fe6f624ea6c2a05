import Foundation

/// A figure with one decimal, as the text output shows returns.
func figure(_ value: Double) -> String { String(format: "%.1f", value) }

/// The rows of a table, columns aligned at the right.
func aligned(_ rows: [[String]]) -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    row.indices.map { String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }.joined(separator: "  ")
  }
}
