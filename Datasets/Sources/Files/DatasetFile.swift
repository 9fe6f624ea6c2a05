import Foundation

/// Datasets in files, of whichever format.
public enum DatasetFile {
  /// The formats that are read.
  public enum Format: String, Sendable, CaseIterable {
    /// A folder with `metadata.json` and `main_data.hdf5`.
    case minari
    /// One HDF5 file of flat arrays.
    case d4rl
    /// One HDF5 file with a group for each demonstration.
    case robomimic
    /// One archive of NumPy's flat arrays, as OGBench has them.
    case numpy
  }

  /// Streams the episodes of a Minari dataset (its folder, the folder `data` in it or the HDF5 file in that), of a D4RL
  /// or robomimic file, or of an archive of NumPy arrays. What a file is, its content says.
  ///
  /// Throws ``DatasetError`` naming file and field.
  ///
  /// - Parameter episodeLength: see ``D4RLSource/init(path:episodeLength:)``; an error for other formats.
  public static func open(_ path: String, episodeLength: Int? = nil) throws -> any EpisodeSource {
    let location = try format(path)
    if case .d4rl(let file) = location { return try D4RLSource(file, episodeLength: episodeLength) }
    if episodeLength != nil {
      throw DatasetError(file: path, "says where episodes end: an episode length is for D4RL files without timeouts")
    }
    switch location {
    case .minari(let folder): return try MinariSource(folder: folder)
    case .d4rl(let file): return try D4RLSource(file)
    case .robomimic(let file): return try RobomimicSource(file)
    case .numpy: return try NumpySource(path: path)
    }
  }

  /// The format of the dataset at a path. Throws ``DatasetError`` where there is none.
  public static func format(of path: String) throws -> Format {
    switch try format(path) {
    case .minari: .minari
    case .d4rl: .d4rl
    case .robomimic: .robomimic
    case .numpy: .numpy
    }
  }

  private enum Location {
    /// The folder that `metadata.json` is in.
    case minari(URL)
    case d4rl(HDF5File)
    case robomimic(HDF5File)
    case numpy
  }

  private static func format(_ path: String) throws -> Location {
    let url = URL(filePath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DatasetError(file: path, "No such file or folder")
    }
    func hasMetadata(_ folder: URL) -> Bool {
      FileManager.default.fileExists(atPath: folder.appending(path: "metadata.json").path)
    }
    func oldLayout(_ file: URL) -> DatasetError {
      DatasetError(
        file: file.relativePath,
        "the layout of Minari 0.4, which kept its metadata in this file; write the dataset again with Minari 0.5")
    }
    guard isFolder.boolValue else {
      let folder = url.deletingLastPathComponent()
      guard url.lastPathComponent == "main_data.hdf5" else {
        if ZipFile.isArchive(path) { return .numpy }
        let file = try HDF5File(path)
        return try RobomimicSource.isRobomimic(file) ? .robomimic(file) : .d4rl(file)
      }
      guard hasMetadata(folder) else { throw oldLayout(url) }
      return .minari(folder)
    }
    for folder in [url.appending(path: "data"), url] where hasMetadata(folder) { return .minari(folder) }
    for folder in [url.appending(path: "data"), url] {
      let file = folder.appending(path: "main_data.hdf5")
      if FileManager.default.fileExists(atPath: file.path) { throw oldLayout(file) }
    }
    throw DatasetError(file: path, "no Minari dataset: it has no data/metadata.json")
  }

  /// The folder of the recipes that come with the package; the folder `policies` is beside it.
  ///
  /// `Bundle.module` would end the process where the files are missing.
  public static func recipes() throws -> URL {
    let beside = Bundle.main.bundleURL.appending(path: "Sinew_SinewDatasets.resources")
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    for folder in [beside, sources].map({ $0.appending(path: "Recipes") })
    where FileManager.default.fileExists(atPath: folder.path) {
      return folder
    }
    throw DatasetError("the datasets' recipes are missing; \(beside.path) must be installed beside the program")
  }
}
