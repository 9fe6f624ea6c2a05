import SinewGraphics
import SinewPhysics

extension Renderer {
  /// The shaders of each pass.
  struct Programs {
    let shape, shadow, distance, ground, groundDistance, sky: ShaderProgram

    init(_ gl: sinew_gl) throws(RenderingError) {
      func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
      let shapeVertex = text(PackageResources.shape_vert)
      let groundVertex = text(PackageResources.ground_vert)
      let light = text(PackageResources.light_glsl)
      let distanceFragment = text(PackageResources.distance_frag)
      shape = try ShaderProgram(gl, vertex: shapeVertex, fragment: light + text(PackageResources.shape_frag))
      shadow = try ShaderProgram(gl, vertex: shapeVertex, fragment: text(PackageResources.shadow_frag))
      distance = try ShaderProgram(gl, vertex: shapeVertex, fragment: distanceFragment)
      ground = try ShaderProgram(gl, vertex: groundVertex, fragment: light + text(PackageResources.ground_frag))
      groundDistance = try ShaderProgram(gl, vertex: groundVertex, fragment: distanceFragment)
      sky = try ShaderProgram(gl, vertex: text(PackageResources.sky_vert), fragment: text(PackageResources.sky_frag))
    }
  }

  /// Colours of what is around the robot, and where the lamp is: those of the replay page.
  private enum Surroundings {
    static let zenith = SIMD3<Float>(0.8, 0.862, 0.93)
    static let horizon = SIMD3<Float>(0.947, 0.956, 0.968)
    static let backdrop = SIMD3<Float>(0.874, 0.894, 0.919)
    /// Light that comes up from the ground.
    static let bounce = SIMD3<Float>(0.902, 0.918, 0.938)
    /// Towards the lamp.
    static let lamp = unit(SIMD3(-0.42, -0.5, 1))
  }

  /// What the passes of one picture share. Places are relative to the eye.
  private struct Frame {
    let view: View
    let camera: Matrix
    let tangents: SIMD2<Double>
    /// The middle of what is watched, and how far away it is.
    let middle: SIMD3<Double>
    let distance: Double
    /// Into the shadows' picture, and metres that it covers.
    let lamp: Matrix
    let lampSize: SIMD2<Double>
  }

  private func frame(_ view: View, _ poses: [Pose]) -> Frame {
    let aspect = Double(configuration.width) / Double(configuration.height)
    let tangent = sine(0.5 * view.verticalAngle) / cosine(0.5 * view.verticalAngle)
    let tangents = SIMD2(aspect * tangent, tangent)
    let middle = scene.target(poses) - view.pose.position
    let distance = length(middle)
    let camera =
      Matrix(tangents: tangents, near: 0.01 * scene.radius, far: 400 * scene.radius + 60 * distance)
      * Matrix(right: view.right, above: view.above, back: view.back)
    let lamp = Surroundings.lamp
    let right = unit(cross(SIMD3(0, 1, 0), lamp))
    let above = cross(lamp, right)
    let (low, high) = shadowBounds(poses, about: view.pose.position + middle, right, above)
    return Frame(
      view: view, camera: camera, tangents: tangents, middle: middle, distance: distance,
      lamp: Matrix(low: low, high: high, halfDepth: 6 * scene.radius)
        * Matrix(right: right, above: above, back: lamp, from: middle), lampSize: high - low)
  }

  /// The rectangle, seen from the lamp, of what casts shadows near the robot: the less of it, the finer they are.
  private func shadowBounds(
    _ poses: [Pose], about middle: SIMD3<Double>, _ right: SIMD3<Double>, _ above: SIMD3<Double>
  ) -> (low: SIMD2<Double>, high: SIMD2<Double>) {
    let most = 2.2 * scene.radius
    var (low, high) = (SIMD2(repeating: most), SIMD2(repeating: -most))
    for (index, shape) in scene.shapes.enumerated() where shape.kind != .plane && shape.colour[3] >= 0.3 {
      let place = poses[index].position - middle
      let seen = SIMD2(dot(place, right), dot(place, above))
      low = pointwiseMin(low, seen - reaches[index])
      high = pointwiseMax(high, seen + reaches[index])
    }
    low.clamp(lowerBound: SIMD2(repeating: -most), upperBound: SIMD2(repeating: most))
    high.clamp(lowerBound: SIMD2(repeating: -most), upperBound: SIMD2(repeating: most))
    // Shadows fade out along the edge of their picture.
    let (centre, half) = ((low + high) / 2, (high - low) / 2)
    let room = pointwiseMax(half / 0.84 + 0.05 * scene.radius, SIMD2(repeating: 0.1 * scene.radius))
    return (centre - room, centre + room)
  }

  // MARK: Pictures

  /// Draws what a camera sees.
  func drawColours(_ gl: sinew_gl, _ poses: [Pose], _ view: View, into target: RenderTarget) {
    let frame = frame(view, poses)
    begin(gl, poses, view)
    if let shadows { drawShadows(gl, frame, into: shadows) }
    target.use(gl)
    gl.glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT)
    programs.shape.use(gl)
    setLight(gl, programs.shape, frame)
    programs.shape.set(gl, "camera", frame.camera)
    programs.shape.set(gl, "lampDirection", Surroundings.lamp.floats)
    programs.shape.set(gl, "zenith", Surroundings.zenith * 0.35 + 0.6)
    programs.shape.set(gl, "bounce", Surroundings.bounce * 0.55 + 0.06)
    // A surface does not shade itself where the shadows' picture is coarse.
    let texel = shadows.map { frame.lampSize.max() / Double($0.width) } ?? 0
    programs.shape.set(gl, "shadowOffset", Float(max(0.012 * scene.radius, 1.5 * texel)))
    shapes.draw(gl, .opaque)
    gl.glDisable(GL_CULL_FACE)
    drawGrounds(gl, poses, frame)
    drawSky(gl, frame)
    gl.glEnable(GL_CULL_FACE)
    gl.glEnable(GL_BLEND)
    gl.glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA)
    gl.glDepthMask(0)
    programs.shape.use(gl)
    shapes.draw(gl, .tinted)
    shapes.draw(gl, .faint)
    gl.glDisable(GL_BLEND)
    gl.glDepthMask(1)
  }

  /// Measures along the view; what is hardly there doesn't count.
  func drawDistances(_ gl: sinew_gl, _ poses: [Pose], _ view: View, into target: RenderTarget) {
    let frame = frame(view, poses)
    begin(gl, poses, view)
    target.use(gl)
    gl.glClear(GL_DEPTH_BUFFER_BIT)
    let nothing = [UInt32](repeating: Float.infinity.bitPattern, count: 4)
    gl.glClearBufferuiv(GL_COLOR, 0, nothing)
    for program in [programs.groundDistance, programs.distance] {
      program.use(gl)
      program.set(gl, "camera", frame.camera)
      program.set(gl, "ahead", -view.back.floats)
    }
    shapes.draw(gl, .opaque)
    shapes.draw(gl, .tinted)
    gl.glDisable(GL_CULL_FACE)
    for (index, shape) in scene.shapes.enumerated() where shape.kind == .plane && shape.colour[3] >= 0.3 {
      drawPlane(gl, programs.groundDistance, poses[index], frame)
    }
  }

  private func begin(_ gl: sinew_gl, _ poses: [Pose], _ view: View) {
    gl.glEnable(GL_DEPTH_TEST)
    gl.glEnable(GL_CULL_FACE)
    gl.glDepthFunc(GL_LESS)
    gl.glDepthMask(1)
    shapes.place(gl, poses, origin: view.pose.position)
  }

  private func drawShadows(_ gl: sinew_gl, _ frame: Frame, into target: RenderTarget) {
    target.use(gl)
    gl.glClear(GL_DEPTH_BUFFER_BIT)
    gl.glEnable(GL_POLYGON_OFFSET_FILL)
    gl.glPolygonOffset(1.5, 4)
    programs.shadow.use(gl)
    programs.shadow.set(gl, "camera", frame.lamp)
    shapes.draw(gl, .opaque)
    shapes.draw(gl, .tinted)
    gl.glDisable(GL_POLYGON_OFFSET_FILL)
  }

  private func setLight(_ gl: sinew_gl, _ program: ShaderProgram, _ frame: Frame) {
    program.set(gl, "lamp", frame.lamp)
    program.set(gl, "shadows", Int32(0))
    // Half a shadow's soft edge, in shares of the shadows' picture.
    program.set(gl, "softness", SIMD2<Float>(0.0264 * scene.radius / frame.lampSize))
    program.set(gl, "shadowSamples", Int32(shadows == nil ? 0 : configuration.samples > 1 ? 16 : 6))
  }

  // MARK: Surroundings

  /// Planes reach to the horizon, as they do in the simulation.
  private func drawGrounds(_ gl: sinew_gl, _ poses: [Pose], _ frame: Frame) {
    let program = programs.ground
    program.use(gl)
    setLight(gl, program, frame)
    program.set(gl, "camera", frame.camera)
    program.set(gl, "horizon", Surroundings.horizon)
    program.set(gl, "middle", frame.middle.floats)
    program.set(gl, "shade", Float(0.52))
    program.set(gl, "fadeNear", Float(3 * scene.radius))
    program.set(gl, "fadeFar", Float(22 * scene.radius + frame.distance))
    for (index, shape) in scene.shapes.enumerated() where shape.kind == .plane && shape.colour[3] > 0 {
      let colour = SIMD3(shape.colour[0], shape.colour[1], shape.colour[2])
      drawGround(gl, poses[index], frame, colour: colour, contrast: 1)
    }
    if let floor = scene.floor {
      drawGround(
        gl, Pose(position: SIMD3(0, 0, floor)), frame, colour: Surroundings.backdrop, contrast: 0.35)
    }
  }

  private func drawGround(
    _ gl: sinew_gl, _ pose: Pose, _ frame: Frame, colour: SIMD3<Float>, contrast: Float
  ) {
    let program = programs.ground
    let (black, white) = (SIMD3<Float>(repeating: 0), SIMD3<Float>(repeating: 1))
    let bright = (colour * 0.5 + 0.5) * 1.02
    program.set(gl, "bright", bright.clamped(lowerBound: black, upperBound: white))
    program.set(gl, "dim", (bright * 0.93).clamped(lowerBound: black, upperBound: white))
    program.set(gl, "contrast", contrast)
    program.set(gl, "tile", Float(tileSize))
    drawPlane(gl, program, pose, frame)
  }

  private func drawPlane(_ gl: sinew_gl, _ program: ShaderProgram, _ pose: Pose, _ frame: Frame) {
    program.use(gl)
    let along = pose.rotation.rotate(SIMD3(1, 0, 0))
    let across = pose.rotation.rotate(SIMD3(0, 1, 0))
    let up = pose.rotation.rotate(SIMD3(0, 0, 1))
    let away = frame.view.pose.position - pose.position
    program.set(gl, "foot", (-dot(away, up) * up).floats)
    program.set(gl, "along", along.floats)
    program.set(gl, "across", across.floats)
    program.set(gl, "extent", Float(60 * scene.radius + 4 * frame.distance))
    // The checker's phase under the eye, so that it stays sharp far from the origin.
    let start = [along, across].map { Float(dot(away, $0).truncatingRemainder(dividingBy: 2 * tileSize)) }
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

  private func drawSky(_ gl: sinew_gl, _ frame: Frame) {
    let program = programs.sky
    program.use(gl)
    program.set(gl, "right", frame.view.right.floats)
    program.set(gl, "above", frame.view.above.floats)
    program.set(gl, "ahead", -frame.view.back.floats)
    program.set(gl, "slope", SIMD2<Float>(frame.tangents))
    program.set(gl, "zenith", Surroundings.zenith)
    program.set(gl, "horizon", Surroundings.horizon)
    gl.glBindVertexArray(corners)
    gl.glDepthFunc(GL_LEQUAL)
    gl.glDrawArrays(GL_TRIANGLES, 0, 6)
    gl.glDepthFunc(GL_LESS)
  }
}
