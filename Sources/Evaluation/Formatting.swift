import Foundation

/// A figure as people read it: about four significant digits, no exponent in the usual range.
package func short(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  let magnitude = abs(value)
  if magnitude >= 1e7 || (magnitude < 1e-3 && magnitude > 0) { return String(format: "%.3g", value) }
  return String(
    format: magnitude >= 10_000 ? "%.0f" : magnitude >= 10 ? "%.1f" : magnitude >= 1 ? "%.2f" : "%.3f", value)
}

/// A value that is not finite, by its name without a sign that says nothing.
package func nonFinite(_ value: some BinaryFloatingPoint) -> String { value.isNaN ? "nan" : "\(value)" }

/// A whole number with thousands separated, such as 200,000.
package func grouped(_ value: Int) -> String {
  var digits = String(abs(value))
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
}

/// A duration as a clock: 4:07, or 1:02:03.
package func clock(_ seconds: Double) -> String {
  let total = seconds.isFinite ? Int(max(0, min(seconds, 3.6e8)).rounded()) : 0
  let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
  return hours > 0 ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
}
