import Foundation

/// File operations, each of which either happens or throws one line with the system's reason.
package enum FileSystem {
  package static func exists(_ url: URL) -> Bool { access(url.path, F_OK) == 0 }

  package static func isLink(_ url: URL) -> Bool {
    var status = stat()
    return lstat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  package static func isDirectory(_ url: URL) -> Bool {
    var status = stat()
    return stat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a directory, unsorted; empty when it does not exist.
  package static func names(in directory: URL) throws -> [String] {
    guard let handle = opendir(directory.path) else {
      if errno == ENOENT { return [] }
      throw FileError("list", directory.relativePath)
    }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// The paths of the regular files below a folder, from the folder; links are not followed.
  package static func fileNames(below folder: URL, depth: Int = 32) throws -> [String] {
    guard depth > 0 else { throw FileError("cannot read \(folder.relativePath): folders nested too deeply") }
    return try names(in: folder).flatMap { name -> [String] in
      let place = folder.appending(path: name)
      var status = stat()
      guard lstat(place.path, &status) == 0 else { return [] }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: return try fileNames(below: place, depth: depth - 1).map { "\(name)/\($0)" }
      case S_IFREG: return [name]
      default: return []
      }
    }
  }

  package static func readText(_ url: URL, atMost limit: Int) throws -> String {
    if let problem = RegularFile.problemOfReading(url.path) {
      throw FileError("cannot read \(url.relativePath): \(problem)")
    }
    guard let file = fopen(url.path, "r") else { throw FileError("read", url.relativePath) }
    defer { fclose(file) }
    // In pieces: a file is mostly far smaller than it may be.
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: min(limit + 1, 1 << 16))
    while bytes.count <= limit {
      let count = fread(&piece, 1, min(piece.count, limit + 1 - bytes.count), file)
      if count == 0 { break }
      bytes += piece[..<count]
    }
    if ferror(file) != 0 { throw FileError("read", url.relativePath) }
    if bytes.count > limit { throw FileError("cannot read \(url.relativePath): larger than \(limit) bytes") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError("cannot read \(url.relativePath): not UTF-8 text")
    }
    return text
  }

  /// Makes a directory, and those that it is in unless `withParents` is false.
  package static func makeDirectory(_ url: URL, withParents: Bool = true) throws {
    if mkdir(url.path, 0o777) == 0 { return }
    if errno == EEXIST, isDirectory(url) { return }
    if errno == ENOENT, withParents, url.path != "/" {
      try makeDirectory(url.deletingLastPathComponent())
      if mkdir(url.path, 0o777) == 0 || errno == EEXIST { return }
    }
    throw FileError("create", url.relativePath)
  }

  /// Moves `source` to `destination` in one step and makes the move durable.
  package static func move(_ source: URL, to destination: URL) throws {
    guard rename(source.path, destination.path) == 0 else { throw FileError("create", destination.relativePath) }
    try synchronize(destination.deletingLastPathComponent())
  }

  /// Removes a file or a whole directory; nothing to remove is fine.
  package static func remove(_ url: URL) throws {
    if unlink(url.path) == 0 || errno == ENOENT { return }
    guard isDirectory(url) else { throw FileError("remove", url.relativePath) }
    for name in try names(in: url) { try remove(url.appending(path: name)) }
    if rmdir(url.path) != 0 { throw FileError("remove", url.relativePath) }
  }

  /// Makes what was written to a file or directory survive a power cut.
  package static func synchronize(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { throw FileError("open", url.relativePath) }
    defer { close(descriptor) }
    // Some file systems cannot synchronise a directory; they say so with EINVAL, and that is not a failure.
    if fsync(descriptor) != 0, errno != EINVAL { throw FileError("write", url.relativePath) }
  }

  /// Writes a whole file beside `url` and renames it into place, so that readers see the old one or the new one.
  package static func write(_ text: String, to url: URL) throws {
    try Data(text.utf8).writeDurably(to: url)
  }

  /// Writes all of `text` to an open file.
  package static func write(_ text: String, to descriptor: Int32, name: String) throws {
    try write(Data(text.utf8), to: descriptor, name: name)
  }

  /// Writes all of the bytes to an open file.
  package static func write(_ bytes: Data, to descriptor: Int32, name: String) throws {
    try bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw FileError("write", name) }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}
