extension String {
  /// The text as it can be shown on a terminal, whoever wrote it: characters that would command the terminal, or change
  /// the order in which text is read, become `\u001b` and the like (which JSON reads back).
  ///
  /// - Parameter keepingLines: whether ends of lines and tabs stay as they are.
  public func printable(keepingLines: Bool = false) -> String {
    guard unicodeScalars.contains(where: { $0.isCommand(keepingLines) }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar.isCommand(keepingLines) {
        let digits = String(scalar.value, radix: 16)
        result.append(
          contentsOf: ("\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension Unicode.Scalar {
  fileprivate func isCommand(_ keepsLines: Bool) -> Bool {
    switch value {
    case 0x0A, 0x09: !keepsLines
    // C0 and C1 controls, separators of lines, and what turns the direction of text.
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
