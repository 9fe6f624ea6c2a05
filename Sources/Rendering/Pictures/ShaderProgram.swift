import SinewGraphics

/// A vertex and a fragment shader, linked.
struct ShaderProgram {
  private let name: UInt32

  init(_ gl: sinew_gl, vertex: String, fragment: String) throws(RenderingError) {
    name = gl.glCreateProgram()
    for (kind, source) in [(GL_VERTEX_SHADER, vertex), (GL_FRAGMENT_SHADER, fragment)] {
      let shader = gl.glCreateShader(kind)
      let text = "#version 300 es\nprecision highp float;\nprecision highp int;\n" + source
      text.withCString { text in withUnsafePointer(to: text) { gl.glShaderSource(shader, 1, $0, nil) } }
      gl.glCompileShader(shader)
      var isCompiled: Int32 = 0
      gl.glGetShaderiv(shader, GL_COMPILE_STATUS, &isCompiled)
      if isCompiled == 0 { throw Self.error { gl.glGetShaderInfoLog(shader, $0, nil, $1) } }
      gl.glAttachShader(name, shader)
      gl.glDeleteShader(shader)
    }
    gl.glLinkProgram(name)
    var isLinked: Int32 = 0
    gl.glGetProgramiv(name, GL_LINK_STATUS, &isLinked)
    let program = name
    if isLinked == 0 { throw Self.error { gl.glGetProgramInfoLog(program, $0, nil, $1) } }
    // Not every program has the block, and then there is none to bind.
    let block = gl.glGetUniformBlockIndex(name, "Shapes")
    if block != UInt32.max { gl.glUniformBlockBinding(name, block, 0) }
  }

  private static func error(_ read: (Int32, UnsafeMutablePointer<CChar>) -> Void) -> RenderingError {
    let text = String(
      unsafeUninitializedCapacity: 1024,
      initializingUTF8With: { bytes in
        guard let start = bytes.baseAddress else { return 0 }
        start.withMemoryRebound(to: CChar.self, capacity: bytes.count) { read(Int32(bytes.count), $0) }
        return bytes.firstIndex(of: 0) ?? 0
      })
    let line = text.split(whereSeparator: \.isNewline).first ?? "it does not say why"
    return RenderingError("cannot draw: the graphics driver refuses a shader: \(line)")
  }

  /// Makes it the one that draws; values are set on the one that draws.
  func use(_ gl: sinew_gl) { gl.glUseProgram(name) }

  private func place(_ gl: sinew_gl, _ uniform: String) -> Int32 { gl.glGetUniformLocation(name, uniform) }

  func set(_ gl: sinew_gl, _ uniform: String, _ value: Float) { gl.glUniform1f(place(gl, uniform), value) }
  func set(_ gl: sinew_gl, _ uniform: String, _ value: Int32) { gl.glUniform1i(place(gl, uniform), value) }
  func set(_ gl: sinew_gl, _ uniform: String, _ value: SIMD2<Float>) {
    gl.glUniform2f(place(gl, uniform), value.x, value.y)
  }
  func set(_ gl: sinew_gl, _ uniform: String, _ value: SIMD3<Float>) {
    gl.glUniform3f(place(gl, uniform), value.x, value.y, value.z)
  }
  func set(_ gl: sinew_gl, _ uniform: String, _ value: Matrix) {
    gl.glUniformMatrix4fv(place(gl, uniform), 1, 0, value.floats)
  }
}
