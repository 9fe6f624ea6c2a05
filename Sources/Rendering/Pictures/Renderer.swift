import SinewGraphics
import SinewPhysics

/// Draws a scene into memory, without a window: colours, or how far away things are.
///
/// The same poses and view give the same bits on one machine, on any thread and beside any number of other renderers,
/// as long as the driver draws in software (Mesa's does, where there is no graphics card). Confined to one thread at a
/// time; it may move between threads.
public final class Renderer {
  /// How pictures are made.
  public struct Configuration: Sendable, Equatable {
    /// Pixels across, 1…8192.
    public var width = 640
    /// Pixels down, 1…8192.
    public var height = 480
    /// Places in a pixel at which edges are looked at: 1 gives hard edges, 4 smooth ones.
    public var samples = 4
    /// Whether things cast shadows.
    public var castsShadows = true

    /// A picture of this size, with smooth edges and shadows.
    public init(width: Int = 640, height: Int = 480) { (self.width, self.height) = (width, height) }
  }

  /// What is drawn.
  public private(set) var scene: Scene
  /// How.
  public let configuration: Configuration

  let context: GraphicsContext
  let programs: Programs
  var shapes: ShapeBuffer
  /// Two triangles that cover a square.
  let corners: UInt32
  let shadows: RenderTarget?
  /// Radius of the ball about each shape's origin that holds it, metres.
  let reaches: [Double]
  /// What is drawn into with many samples a pixel, and the picture itself; the same where one sample is enough.
  let smooth: RenderTarget
  let flat: RenderTarget
  private var distances: RenderTarget?
  private let trackingDistance: Double
  private let pixelsPerMetre: Double
  /// Heights of ground that a task has changed, by shape.
  private var grounds: [Int: [Double]] = [:]
  private var bytes: [UInt8]
  private var words: [UInt32] = []
  /// Words that the driver gives for a pixel of depth.
  private var depthStride = 4

  /// The scene of a model.
  ///
  /// - Throws: what the simulation throws of a model that it can't simulate; ``RenderingError`` for a size out of
  ///   range, or where nothing can be drawn: its line says what to install.
  public convenience init(model: Model, configuration: Configuration = Configuration()) throws {
    try self.init(scene: Scene(model: model), configuration: configuration)
  }

  /// - Throws: ``RenderingError`` for a size out of range, or where nothing can be drawn: its line says what to
  ///   install.
  public init(scene: Scene, configuration: Configuration = Configuration()) throws(RenderingError) {
    let (width, height) = (configuration.width, configuration.height)
    guard (1...8192).contains(width), (1...8192).contains(height) else {
      throw RenderingError("a picture has 1 to 8192 pixels across and down, not \(width) × \(height)")
    }
    let context = try GraphicsContext()
    let trackingDistance = scene.trackingDistance(aspect: Double(width) / Double(height))
    let pixelsPerMetre = Double(height) / (2 * scene.trackingTangent * trackingDistance)
    (smooth, flat, programs, shapes, shadows, corners) = try context.use { gl throws(RenderingError) in
      var most: Int32 = 1
      gl.glGetIntegerv(GL_MAX_SAMPLES, &most)
      let samples = min(Int32(clamping: max(configuration.samples, 1)), most)
      let flat = try RenderTarget(gl, format: GL_RGBA8, samples: 0, width: width, height: height)
      let smooth =
        samples > 1
        ? try RenderTarget(gl, format: GL_RGBA8, samples: samples, width: width, height: height) : flat
      let side = min(max(Self.powerOfTwo(max(width, height)), 256), 2048)
      return (
        smooth, flat, try Programs(gl), ShapeBuffer(gl, shapes: scene.shapes, pixelsPerMetre: pixelsPerMetre),
        configuration.castsShadows ? try RenderTarget(gl, depthSide: side) : nil, Self.uploadCorners(gl)
      )
    }
    (self.scene, self.configuration, self.context) = (scene, configuration, context)
    (self.trackingDistance, self.pixelsPerMetre) = (trackingDistance, pixelsPerMetre)
    bytes = [UInt8](repeating: 0, count: 4 * width * height)
    reaches = scene.shapes.map(\.boundingRadius)
  }

  private static func powerOfTwo(_ least: Int) -> Int {
    var result = 1
    while result < least { result *= 2 }
    return result
  }

  private static func uploadCorners(_ gl: sinew_gl) -> UInt32 {
    let corners: [Float] = [-1, -1, 1, -1, 1, 1, -1, -1, 1, 1, -1, 1]
    var (array, buffer): (UInt32, UInt32) = (0, 0)
    gl.glGenVertexArrays(1, &array)
    gl.glBindVertexArray(array)
    gl.glGenBuffers(1, &buffer)
    gl.glBindBuffer(GL_ARRAY_BUFFER, buffer)
    gl.glBufferData(GL_ARRAY_BUFFER, 4 * corners.count, corners, GL_STATIC_DRAW)
    gl.glEnableVertexAttribArray(0)
    gl.glVertexAttribPointer(0, 2, GL_FLOAT, 0, 8, nil)
    return array
  }

  /// What draws, as the driver calls itself.
  public static func driver() throws(RenderingError) -> String {
    try GraphicsContext().use { gl in
      [GL_RENDERER, GL_VERSION].compactMap { gl.glGetString($0).map { String(cString: $0) } }.joined(separator: ", ")
    }
  }

  /// Draws colours.
  ///
  /// - Parameters:
  ///   - poses: where each of the scene's shapes is.
  ///   - view: where from; nil follows the robot.
  /// - Throws: ``RenderingError`` for another number of poses than shapes.
  public func image(poses: [Pose], view: View? = nil) throws(RenderingError) -> Image {
    var image = Image(width: configuration.width, height: configuration.height)
    let width = configuration.width
    try image.pixels.withUnsafeMutableBufferPointer { result throws(RenderingError) in
      try readColours(poses: poses, view: view) { row, pixels in
        let start = 3 * row * width
        for column in 0..<width {
          for channel in 0..<3 { result[start + 3 * column + channel] = pixels[4 * column + channel] }
        }
      }
    }
    return image
  }

  /// Measures depths.
  ///
  /// - Parameters:
  ///   - poses: where each of the scene's shapes is.
  ///   - view: where from; nil follows the robot.
  /// - Throws: ``RenderingError`` for another number of poses than shapes.
  public func depth(poses: [Pose], view: View? = nil) throws(RenderingError) -> DepthImage {
    var image = DepthImage(width: configuration.width, height: configuration.height)
    let width = configuration.width
    try image.metres.withUnsafeMutableBufferPointer { result throws(RenderingError) in
      try readDepths(poses: poses, view: view) { row, column, metres in result[row * width + column] = metres }
    }
    return image
  }

  func view(_ view: View?, _ poses: [Pose]) throws(RenderingError) -> View {
    guard poses.count == scene.shapes.count else {
      throw RenderingError("a frame has \(poses.count) poses; the scene has \(scene.shapes.count) shapes")
    }
    return view ?? scene.trackingView(poses, distance: trackingDistance)
  }

  /// Draws, and hands over the rows from the top: width × 4 bytes each.
  func readColours(
    poses: [Pose], view: View?, _ take: (Int, UnsafeBufferPointer<UInt8>) -> Void
  ) throws(RenderingError) {
    let view = try self.view(view, poses)
    try context.use { gl throws(RenderingError) in
      drawColours(gl, poses, view)
      gl.glBindFramebuffer(GL_READ_FRAMEBUFFER, flat.framebuffer)
      gl.glReadPixels(0, 0, flat.width, flat.height, GL_RGBA, GL_UNSIGNED_BYTE, &bytes)
      try check(gl)
    }
    let (width, height) = (configuration.width, configuration.height)
    bytes.withUnsafeBufferPointer { bytes in
      // OpenGL's rows begin at the bottom.
      for row in 0..<height {
        let start = 4 * width * (height - 1 - row)
        take(row, UnsafeBufferPointer(rebasing: bytes[start..<start + 4 * width]))
      }
    }
  }

  /// Measures, and hands over every pixel, row by row from the top.
  func readDepths(
    poses: [Pose], view: View?, _ take: (_ row: Int, _ column: Int, _ metres: Float) -> Void
  ) throws(RenderingError) {
    let view = try self.view(view, poses)
    let (width, height) = (configuration.width, configuration.height)
    try context.use { gl throws(RenderingError) in
      let target = if let distances { distances } else { try makeDistances(gl) }
      drawDistances(gl, poses, view, into: target)
      let format = depthStride == 1 ? GL_RED_INTEGER : GL_RGBA_INTEGER
      gl.glReadPixels(0, 0, target.width, target.height, format, GL_UNSIGNED_INT, &words)
      try check(gl)
    }
    words.withUnsafeBufferPointer { words in
      for row in 0..<height {
        let start = depthStride * width * (height - 1 - row)
        for column in 0..<width { take(row, column, Float(bitPattern: words[start + depthStride * column])) }
      }
    }
  }

  private func makeDistances(_ gl: sinew_gl) throws(RenderingError) -> RenderTarget {
    let target = try RenderTarget(
      gl, format: GL_R32UI, samples: 0, width: configuration.width, height: configuration.height)
    // Four words a pixel can be read everywhere; a driver may offer to leave out the three that are nothing.
    var (format, type): (Int32, Int32) = (0, 0)
    gl.glGetIntegerv(GL_IMPLEMENTATION_COLOR_READ_FORMAT, &format)
    gl.glGetIntegerv(GL_IMPLEMENTATION_COLOR_READ_TYPE, &type)
    depthStride = format == Int32(GL_RED_INTEGER) && type == Int32(GL_UNSIGNED_INT) ? 1 : 4
    words = [UInt32](repeating: 0, count: depthStride * configuration.width * configuration.height)
    distances = target
    return target
  }

  private func check(_ gl: sinew_gl) throws(RenderingError) {
    let error = gl.glGetError()
    guard error == 0 else { throw RenderingError("cannot draw: OpenGL reports error \(error)") }
  }

  /// Takes the ground as it now is, where a task has changed it.
  func followGround(of simulation: Simulation) throws(RenderingError) {
    var hasChanged = false
    for (index, geometry) in simulation.model.geometries.enumerated() where scene.shapes.indices.contains(index) {
      guard case .heightField(let field) = geometry.shape else { continue }
      let heights = simulation.heights(ofGeometry: index)
      guard heights != grounds[index] ?? field.heights, var mesh = scene.shapes[index].mesh else { continue }
      grounds[index] = heights
      for (vertex, height) in heights.enumerated() { mesh.vertices[3 * vertex + 2] = Float(height) }
      scene.setMesh(mesh, ofShape: index, at: simulation.pose(ofGeometry: index))
      hasChanged = true
    }
    guard hasChanged else { return }
    try context.use { gl in
      shapes.discard(gl)
      shapes = ShapeBuffer(gl, shapes: scene.shapes, pixelsPerMetre: pixelsPerMetre)
    }
  }
}
