import Foundation
import SinewDatasets
import SinewEnvironments

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

  /// Streams a dataset's episodes: of a name, made first where it never was, or of a path to a Minari folder or to an HDF5 file.
  ///
  /// - Parameter note: is told what takes time.
  public static func open(_ nameOrPath: String, note: (String) -> Void = { _ in }) throws -> any EpisodeSource {
    let isPath = nameOrPath.contains("/") || nameOrPath.hasSuffix(".hdf5") || nameOrPath.hasSuffix(".h5")
    if !isRecipeFile(nameOrPath), isPath || FileSystem.exists(URL(filePath: nameOrPath)) {
      return try DatasetFile.open(nameOrPath)
    }
    let recipe = try recipe(nameOrPath)
    let folder = folder(of: recipe)
    if let made = try? DatasetFile.open(folder.path),
      try made.info.metadata["recipe"] == RecipeRunner(recipe).info.metadata["recipe"]
    {
      return made
    }
    note("making \(recipe.name) in \(folder.path)")
    try remove(folder)
    do { try generate(recipe, to: folder) } catch {
      // Another process may have made it meanwhile.
      if !FileSystem.exists(folder) { throw error }
    }
    return try DatasetFile.open(folder.path)
  }

  /// A whole dataset, as ``open(_:note:)`` finds it.
  public static func load(_ nameOrPath: String, note: (String) -> Void = { _ in }) throws -> Dataset {
    try Dataset(open(nameOrPath, note: note))
  }

  /// Follows a recipe and writes a Minari dataset at `folder`, where nothing may be.
  ///
  /// - Parameter afterEpisode: sees each.
  public static func generate(_ recipe: Recipe, to folder: URL, afterEpisode: (EpisodeData) -> Void = { _ in }) throws {
    let runner = try RecipeRunner(recipe)
    let writer = try MinariWriter(creating: folder, info: runner.info)
    try runner.run { episode in
      try writer.append(episode)
      afterEpisode(episode)
    }
    try writer.finish()
  }

  /// Removes the Minari dataset at `folder`, if there is one. Throws where something else is there.
  public static func remove(_ folder: URL) throws {
    guard FileSystem.exists(folder) else { return }
    guard FileSystem.exists(folder.appending(path: "data/metadata.json")) else {
      throw UsageError("\(folder.relativePath) is no dataset: not removed")
    }
    try FileSystem.remove(folder)
  }
}
