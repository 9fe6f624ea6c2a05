import SinewGraphics
import SinewPhysics

extension Renderer {
  /// The shaders of each pass.
  struct Programs {
    let shape, shadow, distance, ground, openGround, groundDistance, sky: ShaderProgram

    init(_ gl: sinew_gl) throws(RenderingError) {
      func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
      let shapeVertex = text(PackageResources.shape_vert)
      let groundVertex = text(PackageResources.ground_vert)
      let light = text(PackageResources.light_glsl)
      let groundFragment = text(PackageResources.ground_frag)
      let distanceFragment = text(PackageResources.distance_frag)
      shape = try ShaderProgram(gl, vertex: shapeVertex, fragment: light + text(PackageResources.shape_frag))
      shadow = try ShaderProgram(gl, vertex: shapeVertex, fragment: text(PackageResources.shadow_frag))
      distance = try ShaderProgram(gl, vertex: shapeVertex, fragment: distanceFragment)
      ground = try ShaderProgram(gl, vertex: groundVertex, fragment: light + groundFragment)
      // Where no shadow can fall, looking for one takes most of the time.
      openGround = try ShaderProgram(
        gl, vertex: groundVertex, fragment: "float lit(vec3 place) { return 1.0; }\n" + groundFragment)
      groundDistance = try ShaderProgram(gl, vertex: groundVertex, fragment: distanceFragment)
      sky = try ShaderProgram(gl, vertex: text(PackageResources.sky_vert), fragment: text(PackageResources.sky_frag))
    }
  }

  /// Colours of what is around the robot, and where the lamp is: those of the replay page.
  enum Surroundings {
    static let zenith = SIMD3<Float>(0.8, 0.862, 0.93)
    static let horizon = SIMD3<Float>(0.947, 0.956, 0.968)
    static let backdrop = SIMD3<Float>(0.874, 0.894, 0.919)
    /// Light that comes up from the ground.
    static let bounce = SIMD3<Float>(0.902, 0.918, 0.938)
    /// Towards the lamp, and what is right and up in its picture of what casts shadows.
    static let lamp = unit(SIMD3(-0.42, -0.5, 1))
    static let lampRight = unit(cross(SIMD3(0, 1, 0), lamp))
    static let lampAbove = cross(lamp, lampRight)
  }

  /// What the passes of one picture share. Places are relative to the eye.
  struct Frame {
    let view: View
    let camera: Matrix
    let tangents: SIMD2<Double>
    /// Nearer than this nothing is seen, metres.
    let near: Double
    /// The middle of what is watched, and how far away it is.
    let middle: SIMD3<Double>
    let distance: Double
    /// Into the shadows' picture; where its middle is, seen from the lamp about `middle`, and metres that it covers.
    let lamp: Matrix
    let lampCentre: SIMD2<Double>
    let lampSize: SIMD2<Double>
  }

  private func frame(_ view: View, _ poses: [Pose]) -> Frame {
    let aspect = Double(configuration.width) / Double(configuration.height)
    let tangent = sine(0.5 * view.verticalAngle) / cosine(0.5 * view.verticalAngle)
    let tangents = SIMD2(aspect * tangent, tangent)
    let middle = scene.target(poses) - view.pose.position
    let distance = length(middle)
    let near = 0.01 * scene.radius
    let camera =
      Matrix(tangents: tangents, near: near, far: 400 * scene.radius + 60 * distance)
      * Matrix(right: view.right, above: view.above, back: view.back)
    let (low, high) = shadowBounds(poses, about: view.pose.position + middle)
    let lamp =
      Matrix(low: low, high: high, halfDepth: 6 * scene.radius)
      * Matrix(right: Surroundings.lampRight, above: Surroundings.lampAbove, back: Surroundings.lamp, from: middle)
    return Frame(
      view: view, camera: camera, tangents: tangents, near: near, middle: middle, distance: distance, lamp: lamp,
      lampCentre: (low + high) / 2, lampSize: high - low)
  }

  /// The rectangle, seen from the lamp, of what casts shadows near the robot: the less of it, the finer they are.
  private func shadowBounds(
    _ poses: [Pose], about middle: SIMD3<Double>
  ) -> (low: SIMD2<Double>, high: SIMD2<Double>) {
    let most = 2.2 * scene.radius
    var (low, high) = (SIMD2(repeating: most), SIMD2(repeating: -most))
    for (index, shape) in scene.shapes.enumerated() where shape.kind != .plane && shape.colour[3] >= 0.3 {
      let place = poses[index].position - middle
      let seen = SIMD2(dot(place, Surroundings.lampRight), dot(place, Surroundings.lampAbove))
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

  /// Draws what a camera sees into ``flat``.
  ///
  /// Only edges of shapes need many samples: ground and sky are smooth by themselves. What is around the shapes is
  /// drawn with one, which a driver without a graphics card does several times as fast.
  func drawColours(_ gl: sinew_gl, _ poses: [Pose], _ view: View) {
    let frame = frame(view, poses)
    begin(gl, poses, view)
    if let shadows { drawShadows(gl, frame, into: shadows) }
    setSurroundings(gl, frame)
    let whole = PixelRegion(width: Int(flat.width), height: Int(flat.height))
    guard smooth.framebuffer != flat.framebuffer else {
      flat.use(gl)
      drawAll(gl, poses, frame)
      return
    }
    let region = shapeRegion(frame, poses, within: whole)
    gl.glEnable(GL_SCISSOR_TEST)
    if !region.isEmpty {
      smooth.use(gl)
      region.scissor(gl)
      drawAll(gl, poses, frame)
      gl.glBindFramebuffer(GL_READ_FRAMEBUFFER, smooth.framebuffer)
      gl.glBindFramebuffer(GL_DRAW_FRAMEBUFFER, flat.framebuffer)
      let (left, bottom) = (Int32(region.columns.lowerBound), Int32(region.rows.lowerBound))
      let (right, top) = (Int32(region.columns.upperBound), Int32(region.rows.upperBound))
      gl.glBlitFramebuffer(left, bottom, right, top, left, bottom, right, top, GL_COLOR_BUFFER_BIT, GL_NEAREST)
    }
    flat.use(gl)
    for strip in region.surroundings(in: whole) {
      strip.scissor(gl)
      gl.glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT)
      drawSurroundings(gl, poses, frame)
    }
    gl.glDisable(GL_SCISSOR_TEST)
  }

  private func drawAll(_ gl: sinew_gl, _ poses: [Pose], _ frame: Frame) {
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
    drawSurroundings(gl, poses, frame)
    gl.glEnable(GL_BLEND)
    gl.glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA)
    gl.glDepthMask(0)
    programs.shape.use(gl)
    shapes.draw(gl, .tinted)
    shapes.draw(gl, .faint)
    gl.glDisable(GL_BLEND)
    gl.glDepthMask(1)
  }

  /// The pixels that shapes may cover.
  private func shapeRegion(_ frame: Frame, _ poses: [Pose], within whole: PixelRegion) -> PixelRegion {
    // Below this, what several passes take by themselves is more than they save.
    guard whole.area > 20_000 else { return whole }
    var (low, high) = (SIMD2(repeating: Double.infinity), SIMD2(repeating: -Double.infinity))
    for (index, shape) in scene.shapes.enumerated() where shape.kind != .plane && shape.colour[3] > 0 {
      let place = poses[index].position - frame.view.pose.position
      let (ahead, reach) = (-dot(place, frame.view.back), reaches[index])
      if ahead + reach < frame.near { continue }
      for (axis, side) in [dot(place, frame.view.right), dot(place, frame.view.above)].enumerated() {
        // The two rays that touch the ball about the shape; whatever surrounds the eye is everywhere.
        let away = (ahead * ahead + side * side - reach * reach)
        guard ahead > reach + frame.near, away > 0 else { return whole }
        let turn = reach / away.squareRoot()
        let (least, most) = (
          (side - turn * ahead) / (ahead + turn * side), (side + turn * ahead) / (ahead - turn * side)
        )
        guard ahead + turn * side > 0, ahead - turn * side > 0 else { return whole }
        low[axis] = min(low[axis], least / frame.tangents[axis])
        high[axis] = max(high[axis], most / frame.tangents[axis])
      }
    }
    let region = whole.part(from: low, to: high)
    return Double(region.area) > 0.7 * Double(whole.area) ? whole : region
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
    programs.groundDistance.use(gl)
    for (index, shape) in scene.shapes.enumerated() where shape.kind == .plane && shape.colour[3] >= 0.3 {
      drawPlane(gl, programs.groundDistance, Plane(poses[index], frame), frame, nil)
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
    shapes.draw(gl, .opaque, isCoarse: true)
    shapes.draw(gl, .tinted, isCoarse: true)
    gl.glDisable(GL_POLYGON_OFFSET_FILL)
  }

  func setLight(_ gl: sinew_gl, _ program: ShaderProgram, _ frame: Frame) {
    program.set(gl, "lamp", frame.lamp)
    program.set(gl, "shadows", Int32(0))
    // Half a shadow's soft edge, in shares of the shadows' picture.
    program.set(gl, "softness", SIMD2<Float>(0.0264 * scene.radius / frame.lampSize))
    program.set(gl, "shadowSamples", Int32(shadows == nil ? 0 : configuration.samples > 1 ? 16 : 6))
  }
}
