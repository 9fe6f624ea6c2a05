import SinewGraphics
import SinewPhysics

/// A plane, relative to the eye.
struct Plane {
  let along, across, up: SIMD3<Double>
  /// From the plane's origin to the eye.
  let away: SIMD3<Double>
  /// The place on it nearest to the eye.
  var foot: SIMD3<Double> { -dot(away, up) * up }

  init(_ pose: Pose, _ frame: Renderer.Frame) {
    along = pose.rotation.rotate(SIMD3(1, 0, 0))
    across = pose.rotation.rotate(SIMD3(0, 1, 0))
    up = pose.rotation.rotate(SIMD3(0, 0, 1))
    away = frame.view.pose.position - pose.position
  }

  /// A part of a plane by its axes, about the foot.
  struct Part {
    var centre: SIMD2<Double>
    var spanX: SIMD2<Double>
    var spanY: SIMD2<Double>
  }

  /// Where shadows may fall; nil where the lamp's light comes along the plane, or from behind it.
  func shadowed(_ frame: Renderer.Frame) -> Part? {
    let lamp = Renderer.Surroundings.lamp
    let rise = dot(lamp, up)
    guard rise > 0.1 else { return nil }
    /// Down the lamp's ray onto the plane.
    func onPlane(_ way: SIMD3<Double>) -> SIMD2<Double> {
      let place = way - dot(way, up) / rise * lamp
      return SIMD2(dot(place, along), dot(place, across))
    }
    let (right, above) = (Renderer.Surroundings.lampRight, Renderer.Surroundings.lampAbove)
    let middle = frame.middle + frame.lampCentre.x * right + frame.lampCentre.y * above
    return Part(
      centre: onPlane(middle - foot), spanX: onPlane(frame.lampSize.x / 2 * right),
      spanY: onPlane(frame.lampSize.y / 2 * above))
  }
}

extension Renderer {
  /// Gives the programs of ground and sky what does not change while a picture is drawn.
  func setSurroundings(_ gl: sinew_gl, _ frame: Frame) {
    for program in [programs.ground, programs.openGround] {
      program.use(gl)
      program.set(gl, "camera", frame.camera)
      program.set(gl, "horizon", Surroundings.horizon)
      program.set(gl, "middle", frame.middle.floats)
      program.set(gl, "shade", Float(0.52))
      program.set(gl, "fadeNear", Float(3 * scene.radius))
      program.set(gl, "fadeFar", Float(22 * scene.radius + frame.distance))
      program.set(gl, "tile", Float(tileSize))
    }
    programs.ground.use(gl)
    setLight(gl, programs.ground, frame)
    let sky = programs.sky
    sky.use(gl)
    sky.set(gl, "right", frame.view.right.floats)
    sky.set(gl, "above", frame.view.above.floats)
    sky.set(gl, "ahead", -frame.view.back.floats)
    sky.set(gl, "slope", SIMD2<Float>(frame.tangents))
    sky.set(gl, "zenith", Surroundings.zenith)
    sky.set(gl, "horizon", Surroundings.horizon)
  }

  /// Draws ground and sky behind what is there.
  func drawSurroundings(_ gl: sinew_gl, _ poses: [Pose], _ frame: Frame) {
    gl.glDisable(GL_CULL_FACE)
    for (index, shape) in scene.shapes.enumerated() where shape.kind == .plane && shape.colour[3] > 0 {
      let colour = SIMD3(shape.colour[0], shape.colour[1], shape.colour[2])
      drawGround(gl, Plane(poses[index], frame), frame, colour: colour, contrast: 1)
    }
    if let floor = scene.floor {
      let plane = Plane(Pose(position: SIMD3(0, 0, floor)), frame)
      drawGround(gl, plane, frame, colour: Surroundings.backdrop, contrast: 0.35)
    }
    programs.sky.use(gl)
    gl.glBindVertexArray(corners)
    gl.glDepthFunc(GL_LEQUAL)
    gl.glDrawArrays(GL_TRIANGLES, 0, 6)
    gl.glDepthFunc(GL_LESS)
    gl.glEnable(GL_CULL_FACE)
  }

  /// Planes reach to the horizon, as they do in the simulation.
  private func drawGround(_ gl: sinew_gl, _ plane: Plane, _ frame: Frame, colour: SIMD3<Float>, contrast: Float) {
    let (black, white) = (SIMD3<Float>(repeating: 0), SIMD3<Float>(repeating: 1))
    let bright = (colour * 0.5 + 0.5) * 1.02
    func draw(_ program: ShaderProgram, _ part: Plane.Part?) {
      program.use(gl)
      program.set(gl, "bright", bright.clamped(lowerBound: black, upperBound: white))
      program.set(gl, "dim", (bright * 0.93).clamped(lowerBound: black, upperBound: white))
      program.set(gl, "contrast", contrast)
      drawPlane(gl, program, plane, frame, part)
    }
    guard shadows != nil else { return draw(programs.openGround, nil) }
    guard let shadowed = plane.shadowed(frame) else { return draw(programs.ground, nil) }
    draw(programs.ground, shadowed)
    // The whole goes behind its part, which it would else flicker with.
    gl.glEnable(GL_POLYGON_OFFSET_FILL)
    gl.glPolygonOffset(1, 4)
    draw(programs.openGround, nil)
    gl.glDisable(GL_POLYGON_OFFSET_FILL)
  }

  /// Draws a part of a plane, or nil for all that is seen of it, with the program in use.
  func drawPlane(_ gl: sinew_gl, _ program: ShaderProgram, _ plane: Plane, _ frame: Frame, _ part: Plane.Part?) {
    let extent = 60 * scene.radius + 4 * frame.distance
    let part = part ?? Plane.Part(centre: .zero, spanX: SIMD2(extent, 0), spanY: SIMD2(0, extent))
    program.set(gl, "foot", plane.foot.floats)
    program.set(gl, "along", plane.along.floats)
    program.set(gl, "across", plane.across.floats)
    program.set(gl, "centre", SIMD2<Float>(part.centre))
    program.set(gl, "spanX", SIMD2<Float>(part.spanX))
    program.set(gl, "spanY", SIMD2<Float>(part.spanY))
    // The checker's phase under the eye, so that it stays sharp far from the origin.
    let start = [plane.along, plane.across].map {
      Float(dot(plane.away, $0).truncatingRemainder(dividingBy: 2 * tileSize))
    }
    program.set(gl, "start", SIMD2(start[0], start[1]))
    gl.glBindVertexArray(corners)
    gl.glDrawArrays(GL_TRIANGLES, 0, 6)
  }

  /// A round number of metres, about 0.8 times the radius.
  private var tileSize: Double {
    let wanted = max(0.8 * scene.radius, 1e-6)
    var power = 1e-6
    while 10 * power < wanted { power *= 10 }
    let sizes = [1.0, 2, 5, 10].map { $0 * power }
    return sizes.min { abs($0 - wanted) < abs($1 - wanted) } ?? wanted
  }
}
