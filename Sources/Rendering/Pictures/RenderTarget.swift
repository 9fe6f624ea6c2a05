import SinewGraphics

/// Memory that is drawn into.
struct RenderTarget {
  let framebuffer: UInt32
  let width: Int32
  let height: Int32

  /// A picture of a colour format, with depths while it is drawn.
  init(_ gl: sinew_gl, format: UInt32, samples: Int32, width: Int, height: Int) throws(RenderingError) {
    (self.width, self.height) = (Int32(width), Int32(height))
    framebuffer = Self.makeFramebuffer(gl)
    for (attachment, format) in [(GL_COLOR_ATTACHMENT0, format), (GL_DEPTH_ATTACHMENT, GL_DEPTH_COMPONENT24)] {
      var buffer: UInt32 = 0
      gl.glGenRenderbuffers(1, &buffer)
      gl.glBindRenderbuffer(GL_RENDERBUFFER, buffer)
      gl.glRenderbufferStorageMultisample(GL_RENDERBUFFER, samples, format, self.width, self.height)
      gl.glFramebufferRenderbuffer(GL_FRAMEBUFFER, attachment, GL_RENDERBUFFER, buffer)
    }
    try Self.check(gl, "a picture of \(width) × \(height) pixels")
  }

  /// A square of depths that shaders look up and compare with. It stays bound to the context's one texture unit in use.
  init(_ gl: sinew_gl, depthSide side: Int) throws(RenderingError) {
    (width, height) = (Int32(side), Int32(side))
    framebuffer = Self.makeFramebuffer(gl)
    var texture: UInt32 = 0
    gl.glGenTextures(1, &texture)
    gl.glBindTexture(GL_TEXTURE_2D, texture)
    gl.glTexStorage2D(GL_TEXTURE_2D, 1, GL_DEPTH_COMPONENT24, width, height)
    for (name, value) in [
      (GL_TEXTURE_MIN_FILTER, GL_LINEAR), (GL_TEXTURE_MAG_FILTER, GL_LINEAR),
      (GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE), (GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE),
      (GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE), (GL_TEXTURE_COMPARE_FUNC, GL_LEQUAL),
    ] { gl.glTexParameteri(GL_TEXTURE_2D, name, Int32(value)) }
    gl.glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D, texture, 0)
    var none: UInt32 = 0
    gl.glDrawBuffers(1, &none)
    gl.glReadBuffer(none)
    try Self.check(gl, "shadows")
  }

  private static func makeFramebuffer(_ gl: sinew_gl) -> UInt32 {
    var framebuffer: UInt32 = 0
    gl.glGenFramebuffers(1, &framebuffer)
    gl.glBindFramebuffer(GL_FRAMEBUFFER, framebuffer)
    return framebuffer
  }

  private static func check(_ gl: sinew_gl, _ purpose: String) throws(RenderingError) {
    let status = gl.glCheckFramebufferStatus(GL_FRAMEBUFFER)
    guard status == GL_FRAMEBUFFER_COMPLETE else {
      throw RenderingError("cannot draw: the graphics driver has no memory for \(purpose) (status \(status))")
    }
  }

  func use(_ gl: sinew_gl) {
    gl.glBindFramebuffer(GL_FRAMEBUFFER, framebuffer)
    gl.glViewport(0, 0, width, height)
  }
}
