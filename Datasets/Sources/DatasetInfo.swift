/// What a dataset says about itself; travels with it through every file format.
public struct DatasetInfo: Codable, Sendable, Equatable {
  /// Its name, such as "hopper-medium".
  public var name: String
  /// The environment it was recorded in: a name of Sinew's catalogue where it has the environment ("hopper"), else the
  /// file's own ("Hopper-v5"); nil where nobody said.
  public var environment: String?
  /// Numbers in an observation.
  public var observationSize: Int
  /// The names of its parts, in their order, where the file has names; their sizes then add up to `observationSize`.
  public var observationParts: [ObservationPart]?
  /// The least that each action component can be, in the environment's own units; finite.
  public var actionLow: [Float]
  /// The most that each action component can be; greater than the least.
  public var actionHigh: [Float]
  /// What scores are normalised with; nil where nobody measured it.
  public var referenceReturns: ReferenceReturns?
  /// Author, recipe, description and the like.
  public var metadata: [String: String]

  /// Numbers in an action.
  public var actionSize: Int { actionLow.count }

  /// A name for each number of an observation, such as "object 3"; nil where there are no names.
  public var observationNames: [String]? {
    guard let observationParts, observationParts.allSatisfy({ (1...observationSize).contains($0.size) }),
      observationParts.reduce(0, { $0 + $1.size }) == observationSize
    else { return nil }
    return observationParts.flatMap { part in
      part.size == 1 ? [part.name] : (0..<part.size).map { "\(part.name) \($0)" }
    }
  }

  /// A description of a dataset.
  public init(
    name: String, environment: String? = nil, observationSize: Int, observationParts: [ObservationPart]? = nil,
    actionLow: [Float], actionHigh: [Float], referenceReturns: ReferenceReturns? = nil, metadata: [String: String] = [:]
  ) {
    self.name = name
    self.environment = environment
    self.observationSize = observationSize
    self.observationParts = observationParts
    self.actionLow = actionLow
    self.actionHigh = actionHigh
    self.referenceReturns = referenceReturns
    self.metadata = metadata
  }

  /// Throws ``DatasetError`` where sizes are not positive or an action range is empty or not finite.
  public func validate() throws {
    guard observationSize >= 1 else {
      throw DatasetError(field: "observations", "have \(observationSize) numbers, expected 1 or more")
    }
    guard !actionLow.isEmpty, actionLow.count == actionHigh.count else {
      throw DatasetError(
        field: "action space",
        "has \(actionLow.count) lower and \(actionHigh.count) upper bounds, expected as many of each")
    }
    for (index, (low, high)) in zip(actionLow, actionHigh).enumerated()
    where !(low.isFinite && high.isFinite && low < high) {
      throw DatasetError(
        field: "action space", "component \(index) goes from \(low) to \(high), expected a finite range")
    }
  }
}

/// Numbers of an observation that belong together.
public struct ObservationPart: Codable, Sendable, Equatable {
  /// Its name, with slashes where the file has parts of parts.
  public var name: String
  /// How many numbers it has, 1 or more.
  public var size: Int

  /// So many numbers of that name.
  public init(name: String, size: Int) { (self.name, self.size) = (name, size) }
}

/// Mean returns of uniformly random actions and of an expert in an environment: the 0 and the 100 of normalised scores
/// (Fu et al., "D4RL: Datasets for Deep Data-Driven Reinforcement Learning", arXiv 2004.07219).
public struct ReferenceReturns: Codable, Sendable, Equatable {
  /// Mean undiscounted return of uniformly random actions.
  public var random: Double
  /// Mean undiscounted return of an expert.
  public var expert: Double

  /// References from two mean returns.
  public init(random: Double, expert: Double) {
    self.random = random
    self.expert = expert
  }

  /// 100·(R − random)/(expert − random).
  public func normalizedScore(_ episodeReturn: Double) -> Double {
    100 * (episodeReturn - random) / (expert - random)
  }
}

/// Something wrong with a dataset: one line that names the file, the field and the row.
public struct DatasetError: Error, CustomStringConvertible, Equatable {
  /// The file, where one is known.
  public var file: String?
  /// The field, where there is one to blame: "observations", "actions", "rewards", ….
  public var field: String?
  /// Counted from 0, within `field`; in formats that store episodes apart, within the episode's.
  public var row: Int?
  /// The episode, counted from 0.
  public var episode: Int?
  /// What is wrong, and what would be right.
  public var problem: String

  /// An error that prints "file: field, episode 3, row 17: problem", as far as these are known.
  public init(file: String? = nil, field: String? = nil, episode: Int? = nil, row: Int? = nil, _ problem: String) {
    self.file = file
    self.field = field
    self.episode = episode
    self.row = row
    self.problem = problem
  }

  public var description: String {
    var place: [String] = []
    if let field { place.append(field) }
    if let episode { place.append("episode \(episode)") }
    if let row { place.append("row \(row)") }
    var parts: [String] = []
    if let file { parts.append(file) }
    if !place.isEmpty { parts.append(place.joined(separator: ", ")) }
    return (parts + [problem]).joined(separator: ": ")
  }
}
