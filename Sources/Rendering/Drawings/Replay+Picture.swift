import SinewPhysics

extension Replay {
  /// A small SVG of the robot in motion, seen from the side: several poses along the path, earlier ones fainter.
  /// What moves over a table or through a maze is seen from above, with the whole of it.
  ///
  /// The view is perpendicular to the direction of travel. The same replay always gives the same text.
  ///
  /// - Parameters:
  ///   - episode: index into `episodes`.
  ///   - seconds: the part of the episode to show; nil chooses a stretch of about two body lengths from its middle,
  ///     or the first three seconds of a robot that stays in place.
  ///   - poses: number of poses drawn, at least 1.
  ///   - width: of the picture in pixels, at least 200; the height follows.
  /// - Throws: ``ReplayError`` for a replay that ``validate()`` rejects, or an argument out of range.
  public func picture(
    episode: Int = 0, seconds: ClosedRange<Double>? = nil, poses: Int = 8, width: Int = 960
  ) throws(ReplayError) -> String {
    try validate()
    guard episodes.indices.contains(episode) else {
      throw ReplayError("replay: there is no episode with index \(episode); the last is \(episodes.count - 1)")
    }
    guard (1...100).contains(poses), (200...8000).contains(width) else {
      throw ReplayError("replay: a picture has 1 to 100 poses and a width of 200 to 8000, not \(poses) and \(width)")
    }
    let motion = ReplayMotion(self, episode: episode)
    let frames = try pictureFrames(motion, seconds)
    let count = min(poses, frames.count)
    let chosen = (0..<count).map { index in
      count == 1
        ? frames.upperBound
        : frames.lowerBound
          + Int((Double(index) * Double(frames.count - 1) / Double(count - 1)).rounded())
    }
    return ReplayDrawing(motion: motion, frames: frames, chosen: chosen, width: Double(width)).svg()
  }

  private func pictureFrames(
    _ motion: ReplayMotion, _ seconds: ClosedRange<Double>?
  ) throws(ReplayError) -> ClosedRange<Int> {
    let last = motion.frameCount - 1
    if let seconds {
      guard seconds.lowerBound >= 0, seconds.lowerBound <= Double(last) * frameInterval, seconds.upperBound.isFinite
      else {
        throw ReplayError("replay: the episode lasts \(Double(last) * frameInterval) s; \(seconds) s is outside it")
      }
      let first = Int((seconds.lowerBound / frameInterval).rounded())
      let end = min(seconds.upperBound / frameInterval, Double(last)).rounded()
      return min(first, last)...max(min(first, last), Int(end))
    }
    if motion.isTable { return 0...last }
    let stretch = 1.9 * motion.size
    let travelled = motion.travelled
    guard let whole = travelled.max(), whole > motion.size else {
      return 0...min(last, Int((3 / frameInterval).rounded()))
    }
    let start = max(0, whole - stretch) * 0.4
    let first = travelled.firstIndex { $0 >= start } ?? 0
    let end = travelled.firstIndex { $0 >= start + min(stretch, whole) } ?? last
    return first...max(first, end)
  }
}

/// An episode as the picture sees it: which shapes move, where their middle is, and which way they go.
struct ReplayMotion {
  let replay: Replay
  let episode: Replay.Episode
  let frameCount: Int
  /// Solid shapes that move during the episode, and those that do not.
  let moving: [Int]
  let still: [Int]
  /// Middle of the moving shapes per frame.
  let middle: [SIMD3<Double>]
  /// Unit vector over the ground along the way from the first to the farthest place; +x for a robot that stays.
  let heading: SIMD3<Double>
  /// Whether everything moves at one height among things that stay: seen from above, and whole.
  let isTable: Bool
  /// Largest distance of a moving shape's far end from the middle, doubled: about the robot's height, in metres.
  let size: Double

  init(_ replay: Replay, episode index: Int) {
    self.replay = replay
    let episode = replay.episodes[index]
    self.episode = episode
    let channels = replay.shapes.count * 7
    let solid = replay.shapes.indices.filter { replay.shapes[$0].kind != .plane && replay.shapes[$0].colour[3] > 0 }
    func moves(_ shape: Int) -> Bool {
      let first = episode.poses[shape * 7..<shape * 7 + 7]
      return stride(from: shape * 7, to: episode.poses.count, by: channels).contains { offset in
        !episode.poses[offset..<offset + 7].elementsEqual(first)
      }
    }
    let movers = solid.filter(moves)
    let moving = movers.isEmpty ? solid : movers
    let frameCount = episode.frameCount
    let middle = (0..<frameCount).map { frame -> SIMD3<Double> in
      var sum = SIMD3<Double>()
      for shape in moving {
        sum += episode.pose(at: frame * channels + shape * 7).position
      }
      return sum / Double(max(moving.count, 1))
    }
    var farthest = SIMD3<Double>()
    var size = 0.0
    for frame in 0..<frameCount {
      let way = (middle[frame] - middle[0]) * SIMD3(1, 1, 0)
      if length(way) > length(farthest) { farthest = way }
      for shape in moving {
        let distance = length(episode.pose(at: frame * channels + shape * 7).position - middle[frame])
        size = max(size, 2 * (distance + replay.shapes[shape].boundingRadius))
      }
    }
    self.moving = moving
    self.still = solid.filter { !moving.contains($0) }
    self.middle = middle
    self.frameCount = frameCount
    self.size = size
    let isLevel = moving.allSatisfy { shape in
      let height = episode.pose(at: shape * 7).position.z
      return (0..<frameCount).allSatisfy {
        abs(episode.pose(at: ($0 * replay.shapes.count + shape) * 7).position.z - height)
          < 1e-3 * replay.shapes[shape].boundingRadius
      }
    }
    self.isTable = isLevel && moving.count < solid.count
    self.heading = !isTable && length(farthest) > size ? farthest / length(farthest) : SIMD3(1, 0, 0)
  }

  /// Metres along the heading since the start, per frame.
  var travelled: [Double] { middle.map { dot($0 - middle[0], heading) } }

  func pose(_ shape: Int, frame: Int) -> Pose {
    episode.pose(at: (frame * replay.shapes.count + shape) * 7)
  }

  /// Height of the ground, if the model has a level one.
  var groundHeight: Double? {
    guard let plane = replay.shapes.firstIndex(where: { $0.kind == .plane && $0.colour[3] > 0 }) else { return nil }
    let pose = pose(plane, frame: 0)
    return pose.rotation.rotate(SIMD3(0, 0, 1)).z > 0.999 ? pose.position.z : nil
  }
}

extension Replay.Episode {
  /// The pose that begins at an offset into `poses`.
  func pose(at offset: Int) -> Pose {
    let numbers = poses[offset..<offset + 7].map { Double($0) }
    let rotation = Quaternion(w: numbers[3], x: numbers[4], y: numbers[5], z: numbers[6])
    return Pose(position: SIMD3(numbers[0], numbers[1], numbers[2]), rotation: rotation.normalized)
  }
}

extension Replay.Shape {
  /// Radius of the ball about the shape's origin that holds it, in metres.
  public var boundingRadius: Double {
    let half = size.map(Double.init)
    switch kind {
    case .sphere: return half[0]
    case .capsule: return half[0] + half[1]
    case .cylinder: return length(SIMD3(half[0], half[1], 0))
    case .box: return length(SIMD3(half[0], half[1], half[2]))
    case .ellipsoid: return max(half[0], half[1], half[2])
    case .mesh: return (mesh?.points ?? []).map(length).max() ?? 0
    case .plane: return 0
    }
  }
}
