import Foundation

/// Standard input, output and error, which a caller may have closed, filled or left unread, and the signals that it may
/// have blocked.
enum StandardStreams {
  /// Makes them harmless, before anything is opened.
  ///
  /// A file that is opened while one of them is closed gets its number, and what is then printed goes into that file.
  /// Writing to a pipe that nobody reads, or beyond the largest file that is allowed, is to be an error with a line,
  /// not the end.
  static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free, which is this one.
      _ = open("/dev/null", O_RDWR)
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    // Whoever started the process may have had them blocked, and that is inherited: nothing but SIGKILL would end it.
    var asked = sigset_t()
    sigemptyset(&asked)
    for code in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&asked, code) }
    sigprocmask(SIG_UNBLOCK, &asked, nil)
  }

  /// Writes all of a text, with control characters as escapes but for ends of lines. Returns the system's reason where
  /// that fails.
  static func write(_ text: String, to descriptor: Int32) -> String? {
    var text = text.printable(keepingLines: true)
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return String(cString: strerror(errno)) }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return nil
    }
  }
}

/// Prints to standard output at once, or throws: a result that was not written must not look like a success.
func printLine(_ text: String) throws {
  if let problem = StandardStreams.write(text + "\n", to: STDOUT_FILENO) {
    throw FileError("cannot write to standard output: \(problem)")
  }
}
