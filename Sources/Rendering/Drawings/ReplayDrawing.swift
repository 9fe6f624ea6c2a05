import Foundation
import SinewPhysics

/// Draws the poses of a picture as SVG: a parallel view from the side, a little from above.
struct ReplayDrawing {
  let motion: ReplayMotion
  let frames: ClosedRange<Int>
  let chosen: [Int]
  let width: Double

  private var elevation: Double { (motion.isTable ? 68 : 9) * Double.pi / 180 }
  private var right: SIMD3<Double> { motion.heading }
  /// Over the ground, away from the eye.
  private var away: SIMD3<Double> { SIMD3(-right.y, right.x, 0) }
  private var up: SIMD3<Double> { SIMD3(0, 0, cos(elevation)) + away * sin(elevation) }
  private var toEye: SIMD3<Double> { SIMD3(0, 0, sin(elevation)) - away * cos(elevation) }

  /// From metres in the view to pixels.
  private struct Frame {
    var left: Double
    var top: Double
    var scale: Double
    var height: Double
  }

  func svg() -> String {
    let frame = layOut()
    let height = frame.height
    var body: [String] = []
    body.append("<rect width=\"\(number(width))\" height=\"\(number(height))\" rx=\"14\" fill=\"url(#sky)\"/>")
    if !motion.isTable, let ground = motion.groundHeight { body.append(groundMarks(ground, frame)) }
    body.append(trail(frame))
    if !motion.still.isEmpty { body.append(group(motion.still, frame: frames.upperBound, opacity: 1, frame)) }
    for (index, poseFrame) in chosen.enumerated() {
      let age = chosen.count == 1 ? 1 : Double(index) / Double(chosen.count - 1)
      body.append(group(motion.moving, frame: poseFrame, opacity: 0.24 + 0.76 * age * age, frame))
    }
    body.append(caption(height))
    let title = escaped(motion.replay.title)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(height))" \
      width="\(number(width))" height="\(number(height))" role="img" aria-label="\(title) in motion">
      <title>\(title) in motion</title>
      <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#dfe8f3"/><stop offset="1" stop-color="#f8fafc"/>\
      </linearGradient><linearGradient id="ground" x2="0" y2="1"><stop stop-color="#cdd6e1"/>\
      <stop offset="1" stop-color="#e3e9f0"/></linearGradient></defs>
      \(body.joined(separator: "\n"))
      </svg>

      """
  }

  // MARK: Layout

  /// Fits every pose that is drawn, the ground under them, and the captions.
  private func layOut() -> Frame {
    var low = SIMD2(Double.infinity, Double.infinity)
    var high = -low
    for frame in chosen {
      for shape in motion.isTable ? motion.moving + motion.still : motion.moving {
        for (point, radius) in outline(shape, frame: frame) {
          let place = SIMD2(dot(point, right), dot(point, up))
          low = SIMD2(min(low.x, place.x - radius), min(low.y, place.y - radius))
          high = SIMD2(max(high.x, place.x + radius), max(high.y, place.y + radius))
        }
      }
    }
    let side = width * 0.05
    let above = 52.0
    var below = 34.0
    if !motion.isTable, let ground = motion.groundHeight {
      low.y = min(low.y, ground * up.z)
      below = 56
    }
    let span = SIMD2(max(high.x - low.x, 1e-3), max(high.y - low.y, 1e-3))
    let scale = min((width - 2 * side) / span.x, (width * 0.62 - above - below) / span.y)
    let height = (scale * span.y + above + below).rounded()
    return Frame(
      left: low.x - (width / scale - span.x) / 2, top: high.y + above / scale, scale: scale, height: height)
  }

  /// Points and a radius about each, whose hull is the shape.
  private func outline(_ index: Int, frame: Int) -> [(SIMD3<Double>, Double)] {
    let shape = motion.replay.shapes[index]
    let pose = motion.pose(index, frame: frame)
    let half = shape.size.map(Double.init)
    switch shape.kind {
    case .sphere: return [(pose.position, half[0])]
    case .capsule: return [-half[1], half[1]].map { (pose.apply(SIMD3(0, 0, $0)), half[0]) }
    case .cylinder: return [-half[1], half[1]].flatMap { rim(pose, radius: half[0], z: $0) }.map { ($0, 0) }
    case .box: return boxFaces(pose, half).flatMap(\.corners).map { ($0, 0) }
    case .ellipsoid: return ellipsoid(pose, half).map { ($0, 0) }
    case .mesh: return (shape.mesh?.points ?? []).map { (pose.apply($0), 0) }
    case .plane: return []
    }
  }

  private func ellipsoid(_ pose: Pose, _ half: [Double]) -> [SIMD3<Double>] {
    (-6...6).flatMap { row -> [SIMD3<Double>] in
      let latitude = Double.pi / 12 * Double(row)
      return (0..<24).map { step in
        let angle = 2 * Double.pi * Double(step) / 24
        let unit = SIMD3(cos(latitude) * cos(angle), cos(latitude) * sin(angle), sin(latitude))
        return pose.apply(unit * SIMD3(half[0], half[1], half[2]))
      }
    }
  }

  private func rim(_ pose: Pose, radius: Double, z: Double) -> [SIMD3<Double>] {
    (0..<24).map { step in
      let angle = 2 * Double.pi * Double(step) / 24
      return pose.apply(SIMD3(radius * cos(angle), radius * sin(angle), z))
    }
  }

  private func boxFaces(_ pose: Pose, _ half: [Double]) -> [(normal: SIMD3<Double>, corners: [SIMD3<Double>])] {
    (0..<3).flatMap { axis in
      [-1.0, 1.0].map { side in
        var normal = SIMD3<Double>()
        normal[axis] = side
        let corners = [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map { signs in
          var corner = SIMD3<Double>()
          corner[axis] = side * half[axis]
          corner[(axis + 1) % 3] = signs.0 * half[(axis + 1) % 3]
          corner[(axis + 2) % 3] = signs.1 * half[(axis + 2) % 3]
          return pose.apply(corner)
        }
        return (pose.rotation.rotate(normal), corners)
      }
    }
  }

  // MARK: Parts

  private func groundMarks(_ ground: Double, _ frame: Frame) -> String {
    let y = (frame.top - ground * up.z) * frame.scale
    var lines = [
      "<path d=\"M0 \(number(y))H\(number(width))V\(number(frame.height - 14))a14 14 0 0 1 -14 14H14"
        + "a14 14 0 0 1 -14 -14Z\" fill=\"url(#ground)\"/>",
      "<path d=\"M0 \(number(y))H\(number(width))\" stroke=\"#94a3b5\" stroke-width=\"1.2\"/>",
    ]
    let step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50, 100].first { $0 * frame.scale > width / 12 } ?? 1000
    var marks = ""
    var labels: [String] = []
    let start = dot(motion.middle[0], right)
    var count = ((frame.left - start) / step).rounded(.up)
    while true {
      let x = (start + count * step - frame.left) * frame.scale
      if x > width - 30 { break }
      if x > 30 {
        marks += "M\(number(x)) \(number(y))v7"
        let metres = number(count * step, digits: 2).replacingOccurrences(of: "-", with: "−")
        labels.append(
          "<text x=\"\(number(x))\" y=\"\(number(y + 25))\">\(metres) m</text>"
        )
      }
      count += 1
    }
    lines.append("<path d=\"\(marks)\" stroke=\"#94a3b5\"/>")
    lines.append(
      "<g font-family=\"system-ui,sans-serif\" font-size=\"12\" fill=\"#5b6878\" text-anchor=\"middle\">"
        + labels.joined() + "</g>")
    // One group each, so that shadows which overlap don't add up.
    for (frames, opacity) in [(chosen.dropLast(), 0.08), (chosen.suffix(1), 0.2)] where !frames.isEmpty {
      let shadows = frames.map { shadow($0, y, frame) }
      lines.insert("<g fill=\"#22303f\" opacity=\"\(opacity)\">" + shadows.joined() + "</g>", at: lines.count - 1)
    }
    return lines.joined(separator: "\n")
  }

  /// A stain under a pose, smaller the higher the robot is.
  private func shadow(_ poseFrame: Int, _ y: Double, _ frame: Frame) -> String {
    let points = motion.moving.flatMap { outline($0, frame: poseFrame) }
    let sides = points.map { dot($0.0, right) }
    guard let low = sides.min(), let high = sides.max(), let ground = motion.groundHeight,
      let lowest = points.map({ $0.0.z - $0.1 }).min()
    else { return "" }
    let clearance = max(0, lowest - ground) / max(motion.size, 1e-6)
    let radius = ((high - low) / 2 + 0.04 * motion.size) * frame.scale * max(0.5, 1 - 2 * clearance)
    let x = ((low + high) / 2 - frame.left) * frame.scale
    return "<ellipse cx=\"\(number(x))\" cy=\"\(number(y + 3))\" rx=\"\(number(radius))\" "
      + "ry=\"\(number(min(max(2.5, radius * 0.1), 9)))\"/>"
  }

  /// The way of the first moving shape, which is the robot's root.
  private func trail(_ frame: Frame) -> String {
    guard let root = motion.moving.first else { return "" }
    let step = max(1, frames.count / 80)
    let points = stride(from: frames.lowerBound, through: frames.upperBound, by: step).map { index in
      pixel(motion.pose(root, frame: index).position, frame)
    }
    return "<path d=\"M\(points.joined(separator: " "))\" fill=\"none\" stroke=\"#7c8da1\" stroke-width=\"1.4\" "
      + "stroke-dasharray=\"1 5\" stroke-linecap=\"round\"/>"
  }

  private func caption(_ height: Double) -> String {
    let duration = Double(frames.count - 1) * motion.replay.frameInterval
    let travelled = motion.travelled
    let distance = travelled[frames.upperBound] - travelled[frames.lowerBound]
    var facts = ["\(number(duration)) s"]
    if distance > motion.size / 2 { facts.append("\(number(distance)) m") }
    return "<g font-family=\"system-ui,sans-serif\" font-size=\"15\" fill=\"#334155\">"
      + "<text x=\"22\" y=\"32\" font-weight=\"600\">\(escaped(motion.replay.title))</text>"
      + "<text x=\"\(number(width - 22))\" y=\"32\" text-anchor=\"end\" font-size=\"13\" fill=\"#5b6878\">"
      + "\(facts.joined(separator: " · "))</text></g>"
  }

  // MARK: Shapes

  /// One pose: its shapes from far to near.
  private func group(_ shapes: [Int], frame poseFrame: Int, opacity: Double, _ frame: Frame) -> String {
    let ordered = shapes.map { (depth: dot(motion.pose($0, frame: poseFrame).position, toEye), shape: $0) }
      .sorted { ($0.depth, $0.shape) < ($1.depth, $1.shape) }
    let parts = ordered.map { draw($0.shape, poseFrame, frame) }
    return "<g opacity=\"\(number(opacity, digits: 2))\" stroke-linecap=\"round\" stroke-linejoin=\"round\">"
      + parts.joined() + "</g>"
  }

  private func draw(_ index: Int, _ poseFrame: Int, _ frame: Frame) -> String {
    let shape = motion.replay.shapes[index]
    let pose = motion.pose(index, frame: poseFrame)
    let half = shape.size.map(Double.init)
    let opacity = shape.colour[3] < 1 ? " opacity=\"\(number(Double(shape.colour[3]), digits: 2))\"" : ""
    switch shape.kind {
    case .sphere, .capsule:
      // Seen in parallel, a capsule is exactly a stroke with round ends. Dark rim, body, highlight.
      let ends = outline(index, frame: poseFrame).map(\.0)
      let radius = half[0] * frame.scale
      let stroke = { (width: Double, shift: Double, colour: String) in
        let points = ends.map { pixel($0, frame, shift: shift) }
        let path = "M\(points[0])" + (points.count > 1 ? "L\(points[1])" : "h0")
        return "<path d=\"\(path)\" stroke=\"\(colour)\" stroke-width=\"\(number(width))\"/>"
      }
      return "<g\(opacity)>" + stroke(2 * radius, 0, hex(shape, 0.66))
        + stroke(1.62 * radius, -0.12 * radius, hex(shape, 1)) + stroke(0.5 * radius, -0.4 * radius, hex(shape, 1.3))
        + "</g>"
    case .box:
      let faces = boxFaces(pose, half).filter { dot($0.normal, toEye) > 1e-9 }.map { ($0.corners, light($0.normal)) }
      return "<g\(opacity)>" + faces.map { polygon($0.0, shape, $0.1, frame) }.joined() + "</g>"
    case .cylinder:
      let side = [-half[1], half[1]].flatMap { rim(pose, radius: half[0], z: $0) }
      let axis = pose.rotation.rotate(SIMD3(0, 0, 1))
      let facing = dot(axis, toEye) >= 0 ? 1.0 : -1.0
      let cap = rim(pose, radius: half[0], z: facing * half[1])
      return "<g\(opacity)>" + polygon(hull(side), shape, 0.85, frame)
        + polygon(cap, shape, light(facing * axis), frame) + "</g>"
    case .ellipsoid, .mesh:
      return "<g\(opacity)>" + polygon(hull(outline(index, frame: poseFrame).map(\.0)), shape, 0.92, frame) + "</g>"
    case .plane: return ""
    }
  }

  private func polygon(
    _ points: [SIMD3<Double>], _ shape: Replay.Shape, _ brightness: Double, _ frame: Frame
  ) -> String {
    "<path d=\"M\(points.map { pixel($0, frame) }.joined(separator: "L"))Z\" fill=\"\(hex(shape, brightness))\" "
      + "stroke=\"\(hex(shape, 0.78 * brightness))\" stroke-width=\"1.5\"/>"
  }

  /// The points on the outline of the view, in order (Andrew's monotone chain).
  private func hull(_ points: [SIMD3<Double>]) -> [SIMD3<Double>] {
    let flat = points.map { (x: dot($0, right), y: dot($0, up), point: $0) }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    var result: [SIMD3<Double>] = []
    for list in [flat, flat.reversed()] {
      var chain: [(x: Double, y: Double, point: SIMD3<Double>)] = []
      for next in list {
        while chain.count > 1 {
          let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
          if (b.x - a.x) * (next.y - a.y) - (b.y - a.y) * (next.x - a.x) > 0 { break }
          chain.removeLast()
        }
        chain.append(next)
      }
      result += chain.dropLast().map(\.point)
    }
    return result
  }

  /// Pixel coordinates of a point, `shift` pixels to the lower right.
  private func pixel(_ point: SIMD3<Double>, _ frame: Frame, shift: Double = 0) -> String {
    let x = (dot(point, right) - frame.left) * frame.scale + shift
    let y = (frame.top - dot(point, up)) * frame.scale + shift
    return "\(number(x)) \(number(y))"
  }

  /// Brightness of a face from its unit normal; the lamp is above, to the left of the eye.
  private func light(_ normal: SIMD3<Double>) -> Double {
    let lamp = toEye * 0.5 + SIMD3(0, 0, 0.8) - right * 0.3
    return 0.62 + 0.5 * max(0, dot(normal, lamp) / length(lamp))
  }

  /// The shape's colour, darkened (brightness below 1) or mixed with white (above).
  private func hex(_ shape: Replay.Shape, _ brightness: Double) -> String {
    let digits = Array("0123456789abcdef")
    return shape.colour.prefix(3).reduce(into: "#") { text, part in
      let value = brightness <= 1 ? Double(part) * brightness : Double(part) + (1 - Double(part)) * (brightness - 1)
      let byte = Int((min(max(value, 0), 1) * 255).rounded())
      text.append(digits[byte / 16])
      text.append(digits[byte % 16])
    }
  }

  /// Decimal text without trailing zeros.
  private func number(_ value: Double, digits: Int = 1) -> String {
    let power = digits == 1 ? 10.0 : 100.0
    let rounded = (value * power).rounded() / power
    return rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : "\(rounded)"
  }
}
