import Foundation
import SinewFiles
import SinewKernels
import Synchronization

/// Runs of plans as a Chrome trace, for chrome://tracing and ui.perfetto.dev: each plan a process, each thread a row.
///
/// `SINEW_TRACE=file.json` asks for one. It then holds the run number ``runOfInterest`` of every plan that gets so far,
/// each starting at time 0; the file is complete after each.
final class Trace: Sendable {
  /// Late enough that memory is mapped, caches are warm and the threads are awake.
  static let runOfInterest = 10

  /// What the environment asks for.
  static let requested = ProcessInfo.processInfo.environment["SINEW_TRACE"].flatMap { path in
    path.isEmpty ? nil : Trace(URL(filePath: path))
  }

  private let url: URL
  private let state = Mutex((processes: 0, events: [String]()))

  init(_ url: URL) {
    self.url = url
  }

  /// Adds one run and writes the file; a file that cannot be written is named on standard error, and the work goes on.
  func add(_ instructions: UnsafeMutableBufferPointer<sinew_instruction>, _ events: [sinew_trace_event]) {
    do { try addThrowing(instructions, events) } catch {
      // Standard error may be full or closed, which is no reason to end either.
      try? FileHandle.standardError.write(contentsOf: Data("SINEW_TRACE: \(error)\n".utf8))
    }
  }

  private func addThrowing(
    _ instructions: UnsafeMutableBufferPointer<sinew_instruction>, _ events: [sinew_trace_event]
  ) throws {
    let text = state.withLock { state in
      state.processes += 1
      let process = state.processes
      let start = events.map(\.begin).min() ?? 0
      state.events.append(
        #"{"ph":"M","name":"process_name","pid":\#(process),"args":{"name":"plan \#(process): \#(instructions.count) instructions"}}"#
      )
      state.events += Set(events.map(\.thread)).sorted().map { thread in
        #"{"ph":"M","name":"thread_name","pid":\#(process),"tid":\#(thread),"args":{"name":"thread \#(thread)"}}"#
      }
      state.events += events.map { event in
        let number = Int(event.instruction)
        return line(event, instructions[number], number: number, process: process, start: start)
      }
      return "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + state.events.joined(separator: ",\n") + "\n]}\n"
    }
    try Data(text.utf8).writeDurably(to: url)
  }

  private func line(
    _ event: sinew_trace_event, _ instruction: sinew_instruction, number: Int, process: Int, start: UInt64
  ) -> String {
    let begin = microseconds(event.begin - start)
    let duration = microseconds(event.end - event.begin)
    let work = ProductShape(instruction).map { #","flop":\#($0.operationCount)"# } ?? ""
    return
      #"{"ph":"X","name":"\#(instruction.name)","pid":\#(process),"tid":\#(event.thread),"ts":\#(begin),"dur":\#(duration),"#
      + #""args":{"instruction":\#(number),"shape":"\#(instruction.shapeText)"\#(work)}}"#
  }

  /// Exact decimals: nanoseconds are thousandths.
  private func microseconds(_ nanoseconds: UInt64) -> String {
    let fraction = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}
