import SinewPhysics

/// What a viewer needs to show a robot move: its shapes once, then one pose per shape and frame.
///
/// Plain data, filled by whoever runs an episode. ``html()`` turns it into one self-contained page with a
/// three-dimensional view, ``picture(episode:seconds:poses:width:)`` into a small SVG for a document.
///
/// ```swift
/// var replay = Replay(title: "hopper", model: simulation.model, frameInterval: environment.controlPeriod)
/// replay.beginEpisode()
/// replay.append(frameOf: simulation, reward: 0)             // where the episode starts
/// replay.append(frameOf: simulation, reward: step.reward)   // after each control step
/// replay.endEpisode(outcome: "fell")
/// try replay.html().write(to: url, atomically: true, encoding: .utf8)
/// ```
public struct Replay: Codable, Sendable, Equatable {
  /// Headline of the page; any text, escaped where it is shown.
  public var title: String
  /// A line under the headline, for example the run and its step; may be empty.
  public var subtitle: String
  /// Seconds between two frames, greater than zero.
  public var frameInterval: Double
  /// The shapes, in the order of the poses in a frame.
  public var shapes: [Shape]
  /// The episodes, in the order in which they were recorded.
  public var episodes: [Episode]

  /// A replay of given shapes, without episodes yet.
  public init(title: String, subtitle: String = "", shapes: [Shape], frameInterval: Double) {
    self.title = title
    self.subtitle = subtitle
    self.shapes = shapes
    self.frameInterval = frameInterval
    self.episodes = []
  }

  /// One rigid shape in its own frame; capsules and cylinders lie along z.
  public struct Shape: Codable, Sendable, Equatable {
    /// What the shape is; names as in MJCF.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      case sphere, capsule, box, plane, cylinder, ellipsoid, mesh

      /// Numbers in `size` that the kind reads.
      var sizeCount: Int {
        switch self {
        case .sphere: 1
        case .capsule, .cylinder: 2
        case .box, .ellipsoid: 3
        case .plane, .mesh: 0
        }
      }
    }

    /// What the shape is.
    public var kind: Kind
    /// Metres, as in MJCF: sphere `[radius]`, capsule and cylinder `[radius, half length]`, box and ellipsoid their
    /// three half sizes; a plane is drawn without end, whatever its size; a mesh has none.
    public var size: [Float]
    /// Red, green, blue and opacity in 0…1. An opacity of 0 hides the shape.
    public var colour: [Float]
    /// The geometry's name; may be empty.
    public var name: String
    /// The triangles of a mesh (convex hulls and height fields are drawn as meshes too); nil for every other kind.
    public var mesh: Mesh?

    /// A shape from MJCF's half sizes.
    public init(kind: Kind, size: [Float], colour: [Float] = [0.5, 0.5, 0.5, 1], name: String = "", mesh: Mesh? = nil) {
      self.kind = kind
      self.size = size
      self.colour = colour
      self.name = name
      self.mesh = mesh
    }
  }

  /// A surface of triangles.
  public struct Mesh: Sendable, Equatable {
    /// x, y, z of each vertex in the shape's frame, metres.
    public var vertices: [Float]
    /// Three indices of vertices for each triangle, counter-clockwise seen from outside.
    public var triangles: [UInt32]

    /// A surface from its vertices and triangles.
    public init(vertices: [Float], triangles: [UInt32]) {
      self.vertices = vertices
      self.triangles = triangles
    }
  }

  /// A curve over the frames of an episode, for example one term of the reward.
  public struct Series: Codable, Sendable, Equatable {
    /// Name in the legend.
    public var name: String
    /// One value per frame.
    public var values: [Float]

    /// A named curve.
    public init(name: String, values: [Float]) {
      self.name = name
      self.values = values
    }
  }

  /// One episode: frames × shapes × 7 numbers, and what came with each frame.
  public struct Episode: Codable, Sendable, Equatable {
    /// Frame by frame, shape by shape: position x, y, z in metres, then the rotation as a quaternion w, x, y, z.
    public var poses: [Float] = []
    /// The reward received on arriving at each frame.
    public var rewards: [Double] = []
    /// Further curves, drawn beside the reward.
    public var series: [Series] = []
    /// Heights of the ground in this episode, where they aren't those of the shapes.
    public var grounds: [Ground]?
    /// How the episode ended, in a few words; may be empty.
    public var outcome: String = ""

    /// An episode without frames.
    public init() {}

    /// Number of frames.
    public var frameCount: Int { rewards.count }
    /// Undiscounted sum of the rewards.
    public var totalReward: Double { rewards.reduce(0, +) }
  }

  /// Ground that is an episode's own.
  public struct Ground: Codable, Sendable, Equatable {
    /// Index of the shape, a mesh made of a height field.
    public var shape: Int
    /// z of each of its vertices, metres.
    public var heights: [Float]

    /// Heights for a shape.
    public init(shape: Int, heights: [Float]) {
      self.shape = shape
      self.heights = heights
    }
  }

  /// Starts an episode; the frames that follow belong to it.
  public mutating func beginEpisode() {
    episodes.append(Episode())
  }

  /// Adds a frame to the current episode (beginning one if there is none).
  ///
  /// - Parameters:
  ///   - poses: shapes × 7: position xyz in metres and quaternion wxyz of every shape.
  ///   - reward: received on arriving at this frame; 0 for the frame an episode starts from.
  ///   - terms: further values at this frame by name. A name missing from some frames counts as 0 there.
  public mutating func append(poses: [Float], reward: Double, terms: [(name: String, value: Double)] = []) {
    if episodes.isEmpty { beginEpisode() }
    let last = episodes.count - 1
    let frame = episodes[last].frameCount
    episodes[last].poses.append(contentsOf: poses)
    episodes[last].rewards.append(reward)
    for (name, value) in terms {
      if let index = episodes[last].series.firstIndex(where: { $0.name == name }) {
        let missing = frame - episodes[last].series[index].values.count
        // A term named twice in one frame keeps its first value.
        guard missing >= 0 else { continue }
        episodes[last].series[index].values.append(contentsOf: [Float](repeating: 0, count: missing))
        episodes[last].series[index].values.append(Float(value))
      } else {
        let values = [Float](repeating: 0, count: frame) + [Float(value)]
        episodes[last].series.append(Series(name: name, values: values))
      }
    }
  }

  /// Ends the current episode: notes how it ended, and completes curves that stopped early.
  public mutating func endEpisode(outcome: String = "") {
    guard !episodes.isEmpty else { return }
    let last = episodes.count - 1
    episodes[last].outcome = outcome
    episodes[last].completeSeries()
  }
}

extension Replay.Episode {
  /// Appends zeros to curves that end before the last frame.
  mutating func completeSeries() {
    for index in series.indices where series[index].values.count < frameCount {
      let missing = frameCount - series[index].values.count
      series[index].values.append(contentsOf: [Float](repeating: 0, count: missing))
    }
  }
}
