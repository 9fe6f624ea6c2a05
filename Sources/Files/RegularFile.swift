import Foundation

/// Looks at what a path from outside leads to before it is opened: reading a pipe would wait for ever, and replacing a
/// device or a link would take it away.
public enum RegularFile {
  /// Why the path cannot be read as a file, in the system's words or ours; nil where there is a file.
  public static func problemOfReading(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return String(cString: strerror(errno)) }
    return status.st_mode & S_IFMT == S_IFREG ? nil : "is \(kind(status)), not a file"
  }

  /// Throws ``FileError`` where something other than a file is at `url`: only a file is ever replaced, and no link is
  /// followed.
  public static func requireReplaceable(_ url: URL) throws(FileError) {
    if let problem = problemOfReplacing(url) { throw FileError("cannot write \(url.relativePath): \(problem)") }
  }

  /// Why a file must not be put at `url`; nil where there is a file or nothing.
  public static func problemOfReplacing(_ url: URL) -> String? {
    var status = stat()
    guard lstat(url.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
    return "it is \(kind(status)), not a file"
  }

  private static func kind(_ status: stat) -> String {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: "a folder"
    case S_IFLNK: "a symbolic link"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}
