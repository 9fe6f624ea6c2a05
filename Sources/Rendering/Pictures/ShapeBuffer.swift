import SinewGraphics
import SinewPhysics

/// Every shape of a scene in one buffer, drawn with one call for up to 256 shapes; a frame only sends their poses.
struct ShapeBuffer {
  /// Which shapes a pass draws, by their opacity.
  enum Part: CaseIterable {
    /// Those that hide what is behind them.
    case opaque
    /// Those that are seen through, and yet cast shadows and stop a depth camera.
    case tinted
    /// Those that are hardly there.
    case faint

    init?(opacity: Float) {
      switch opacity {
      case 0.999...: self = .opaque
      case 0.3...: self = .tinted
      default:
        guard opacity > 0 else { return nil }
        self = .faint
      }
    }
  }

  /// Shapes whose poses fit into one uniform block, and where the indices of each part of them are.
  private struct Batch {
    var shapes: [Int] = []
    var ranges: [Part: Range<Int>] = [:]
    /// The same shapes with fewer triangles, for shadows, whose edges are soft.
    var coarse: [Part: Range<Int>] = [:]
  }

  private static let stride: Int32 = 28
  /// OpenGL ES 3.0 promises 16 KiB of uniforms: 256 shapes of 64 bytes.
  private static let batchSize = 256
  private static let shapeSize = 16

  private let shapes: [Replay.Shape]
  private var batches: [Batch] = []
  private var vertexArray: UInt32 = 0
  private var buffers: [UInt32] = [0, 0, 0]
  private var uniforms: UInt32 { buffers[2] }
  private var values: [Float]

  /// - Parameter pixelsPerMetre: where the shapes are, from which the pieces of round ones follow.
  init(_ gl: sinew_gl, shapes: [Replay.Shape], pixelsPerMetre: Double) {
    self.shapes = shapes
    let seen = shapes.indices.filter { shapes[$0].kind != .plane && shapes[$0].colour[3] > 0 }
    var vertices: [UInt32] = []
    var indices: [UInt32] = []
    for first in Swift.stride(from: 0, to: seen.count, by: Self.batchSize) {
      var batch = Batch(shapes: Array(seen[first..<min(first + Self.batchSize, seen.count)]))
      for (part, isCoarse) in Part.allCases.flatMap({ [($0, false), ($0, true)] }) {
        let start = indices.count
        for (slot, shape) in batch.shapes.enumerated()
        where Part(opacity: shapes[shape].colour[3]) == part {
          guard
            let mesh = TriangleMesh(
              shapes[shape], segments: Self.segments(shapes[shape], isCoarse ? pixelsPerMetre / 4 : pixelsPerMetre))
          else {
            continue
          }
          let base = UInt32(vertices.count * 4) / UInt32(Self.stride)
          for (position, normal) in zip(mesh.positions, mesh.normals) {
            for number in [position.x, position.y, position.z, normal.x, normal.y, normal.z] {
              vertices.append(number.bitPattern)
            }
            vertices.append(UInt32(slot))
          }
          indices += mesh.indices.map { base + $0 }
        }
        if isCoarse { batch.coarse[part] = start..<indices.count } else { batch.ranges[part] = start..<indices.count }
      }
      batches.append(batch)
    }
    values = [Float](repeating: 0, count: batches.count * Self.batchSize * Self.shapeSize)
    upload(gl, vertices, indices)
  }

  /// Pieces around, so that an outline is off by a sixth of a pixel at most where the shape usually is: small triangles
  /// take most of the time that software needs for a picture.
  private static func segments(_ shape: Replay.Shape, _ pixelsPerMetre: Double) -> Int {
    let radius =
      pixelsPerMetre
      * Double(shape.kind == .ellipsoid ? shape.size.max() ?? 0 : shape.size.first ?? 0)
    let count = radius.isFinite ? Double.pi * (max(radius, 0) / 0.3).squareRoot() : 64
    return (Int(min(max(count, 12), 64)) + 3) / 4 * 4
  }

  private mutating func upload(_ gl: sinew_gl, _ vertices: [UInt32], _ indices: [UInt32]) {
    gl.glGenBuffers(3, &buffers)
    gl.glGenVertexArrays(1, &vertexArray)
    gl.glBindVertexArray(vertexArray)
    gl.glBindBuffer(GL_ARRAY_BUFFER, buffers[0])
    gl.glBufferData(GL_ARRAY_BUFFER, 4 * vertices.count, vertices, GL_STATIC_DRAW)
    gl.glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, buffers[1])
    gl.glBufferData(GL_ELEMENT_ARRAY_BUFFER, 4 * indices.count, indices, GL_STATIC_DRAW)
    for place: UInt32 in 0..<3 { gl.glEnableVertexAttribArray(place) }
    gl.glVertexAttribPointer(0, 3, GL_FLOAT, 0, Self.stride, nil)
    gl.glVertexAttribPointer(1, 3, GL_FLOAT, 0, Self.stride, UnsafeRawPointer(bitPattern: 12))
    gl.glVertexAttribIPointer(2, 1, GL_UNSIGNED_INT, Self.stride, UnsafeRawPointer(bitPattern: 24))
  }

  /// Gives its memory back; it can't be drawn any more.
  func discard(_ gl: sinew_gl) {
    var array = vertexArray
    gl.glDeleteVertexArrays(1, &array)
    gl.glDeleteBuffers(3, buffers)
  }

  /// Sends where the shapes are, relative to `origin`: single precision is then finest where the eye is.
  mutating func place(_ gl: sinew_gl, _ poses: [Pose], origin: SIMD3<Double>) {
    for (index, batch) in batches.enumerated() {
      for (slot, shape) in batch.shapes.enumerated() {
        let pose = poses[shape]
        let position = pose.position - origin
        let x = pose.rotation.rotate(SIMD3(1, 0, 0))
        let y = pose.rotation.rotate(SIMD3(0, 1, 0))
        let z = pose.rotation.rotate(SIMD3(0, 0, 1))
        let offset = (index * Self.batchSize + slot) * Self.shapeSize
        for row in 0..<3 {
          values[offset + 4 * row] = Float(x[row])
          values[offset + 4 * row + 1] = Float(y[row])
          values[offset + 4 * row + 2] = Float(z[row])
          values[offset + 4 * row + 3] = Float(position[row])
        }
        for channel in 0..<4 { values[offset + 12 + channel] = shapes[shape].colour[channel] }
      }
    }
    gl.glBindBuffer(GL_UNIFORM_BUFFER, uniforms)
    gl.glBufferData(GL_UNIFORM_BUFFER, 4 * values.count, values, GL_STREAM_DRAW)
  }

  /// Draws one part of the shapes with the program in use.
  func draw(_ gl: sinew_gl, _ part: Part, isCoarse: Bool = false) {
    gl.glBindVertexArray(vertexArray)
    for (index, batch) in batches.enumerated() {
      guard let range = isCoarse ? batch.coarse[part] : batch.ranges[part], !range.isEmpty else { continue }
      let size = 4 * Self.batchSize * Self.shapeSize
      gl.glBindBufferRange(GL_UNIFORM_BUFFER, 0, uniforms, index * size, size)
      gl.glDrawElements(
        GL_TRIANGLES, Int32(range.count), GL_UNSIGNED_INT,
        UnsafeRawPointer(bitPattern: 4 * range.lowerBound))
    }
  }
}
