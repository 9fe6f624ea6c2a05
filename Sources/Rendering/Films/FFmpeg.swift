import Foundation
import SinewFiles
import SinewTensor

/// Debian's `ffmpeg`, started as a process that is fed with raw frames.
///
/// It writes beside the file that is wanted; ``finish()`` renames that into place, so that a half-written file never
/// has the name. What is not finished is ended and removed with the object.
final class FFmpeg {
  /// Tries this instead of looking through `PATH`.
  static let variable = "SINEW_FFMPEG"

  private let process = Process()
  private let destination: URL
  private let unfinished: URL
  private let messages: FileHandle
  private let input: Int32
  private var isRunning = true

  /// The file that is wanted, as errors name it.
  var name: String { destination.relativePath }

  /// Starts it.
  ///
  /// - Parameters:
  ///   - size: pixels across and down of every frame.
  ///   - rate: frames per second.
  ///   - encoding: options that say how to encode, the format among them.
  ///   - destination: the file that is wanted.
  /// - Throws: ``RenderingError`` if there is no ffmpeg or the folder can't be written.
  init(size: SIMD2<Int>, rate: Double, encoding: [String], destination: URL) throws(RenderingError) {
    let name = destination.relativePath
    guard let program = Self.program else {
      throw RenderingError("cannot write \(name): ffmpeg is missing; install it: sudo apt-get install ffmpeg")
    }
    self.destination = destination
    // Two films may go to one file at once; the last to be finished is what stays.
    unfinished = PartialFile.url(
      beside: destination.appendingPathExtension(String(UUID().uuidString.prefix(8))), ending: "unfinished")
    if let problem = RegularFile.problemOfReplacing(destination) {
      throw RenderingError("cannot write \(name): \(problem)")
    }
    PartialFile.removeLeftovers(beside: destination)
    // ffmpeg's own words for a folder that is missing are hard to read.
    let probe = open(unfinished.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard probe >= 0 else { throw RenderingError("cannot write \(name): \(String(cString: strerror(errno)))") }
    close(probe)
    KillPoint.pass()

    // Foundation ends the process where it has none left.
    guard Self.hasDescriptors(12) else {
      unlink(unfinished.path)
      throw RenderingError("cannot start ffmpeg: \(String(cString: strerror(EMFILE)))")
    }
    // A socket, since writing to a pipe that nobody reads any more would end this process.
    var sockets: [Int32] = [-1, -1]
    let hasSockets = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &sockets) == 0
    guard hasSockets, let log = tmpfile() else {
      let reason = String(cString: strerror(errno))
      for socket in sockets where socket >= 0 { close(socket) }
      unlink(unfinished.path)
      throw RenderingError("cannot start ffmpeg: \(reason)")
    }
    messages = FileHandle(fileDescriptor: dup(fileno(log)), closeOnDealloc: true)
    fclose(log)
    input = sockets[0]
    process.executableURL = URL(filePath: program)
    process.arguments =
      ["-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
      + ["-s", "\(size.x)x\(size.y)", "-r", "\(rate)", "-i", "pipe:0", "-an"] + encoding + [unfinished.path]
    process.standardInput = FileHandle(fileDescriptor: sockets[1], closeOnDealloc: true)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    do {
      try process.run()
    } catch {
      isRunning = false
      close(input)
      unlink(unfinished.path)
      throw RenderingError("cannot start ffmpeg: \(error.localizedDescription)")
    }
    // Only the child holds the other end now, so that its end is noticed.
    process.standardInput = nil
  }

  deinit { cancel() }

  /// Whether so many more files can be opened.
  private static func hasDescriptors(_ count: Int) -> Bool {
    let spare = (0..<count).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
    for descriptor in spare where descriptor >= 0 { close(descriptor) }
    return spare.allSatisfy { $0 >= 0 }
  }

  fileprivate static var program: String? {
    let variables = ProcessInfo.processInfo.environment
    let places =
      variables[variable].map { [$0] }
      ?? (variables["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/ffmpeg" }
    return places.first { access($0, X_OK) == 0 }
  }

  /// Adds a frame: height × width × 3 bytes.
  func write(_ pixels: [UInt8]) throws(RenderingError) {
    var sent = 0
    while sent < pixels.count {
      let count = pixels.withUnsafeBytes { bytes in
        send(input, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        // It has ended, and its complaint says why.
        try finish()
        throw RenderingError("cannot write \(name): ffmpeg ended early")
      }
      sent += count
    }
  }

  /// Waits for it to end, and gives the file its name.
  func finish() throws(RenderingError) {
    guard isRunning else { return }
    isRunning = false
    close(input)
    process.waitUntilExit()
    // It ends well on a full disk too, but not without a word.
    let complaint = lastMessage
    guard process.terminationReason == .exit, process.terminationStatus == 0, complaint == nil else {
      unlink(unfinished.path)
      let reason = complaint ?? "it ended with status \(process.terminationStatus)"
      throw RenderingError("cannot write \(name): ffmpeg: \(reason)")
    }
    guard EncodedFile.isWhole(unfinished) else {
      unlink(unfinished.path)
      throw RenderingError("cannot write \(name): what ffmpeg wrote is not whole; is the disk full?")
    }
    guard rename(unfinished.path, destination.path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(unfinished.path)
      throw RenderingError("cannot write \(name): \(reason)")
    }
  }

  /// Ends it, and removes what it wrote.
  func cancel() {
    guard isRunning else { return }
    isRunning = false
    close(input)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    unlink(unfinished.path)
  }

  /// What it complained of last; nil where it did not.
  private var lastMessage: String? {
    try? messages.seek(toOffset: 0)
    let text = String(decoding: (try? messages.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).last.map(String.init)
  }
}

/// Draws an SVG into a PNG file, twice as large, by ffmpeg's own reader of them.
///
/// - Parameters:
///   - svg: a whole file.
///   - path: what is written, in one step.
/// - Throws: ``RenderingError`` where there is no ffmpeg, or where it says why not; `FileError` where what is there
///   is no file.
package func writePNG(ofSVG svg: String, to path: String) throws {
  guard let program = FFmpeg.program else {
    throw RenderingError("cannot write \(path): ffmpeg is missing; install it: sudo apt-get install ffmpeg")
  }
  let destination = URL(filePath: path)
  try RegularFile.requireReplaceable(destination)
  let unfinished = PartialFile.url(beside: destination.appendingPathExtension("png"), ending: "unfinished")
  let drawing = PartialFile.url(beside: destination.appendingPathExtension("svg"), ending: "unfinished")
  defer { for file in [unfinished, drawing] { unlink(file.path) } }
  do { try Data(svg.utf8).write(to: drawing) } catch {
    throw RenderingError("cannot write \(path): \(String(cString: strerror(errno)))")
  }
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = [
    "-hide_banner", "-loglevel", "error", "-y", "-f", "svg_pipe", "-i", drawing.path, "-vf", "scale=iw*2:-1",
    "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", unfinished.path,
  ]
  let messages = Pipe()
  (process.standardInput, process.standardOutput, process.standardError) = (
    FileHandle.nullDevice, FileHandle.nullDevice, messages
  )
  try process.run()
  let said = (try? messages.fileHandleForReading.readToEnd()).flatMap { $0 } ?? Data()
  process.waitUntilExit()
  guard process.terminationStatus == 0, rename(unfinished.path, destination.path) == 0 else {
    let reason = String(decoding: said, as: UTF8.self).split(separator: "\n").last.map(String.init)
    throw RenderingError("cannot write \(path): ffmpeg: \(reason ?? String(cString: strerror(errno)))")
  }
}
