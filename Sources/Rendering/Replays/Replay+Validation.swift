/// Why a replay cannot be shown, in one line.
public struct ReplayError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, where, and what would be right.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension Replay {
  /// Checks that the replay can be shown.
  ///
  /// - Throws: ``ReplayError`` naming the first value that is not finite, the first array of the wrong length, or what
  ///   is missing.
  public func validate() throws(ReplayError) {
    guard frameInterval.isFinite, frameInterval > 0 else {
      throw ReplayError("replay: the frame interval is \(frameInterval) s; it must be greater than zero")
    }
    guard !shapes.isEmpty else { throw ReplayError("replay: there are no shapes to show") }
    guard !episodes.isEmpty else { throw ReplayError("replay: there is no episode; record at least one frame") }
    for index in shapes.indices { try validateShape(index) }
    for index in episodes.indices { try validateEpisode(index) }
  }

  private func label(ofShape index: Int) -> String {
    shapes[index].name.isEmpty ? "shape \(index)" : "shape \(index) (\(shapes[index].name))"
  }

  private func validateShape(_ index: Int) throws(ReplayError) {
    let shape = shapes[index]
    let needed = shape.kind.sizeCount
    guard shape.size.count >= needed, shape.size.prefix(needed).allSatisfy({ $0.isFinite && $0 > 0 && $0 < 1e6 }) else {
      throw ReplayError(
        "replay: \(label(ofShape: index)) has the size \(shape.size); a \(shape.kind.rawValue) needs \(needed) "
          + "half sizes greater than zero")
    }
    if shape.kind == .mesh, let problem = (shape.mesh ?? Mesh(vertices: [], triangles: [])).problem {
      throw ReplayError("replay: \(label(ofShape: index)) is a mesh with \(problem)")
    }
    guard shape.colour.count == 4, shape.colour.allSatisfy({ (0...1).contains($0) }) else {
      throw ReplayError(
        "replay: \(label(ofShape: index)) has the colour \(shape.colour); it must be four numbers from 0 to 1")
    }
  }

  private func validateEpisode(_ index: Int) throws(ReplayError) {
    let episode = episodes[index]
    let place = "replay: episode \(index + 1)"
    let frames = episode.frameCount
    guard frames > 0 else { throw ReplayError("\(place) has no frames") }
    let channels = shapes.count * 7
    guard episode.poses.count == frames * channels else {
      throw ReplayError(
        "\(place) has \(episode.poses.count) pose numbers; \(frames) frames of \(shapes.count) shapes need "
          + "\(frames * channels)")
    }
    for offset in stride(from: 0, to: episode.poses.count, by: 7) {
      // Farther than this a quantised position would be off by more than a viewer should hide.
      guard episode.poses[offset..<offset + 3].allSatisfy({ abs($0) <= 1e5 }) else {
        throw poseError(place, episode, offset, "position", "must be finite and within 100 km of the origin")
      }
      let square = episode.poses[offset + 3..<offset + 7].reduce(0) { $0 + $1 * $1 }
      guard square.isFinite, square > 1e-6 else {
        throw poseError(place, episode, offset, "rotation", "must be a finite quaternion other than zero")
      }
    }
    for ground in episode.grounds ?? [] {
      guard shapes.indices.contains(ground.shape), let mesh = shapes[ground.shape].mesh,
        ground.heights.count * 3 == mesh.vertices.count, ground.heights.allSatisfy({ abs($0) < 1e6 })
      else {
        throw ReplayError(
          "\(place) has \(ground.heights.count) heights for shape \(ground.shape); it takes a finite one for each vertex of a mesh"
        )
      }
    }
    if let frame = episode.rewards.firstIndex(where: { !Float($0).isFinite }) {
      throw ReplayError("\(place), frame \(frame): the reward is \(episode.rewards[frame]); it must be finite")
    }
    for series in episode.series {
      guard series.values.count <= frames else {
        throw ReplayError("\(place): the curve '\(series.name)' has \(series.values.count) values for \(frames) frames")
      }
      if let frame = series.values.firstIndex(where: { !$0.isFinite }) {
        throw ReplayError(
          "\(place), frame \(frame): the curve '\(series.name)' is \(series.values[frame]); it must be finite")
      }
    }
  }

  private func poseError(
    _ place: String, _ episode: Episode, _ offset: Int, _ what: String, _ rule: String
  ) -> ReplayError {
    let numbers = what == "position" ? episode.poses[offset..<offset + 3] : episode.poses[offset + 3..<offset + 7]
    let (frame, shape) = (offset / 7).quotientAndRemainder(dividingBy: shapes.count)
    return ReplayError(
      "\(place), frame \(frame): the \(what) of \(label(ofShape: shape)) is \(Array(numbers)); it \(rule)")
  }
}

extension Replay.Mesh {
  /// What is wrong with it, in a few words; nil if it can be shown.
  var problem: String? {
    guard !triangles.isEmpty else { return "no triangles" }
    guard vertices.count.isMultiple(of: 3), triangles.count.isMultiple(of: 3) else {
      return "\(vertices.count) coordinates and \(triangles.count) indices; both come in threes"
    }
    guard vertices.allSatisfy({ abs($0) < 1e6 }) else { return "a vertex that is not finite" }
    let count = vertices.count / 3
    if let index = triangles.first(where: { $0 >= count }) { return "no vertex \(index); it has \(count)" }
    return nil
  }
}
