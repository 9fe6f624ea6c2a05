import Foundation

/// Makes the folders that files are to be written into and tries that they can be: before work begins, so that none is
/// lost.
///
/// Throws one line with the path and the system's reason.
func requireWritable(_ paths: [String?]) throws {
  for path in paths.compactMap({ $0 }) {
    let url = URL(filePath: path)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      throw FileError("cannot write \(path): it is a folder; name a file")
    }
    let parent = url.deletingLastPathComponent()
    try makeFolder(parent, for: path)
    let probe = parent.appending(path: ".\(url.lastPathComponent).\(getpid()).partial")
    let descriptor = open(probe.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    close(descriptor)
    unlink(probe.path)
  }
}

/// Throws one line where a page is to be written into a file that is named as something else.
func requirePageName(_ path: String?) throws {
  guard let path else { return }
  let kind = URL(filePath: path).pathExtension.lowercased()
  guard ["", "html", "htm"].contains(kind) else {
    throw UsageError("\(path): a page is written as .html, not as .\(kind)")
  }
}

private func makeFolder(_ folder: URL, for path: String) throws {
  if mkdir(folder.path, 0o777) == 0 { return }
  if errno == EEXIST {
    var status = stat()
    if stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    errno = ENOTDIR
  }
  guard errno == ENOENT, folder.path != "/" else { throw failure(path) }
  try makeFolder(folder.deletingLastPathComponent(), for: path)
  if mkdir(folder.path, 0o777) != 0, errno != EEXIST { throw failure(path) }
}

private func failure(_ path: String) -> FileError { FileError("write", path) }
