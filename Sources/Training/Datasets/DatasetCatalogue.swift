import Foundation
import SinewDatasets
import SinewEnvironments
import SinewFiles
import SinewSettings

/// The datasets that can be named, and the way to a user's own.
public enum DatasetCatalogue {
  /// Every recipe that comes with the package, by name.
  public static var recipes: [Recipe] {
    get throws {
      let folder = try DatasetFile.recipes()
      return try FileSystem.names(in: folder).filter { $0.hasSuffix(".yaml") }
        .map { try Recipe(contentsOf: folder.appending(path: $0)) }.sorted { $0.name < $1.name }
    }
  }

  /// The recipe of a name, or in a YAML file. Throws naming the nearest.
  public static func recipe(_ nameOrPath: String) throws -> Recipe {
    if isRecipeFile(nameOrPath) { return try Recipe(contentsOf: URL(filePath: nameOrPath)) }
    let recipes = try recipes
    guard let recipe = recipes.first(where: { $0.name == nameOrPath }) else {
      throw UnknownNameError(kind: "dataset", name: nameOrPath, known: recipes.map(\.name))
    }
    return recipe
  }

  private static func isRecipeFile(_ text: String) -> Bool { text.hasSuffix(".yaml") || text.hasSuffix(".yml") }

  /// Where generated datasets are kept: `SINEW_DATA`, or `~/.cache/sinew/datasets`.
  public static var cache: URL {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["SINEW_DATA"], !folder.isEmpty { return URL(filePath: folder) }
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    return (base ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache"))
      .appending(path: "sinew/datasets")
  }

  /// Where the dataset of a recipe is kept; there may be none yet.
  public static func folder(of recipe: Recipe) -> URL { cache.appending(path: "\(recipe.name)-v0") }

  /// What the names of dataset files end in; a name without a slash that ends otherwise is looked for here only if there
  /// is such a file.
  public static let fileSuffixes = [".hdf5", ".h5", ".npz"]

  /// Streams a dataset's episodes: of a name, made first where it never was, or of a path to a Minari folder, an
  /// HDF5 file or an archive of NumPy arrays.
  ///
  /// - Parameters:
  ///   - episodeLength: steps after which an episode is cut, of a D4RL file that has no timeouts; nil takes the time
  ///     limit of the environment, where one is known.
  ///   - environment: the name or path of the environment, where the file does not say it; nil for the file's.
  ///   - note: is told what takes time, and what is to be known of a file.
  public static func open(
    _ nameOrPath: String, episodeLength: Int? = nil, environment: String? = nil, note: (String) -> Void = { _ in }
  ) throws -> any EpisodeSource {
    let isPath = nameOrPath.contains("/") || Self.fileSuffixes.contains(where: nameOrPath.hasSuffix)
    if !isRecipeFile(nameOrPath), isPath || FileSystem.exists(URL(filePath: nameOrPath)) {
      let source = try openFile(nameOrPath, episodeLength, environment, note)
      source.notes.forEach(note)
      return source
    }
    if episodeLength != nil { throw UsageError("an episode length is for D4RL files without timeouts") }
    let recipe = try recipe(nameOrPath)
    let folder = folder(of: recipe)
    if let made = try? DatasetFile.open(folder.path),
      try made.info.metadata["recipe"] == recipe.digest()
    {
      return made
    }
    note("making \(recipe.name) in \(folder.path)")
    try generate(recipe, to: folder, replacing: true)
    return try DatasetFile.open(folder.path)
  }

  private static func openFile(
    _ path: String, _ episodeLength: Int?, _ environment: String?, _ note: (String) -> Void
  ) throws -> any EpisodeSource {
    let source = try DatasetFile.open(path, episodeLength: episodeLength)
    guard episodeLength == nil, let flat = source as? D4RLSource, !flat.hasTimeouts,
      let name = environment ?? source.info.environment,
      let limit = (try? EnvironmentCatalogue.make(name))?.maximumSteps, limit > 0
    else { return source }
    note("\(path) has no timeouts: episodes are cut after \(limit) steps, the time limit of \(name)")
    return try D4RLSource(path: path, episodeLength: limit)
  }

  /// A whole dataset, as ``open(_:episodeLength:environment:note:)`` finds it.
  public static func load(
    _ nameOrPath: String, episodeLength: Int? = nil, environment: String? = nil, note: (String) -> Void = { _ in }
  ) throws -> Dataset {
    try Dataset(open(nameOrPath, episodeLength: episodeLength, environment: environment, note: note))
  }

  /// The dataset that a run learns from.
  public static func load(for configuration: RunConfiguration, note: (String) -> Void = { _ in }) throws -> Dataset {
    let named = configuration.environment
    return try load(
      configuration.dataset ?? "", episodeLength: configuration.episodeLength,
      environment: named.isEmpty || named == RunConfiguration.noEnvironment ? nil : named, note: note)
  }

  /// Follows a recipe and writes a Minari dataset at `folder`.
  ///
  /// - Parameters:
  ///   - replacing: whether a dataset may be there; it stays until the new one takes its place.
  ///   - afterEpisode: sees each.
  public static func generate(
    _ recipe: Recipe, to folder: URL, replacing: Bool = false, afterEpisode: (EpisodeData) -> Void = { _ in }
  ) throws {
    if replacing, FileSystem.exists(folder), !FileSystem.exists(folder.appending(path: "data/metadata.json")) {
      throw UsageError("\(folder.relativePath) is no dataset: not replaced")
    }
    let runner = try RecipeRunner(recipe)
    let writer = try MinariWriter(creating: folder, info: runner.info, replacing: replacing)
    try runner.run { episode in
      try writer.append(episode)
      afterEpisode(episode)
    }
    try writer.finish()
  }
}
