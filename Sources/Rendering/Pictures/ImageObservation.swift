import SinewEnvironments
import SinewPhysics
import SinewSettings
import SinewTensor

/// An environment that shows what a camera sees, in place of its own observation or after it.
///
/// Colours are red, green, blue in 0…1, row by row from the top left (height × width × 3); depths are metres along the
/// direction of view (height × width), of which what is farther away than can be measured shows the limit. The picture
/// is a function of the state: the same state gives the same bits, on any thread.
public final class ImageObservation: EnvironmentWrapper {
  /// What is seen, and how.
  public struct Configuration: Sendable, Equatable {
    /// What a pixel says.
    public enum Content: String, Sendable, CaseIterable {
      /// Red, green, blue in 0…1.
      case colours = "image"
      /// Metres.
      case depth
    }

    /// What a pixel says.
    public var content = Content.colours
    /// The camera.
    public var camera = Camera.tracking
    /// Pixels across and down, smooth edges, shadows.
    public var picture = Renderer.Configuration(width: 84, height: 84)
    /// Whether the environment's own observation comes first; false leaves it out.
    public var keepsObservation = false
    /// Depths end here, metres, more than 0.
    public var farthest: Float = 10

    /// 84 × 84 pixels of colours in place of the observation.
    public init() {}
  }

  public let base: any Environment
  /// What is seen, and how.
  public let configuration: Configuration
  public let observationSpace: BoxSpace
  private let simulated: Simulation
  private let renderer: Renderer
  /// The environment's own observation.
  private var own: [Float]

  /// `base` with a picture in its observation.
  ///
  /// - Throws: ``RenderingError`` if it has no simulation to be seen, if there is no such camera, or where nothing
  ///   can be drawn; its line says what to install.
  public init(_ base: any Environment, _ configuration: Configuration = Configuration()) throws {
    guard let simulation = base.simulation else {
      throw RenderingError("\(base.name) has no bodies to see: it cannot be observed through a camera")
    }
    guard configuration.farthest > 0, configuration.farthest.isFinite else {
      throw RenderingError("a depth image ends at more than 0 m, not \(configuration.farthest)")
    }
    (self.base, self.configuration, simulated) = (base, configuration, simulation)
    renderer = try Renderer(model: simulation.model, configuration: configuration.picture)
    _ = try renderer.view(configuration.camera, of: simulation)
    own = [Float](repeating: 0, count: base.observationSpace.count)
    let isColour = configuration.content == .colours
    let count = configuration.picture.width * configuration.picture.height * (isColour ? 3 : 1)
    let before = configuration.keepsObservation ? base.observationSpace : BoxSpace(low: [], high: [])
    let picture = Column(
      configuration.content.rawValue,
      shape: [configuration.picture.height, configuration.picture.width, isColour ? 3 : 1],
      element: isColour ? .byte : .float32)
    observationSpace = BoxSpace(
      low: before.low + [Float](repeating: 0, count: count),
      high: before.high + [Float](repeating: isColour ? 1 : configuration.farthest, count: count),
      columns: Columns((configuration.keepsObservation ? before.columns.parts : []) + [picture]))
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try check(observation.count)
    try own.withUnsafeMutableBufferPointer { own in
      var span = own.mutableSpan
      try base.reset(seed: seed, observation: &span)
    }
    try show(&observation)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    try check(observation.count)
    let outcome = try own.withUnsafeMutableBufferPointer { own in
      var span = own.mutableSpan
      return try base.step(action: action, observation: &span)
    }
    try show(&observation)
    return outcome
  }

  private func check(_ count: Int) throws {
    guard count == observationSpace.count else {
      throw EnvironmentError("\(name): the observation has \(observationSpace.count) components, not \(count)")
    }
  }

  private func show(_ observation: inout MutableSpan<Float>) throws {
    var start = 0
    if configuration.keepsObservation {
      for index in own.indices { observation[index] = own[index] }
      start = own.count
    }
    try renderer.followGround(of: simulated)
    let poses = Scene.poses(of: simulated)
    let view = try renderer.view(configuration.camera, of: simulated)
    let (width, farthest) = (configuration.picture.width, configuration.farthest)
    try observation.withUnsafeMutableBufferPointer { result in
      switch configuration.content {
      case .colours:
        try renderer.readColours(poses: poses, view: view) { row, pixels in
          let first = start + 3 * width * row
          for column in 0..<width {
            for channel in 0..<3 {
              result[first + 3 * column + channel] = Float(pixels[4 * column + channel]) / 255
            }
          }
        }
      case .depth:
        try renderer.readDepths(poses: poses, view: view) { row, column, metres in
          result[start + width * row + column] = min(metres, farthest)
        }
      }
    }
  }
}

extension ImageObservation.Configuration: CustomStringConvertible {
  /// Reads `image:84x84` or `depth:84x84`, which may go on with `:CAMERA`, and with `:append` to keep the environment's
  /// own observation before the picture.
  ///
  /// - Throws: ``UnknownNameError`` for another word, ``RenderingError`` saying what is right.
  public init(_ text: String) throws {
    self.init()
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let word = parts.removeFirst()
    guard let content = Content(rawValue: word) else {
      throw UnknownNameError(kind: "wrapper", name: word, known: Content.allCases.map(\.rawValue))
    }
    let size = (parts.first ?? "").split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    if parts.count > 1, parts.last == "append" {
      keepsObservation = true
      parts.removeLast()
    }
    guard size.count == 2, let width = size[0], let height = size[1], (1...1024).contains(width),
      (1...1024).contains(height), parts.count <= 2, parts.last != ""
    else {
      throw RenderingError(
        "the wrapper \(word) takes a size up to 1024x1024, then at will a camera, then 'append', such as "
          + "\(word):84x84:tracking:append; found '\(text)'")
    }
    self.content = content
    picture = Renderer.Configuration(width: width, height: height)
    if parts.count == 2 { camera = Camera(name: parts[1]) }
  }

  /// The text that it is read from; a camera that has none, because it is fixed, is left out.
  public var description: String {
    let name: String? =
      switch camera {
      case .named(let name): name
      case .tracking, .fixed: keepsObservation ? "tracking" : nil
      }
    return (["\(content.rawValue):\(picture.width)x\(picture.height)", name, keepsObservation ? "append" : nil])
      .compactMap { $0 }.joined(separator: ":")
  }
}
