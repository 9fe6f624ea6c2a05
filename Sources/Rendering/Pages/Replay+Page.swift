import Foundation

extension Replay {
  /// One self-contained HTML page: a three-dimensional view with playback, and a plot of the reward.
  ///
  /// The page reads nothing from a network and works from a file. It draws with WebGL 2, and more simply without.
  /// A link may carry a moment: `page.html#episode=2&t=1.2&play=0`, also `speed`, `azimuth`, `elevation` (degrees),
  /// `zoom`, `theme=light|dark`, and `panel=0` for the view alone.
  ///
  /// Positions are stored in 16 bits between a coordinate's least and greatest value in the episode, so a path of
  /// 30 m is exact to 0.3 mm.
  ///
  /// - Throws: ``ReplayError`` if a value is not finite, an array has the wrong length, or nothing was recorded.
  public func html() throws(ReplayError) -> String {
    try validate()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(PackedReplay(self)) else {
      throw ReplayError("replay: the recording cannot be written as JSON")
    }
    // In JSON `<` only occurs inside strings; written as an escape it can't end the script element.
    let data = String(decoding: json, as: UTF8.self).replacingOccurrences(of: "<", with: "\\u003c")
    return ReplayAssets.filled(
      ReplayAssets.page,
      [
        "title": escaped(title.isEmpty ? "Replay" : title),
        "subtitle": escaped(subtitle),
        "style": ReplayAssets.style,
        "script": ReplayAssets.script,
        "data": data,
      ])
  }
}

/// The page's data: numbers as base64 of little-endian arrays.
struct PackedReplay: Codable {
  struct Series: Codable {
    var name: String
    var values: String
  }
  struct Poses: Codable {
    /// Float32, shapes × 7 × 2: least value and span of each channel.
    var ranges: String
    /// UInt16, frame by frame, of the channels whose span is not zero.
    var codes: String
  }
  struct Ground: Codable {
    var shape: Int
    /// Float32, one for each vertex.
    var heights: String
  }
  struct Episode: Codable {
    var grounds: [Ground]?
    var frames: Int
    var outcome: String
    var poses: Poses
    var rewards: String
    var series: [Series]
  }

  var interval: Double
  var shapes: [Replay.Shape]
  var episodes: [Episode]

  init(_ replay: Replay) {
    interval = replay.frameInterval
    shapes = replay.shapes
    episodes = replay.episodes.map { recorded in
      var episode = recorded
      episode.completeSeries()
      return Episode(
        grounds: episode.grounds?.map {
          Ground(shape: $0.shape, heights: PackedReplay.base64($0.heights.map(\.bitPattern.littleEndian)))
        }, frames: episode.frameCount, outcome: episode.outcome,
        poses: PackedReplay.pack(episode.poses, channels: replay.shapes.count * 7),
        rewards: PackedReplay.base64(episode.rewards.map { Float($0).bitPattern.littleEndian }),
        series: episode.series.map {
          Series(name: $0.name, values: PackedReplay.base64($0.values.map(\.bitPattern.littleEndian)))
        })
    }
  }

  /// Sixteen bits per number, and nothing for a channel that never changes, as most do in a planar robot.
  static func pack(_ recorded: [Float], channels: Int) -> Poses {
    let poses = withContinuousRotations(recorded, channels: channels)
    var ranges: [Float] = []
    for channel in 0..<channels {
      var low = Float.infinity
      var high = -Float.infinity
      for index in stride(from: channel, to: poses.count, by: channels) {
        low = min(low, poses[index])
        high = max(high, poses[index])
      }
      ranges += [low, high - low]
    }
    var codes: [UInt16] = []
    codes.reserveCapacity(poses.count)
    for (index, value) in poses.enumerated() {
      let channel = index % channels
      let span = ranges[2 * channel + 1]
      guard span > 0 else { continue }
      let code = (Double(value - ranges[2 * channel]) / Double(span) * 65535).rounded()
      codes.append(UInt16(min(max(code, 0), 65535)).littleEndian)
    }
    return Poses(ranges: base64(ranges.map(\.bitPattern.littleEndian)), codes: base64(codes))
  }

  /// Normalised quaternions, each with the sign nearer its predecessor (q and −q are one rotation), so that the
  /// channels are smooth and interpolation takes the short way.
  static func withContinuousRotations(_ recorded: [Float], channels: Int) -> [Float] {
    var poses = recorded
    for offset in stride(from: 0, to: poses.count, by: 7) {
      var scale = 1 / poses[offset + 3..<offset + 7].reduce(0) { $0 + $1 * $1 }.squareRoot()
      if offset >= channels {
        let cosine = (3..<7).reduce(Float(0)) { $0 + poses[offset + $1] * poses[offset - channels + $1] }
        if cosine < 0 { scale = -scale }
      }
      for index in offset + 3..<offset + 7 { poses[index] *= scale }
    }
    return poses
  }

  static func base64<Number: FixedWidthInteger>(_ numbers: [Number]) -> String {
    numbers.withUnsafeBytes { Data($0).base64EncodedString() }
  }
}
