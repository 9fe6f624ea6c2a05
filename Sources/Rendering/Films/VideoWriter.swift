import Foundation

/// Writes frames to an `.mp4` that every browser plays (H.264), by Debian's `ffmpeg`.
///
/// The file is there once ``finish()`` returns, and not before; without it nothing is left.
public final class VideoWriter {
  private let encoder: FFmpeg
  private let size: SIMD2<Int>

  /// Begins a film.
  ///
  /// - Parameters:
  ///   - path: where it goes; its folder must exist, and what is there is replaced.
  ///   - width: pixels across, even (H.264 halves the resolution of colour).
  ///   - height: pixels down, even.
  ///   - framesPerSecond: more than 0.
  /// - Throws: ``RenderingError`` if a number is out of range, ffmpeg is missing, or the file can't be written.
  public init(path: String, width: Int, height: Int, framesPerSecond: Double) throws(RenderingError) {
    guard width > 0, height > 0, width.isMultiple(of: 2), height.isMultiple(of: 2) else {
      throw RenderingError("a video has an even width and height, not \(width) × \(height)")
    }
    guard framesPerSecond > 0, framesPerSecond.isFinite else {
      throw RenderingError("a video has more than 0 frames per second, not \(framesPerSecond)")
    }
    size = SIMD2(width, height)
    encoder = try FFmpeg(
      size: size, rate: framesPerSecond,
      encoding: [
        "-c:v", "libx264", "-preset", "medium", "-crf", "20", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f",
        "mp4",
      ], destination: URL(filePath: path))
  }

  /// Adds a frame.
  ///
  /// - Throws: ``RenderingError`` for a frame of another size, or with the last line of what ffmpeg says.
  public func append(_ image: Image) throws(RenderingError) {
    guard image.width == size.x, image.height == size.y else {
      throw RenderingError(
        "the frames of \(encoder.name) have \(size.x) × \(size.y) pixels, not \(image.width) × \(image.height)")
    }
    try encoder.write(image.pixels)
  }

  /// Completes the file and gives it its name.
  ///
  /// - Throws: ``RenderingError`` with the last line of what ffmpeg says.
  public func finish() throws(RenderingError) { try encoder.finish() }

  /// Ends the film without a file.
  public func cancel() { encoder.cancel() }
}

extension Image {
  /// Writes the picture to a `.png`, by Debian's `ffmpeg`; what is there is replaced, in one step.
  ///
  /// - Parameter path: where it goes; its folder must exist.
  /// - Throws: ``RenderingError`` if ffmpeg is missing or the file can't be written.
  public func write(pngFile path: String) throws(RenderingError) {
    let encoder = try FFmpeg(
      size: SIMD2(width, height), rate: 1,
      encoding: ["-frames:v", "1", "-c:v", "png", "-pred", "mixed", "-f", "image2", "-update", "1"],
      destination: URL(filePath: path))
    try encoder.write(pixels)
    try encoder.finish()
  }
}
