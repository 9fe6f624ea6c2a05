import Foundation

@testable import SinewRendering

/// Replays made without a simulation.
enum ReplayFixtures {
  /// A hopper that hops by kinematics: the hip follows an arc, the ankle stands or swings, and the knee follows from
  /// both.
  static func hopper(title: String = "hopper", episodes: [(frames: Int, speed: Double)] = [(500, 1.4)]) -> Replay {
    let skin: [Float] = [0.86, 0.58, 0.33, 1]
    var replay = Replay(
      title: title, subtitle: "synthetic gait",
      shapes: [
        .init(kind: .plane, size: [20, 20, 0.125], colour: [0.8, 0.9, 0.8, 1], name: "floor"),
        .init(kind: .capsule, size: [0.05, 0.2], colour: skin, name: "torso"),
        .init(kind: .capsule, size: [0.05, 0.225], colour: skin, name: "thigh"),
        .init(kind: .capsule, size: [0.04, 0.25], colour: skin, name: "leg"),
        .init(kind: .capsule, size: [0.06, 0.195], colour: [0.32, 0.45, 0.62, 1], name: "foot"),
      ], frameInterval: 0.008)
    for (index, episode) in episodes.enumerated() {
      replay.beginEpisode()
      for frame in 0..<episode.frames {
        let time = Double(frame) * replay.frameInterval
        let poses = hopperPoses(time: time, speed: episode.speed, period: 0.62)
        let forward = episode.speed + 0.5 * sin(10 * time) + 0.1 * sin(37 * time + Double(index))
        let control = -0.001 * (1.6 + sin(23 * time))
        replay.append(
          poses: poses, reward: frame == 0 ? 0 : 1 + forward + control,
          terms: frame == 0 ? [] : [("healthy", 1), ("forward", forward), ("control", control)])
      }
      replay.endEpisode(outcome: index == 1 ? "fell" : "time limit")
    }
    return replay
  }

  private static func hopperPoses(time: Double, speed: Double, period: Double) -> [Float] {
    let cycle = time / period
    let whole = cycle.rounded(.down)
    let phase = cycle - whole
    let stance = 0.45
    let stride = speed * period
    let hip = (x: speed * time, z: 0.98 + 0.1 * sin(2 * .pi * (phase - stance / 2) - .pi / 2))
    let landing = (whole + stance / 2) * stride
    let swing = max(0, (phase - stance) / (1 - stance))
    let eased = swing * swing * (3 - 2 * swing)
    let ankle = (x: landing + eased * stride, z: 0.1 + 0.32 * sin(.pi * swing))
    let toe = -0.5 * sin(.pi * swing) + (phase < stance ? 0 : 0.2 * sin(2 * .pi * swing))

    // The knee lies in front of the line from hip to ankle.
    let (thigh, shank) = (0.45, 0.5)
    let (dx, dz) = (ankle.x - hip.x, ankle.z - hip.z)
    let distance = min(hypot(dx, dz), thigh + shank - 1e-6)
    let bend = acos((thigh * thigh + distance * distance - shank * shank) / (2 * thigh * distance))
    let angle = atan2(dx, -dz) + bend
    let knee = (x: hip.x + thigh * sin(angle), z: hip.z - thigh * cos(angle))
    let pitch = 0.1 + 0.06 * sin(2 * .pi * phase)

    func segment(_ a: (x: Double, z: Double), _ b: (x: Double, z: Double)) -> [Float] {
      pose((a.x + b.x) / 2, (a.z + b.z) / 2, pitch: atan2(b.x - a.x, b.z - a.z))
    }
    let top = (x: hip.x + 0.4 * sin(pitch), z: hip.z + 0.4 * cos(pitch))
    let front = (x: ankle.x + 0.26 * cos(toe), z: ankle.z - 0.04 + 0.26 * sin(toe))
    let heel = (x: ankle.x - 0.13 * cos(toe), z: ankle.z - 0.04 - 0.13 * sin(toe))
    return [0, 0, 0, 1, 0, 0, 0] + segment(hip, top) + segment(knee, hip) + segment(ankle, knee) + segment(heel, front)
  }

  /// A pose in the x–z plane: a shape along z, turned about y.
  static func pose(_ x: Double, _ z: Double, pitch: Double) -> [Float] {
    [Float(x), 0, Float(z), Float(cos(pitch / 2)), 0, Float(sin(pitch / 2)), 0]
  }

  /// One sphere and no frames yet; ``rest`` is a frame of it.
  static func still() -> Replay {
    Replay(title: "still", shapes: [.init(kind: .sphere, size: [0.1], name: "ball")], frameInterval: 0.02)
  }

  /// At the origin, unturned.
  static let rest: [Float] = [0, 0, 0, 1, 0, 0, 0]

  /// Every kind of shape, tumbling, without a ground of its own.
  static func shapes(frames: Int = 200) -> Replay {
    var replay = Replay(
      title: "shapes",
      shapes: [
        .init(kind: .box, size: [0.3, 0.2, 0.1], colour: [0.75, 0.3, 0.28, 1], name: "box"),
        .init(kind: .cylinder, size: [0.2, 0.15], colour: [0.3, 0.55, 0.4, 1], name: "cylinder"),
        .init(kind: .sphere, size: [0.18], colour: [0.28, 0.42, 0.7, 1], name: "sphere"),
        .init(kind: .capsule, size: [0.09, 0.2], colour: [0.8, 0.6, 0.2, 0.6], name: "capsule"),
      ], frameInterval: 0.02)
    for frame in 0..<frames {
      let time = Double(frame) * replay.frameInterval
      var poses: [Float] = []
      for shape in 0..<4 {
        let half = 0.7 * time + Double(shape)
        let axis = [[0.6, 0, 0.8], [0, 0.6, 0.8], [0, 1, 0], [0.8, 0.6, 0]][shape]
        poses += [
          Float(0.7 * Double(shape) - 1), Float(0.1 * sin(time)), Float(0.5 + 0.1 * sin(2 * time + Double(shape))),
        ]
        poses += [Float(cos(half))] + axis.map { Float($0 * sin(half)) }
      }
      replay.append(poses: poses, reward: sin(time))
    }
    return replay
  }
}
