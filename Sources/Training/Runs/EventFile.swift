import Foundation
import SinewFiles
import SinewSettings

/// A run's figures as TensorBoard reads them: `events.out.tfevents.*`, records of the messages `Event` and `Summary`.
///
/// Only what is needed of the messages is written, field by field; the numbers beside the fields are those of
/// TensorFlow's `event.proto`, `summary.proto`, `tensor.proto` and the hyper-parameter plugin's `plugin_data.proto`.
final class EventFile {
  private let records: AppendedFile

  /// Opens the folder's event file, or begins one with the settings as hyper-parameters, and drops what was written
  /// after `step` and a last record that a kill cut short.
  init(in folder: URL, keepingUpTo step: Int, settings: ValueTree) throws {
    let existing = try FileSystem.names(in: folder).filter(Self.isName).sorted().first
    // TensorBoard sorts a run's files by the time in their names.
    let name = existing ?? "\(Self.prefix)\(Int(Date().timeIntervalSince1970)).sinew"
    var isEmpty = true
    records = try AppendedFile(folder.appending(path: name)) { data in
      let kept = Self.extent(of: data, upTo: step)
      isEmpty = kept == 0
      return kept
    }
    if isEmpty {
      try append(event(step: 0) { $0.text(3, "brain.Event:2") })
      try append(event(step: 0) { $0.message(5) { $0.message(1) { Self.hyperparameters(settings, into: &$0) } } })
    }
  }

  private static let prefix = "events.out.tfevents."

  /// Whether a file of that name is one of these.
  static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// Appends the figures of a step, each under its name.
  func write(step: Int, _ values: [(name: String, value: Double)]) throws {
    guard !values.isEmpty else { return }
    try append(
      event(step: step) { event in
        event.message(5) { summary in
          for (name, value) in values {
            summary.message(1) {
              $0.text(1, Self.tag(name))
              $0.float(2, Float(value))
            }
          }
        }
      })
  }

  /// Appends a text in Markdown.
  func write(step: Int, _ name: String, text: String) throws {
    try append(
      event(step: step) { event in
        event.message(5) { summary in
          summary.message(1) { value in
            value.text(1, name)
            value.message(9) { $0.message(1) { $0.text(1, "text") } }
            value.message(8) { tensor in
              tensor.integer(1, 7)  // DT_STRING
              tensor.message(2) { $0.message(2) { $0.integer(1, 1) } }
              tensor.text(8, text)
            }
          }
        }
      })
  }

  /// Makes the records so far survive a power cut.
  func synchronize() throws { try records.synchronize() }

  /// TensorBoard groups figures by what stands before a slash.
  private static func tag(_ name: String) -> String {
    let prefix = "evaluation_"
    return name.hasPrefix(prefix) ? "evaluation/" + name.dropFirst(prefix.count) : "training/" + name
  }

  private func event(step: Int, _ content: (inout ProtocolBuffer) -> Void) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.double(1, Date().timeIntervalSince1970)
    event.integer(2, UInt64(step))
    content(&event)
    return event
  }

  /// One `Summary.Value` that the hyper-parameter plugin takes: `HParamsPluginData.session_start_info`.
  private static func hyperparameters(_ settings: ValueTree, into value: inout ProtocolBuffer) {
    var data = ProtocolBuffer()
    data.message(3) { session in
      for (key, setting) in settings.leaves {
        session.message(1) { entry in
          entry.text(1, key)
          entry.message(2) { $0.value(setting) }
        }
      }
      session.double(5, Date().timeIntervalSince1970)
    }
    value.text(1, "_hparams_/session_start_info")
    value.message(9) { metadata in
      metadata.message(1) {
        $0.text(1, "hparams")
        $0.bytes(2, data.data)
      }
    }
    // An empty scalar: newer versions drop values that carry no tensor.
    value.message(8) { tensor in
      tensor.integer(1, 1)  // DT_FLOAT
      tensor.message(2) { _ in }
    }
  }

  /// A record: length, its checksum, the bytes, their checksum.
  private func append(_ event: ProtocolBuffer) throws {
    var record = Data()
    let length = withUnsafeBytes(of: UInt64(event.data.count).littleEndian) { Data($0) }
    record += length
    record += withUnsafeBytes(of: Checksum.masked(length).littleEndian) { Data($0) }
    record += event.data
    record += withUnsafeBytes(of: Checksum.masked(event.data).littleEndian) { Data($0) }
    try records.append(record)
  }

  /// How many bytes are whole records of steps up to `step`.
  private static func extent(of data: Data, upTo step: Int) -> Int {
    let bytes = [UInt8](data)
    func number(at offset: Int, bytes count: Int) -> UInt64 {
      bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var offset = 0
    while bytes.count - offset >= 16 {
      let length = number(at: offset, bytes: 8)
      guard length <= UInt64(bytes.count - offset - 16) else { break }
      let start = offset + 12
      let end = start + Int(length)
      let body = bytes[start..<end]
      guard number(at: offset + 8, bytes: 4) == UInt64(Checksum.masked(bytes[offset..<offset + 8])),
        number(at: end, bytes: 4) == UInt64(Checksum.masked(body)),
        let written = ProtocolBuffer.integer(2, in: body), step >= 0, written <= UInt64(step)
      else { break }
      offset = end + 4
    }
    return offset
  }
}

extension ValueTree {
  /// Every value that is no table, with its keys joined by dots.
  fileprivate var leaves: [(key: String, value: ValueTree)] {
    entries.flatMap { entry in
      entry.value.kind == .table
        ? entry.value.leaves.map { ("\(entry.key).\($0.key)", $0.value) } : [(entry.key, entry.value)]
    }
  }
}

extension ProtocolBuffer {
  /// A `google.protobuf.Value`.
  fileprivate mutating func value(_ setting: ValueTree) {
    switch setting {
    case .integer(let value): double(2, Double(value))
    case .number(let value): double(2, value)
    case .boolean(let value): integer(4, value ? 1 : 0)
    case .text(let value): text(3, value)
    default: text(3, setting.json)
    }
  }
}
