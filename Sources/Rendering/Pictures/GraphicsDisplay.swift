import Foundation
import SinewGraphics

/// The connection to the driver that draws: opened at first use and kept to the end of the process.
///
/// Unchecked: it is a pointer to functions and handles that nothing changes once it is open, and EGL takes calls from
/// any thread.
final class GraphicsDisplay: @unchecked Sendable {
  private let graphics: OpaquePointer

  /// The variable that names another EGL than the system's.
  static let libraryVariable = "SINEW_EGL_LIBRARY"

  private static let opened = Result { () throws(RenderingError) in
    try GraphicsDisplay(library: ProcessInfo.processInfo.environment[libraryVariable] ?? "libEGL.so.1")
  }

  /// The one connection of the process.
  static func shared() throws(RenderingError) -> GraphicsDisplay { try opened.get() }

  init(library: String) throws(RenderingError) {
    var reason = [UInt8](repeating: 0, count: Int(SINEW_GRAPHICS_REASON))
    var result: OpaquePointer?
    let status = reason.withUnsafeMutableBytes { bytes in
      sinew_graphics_open(library, bytes.assumingMemoryBound(to: CChar.self).baseAddress, &result)
    }
    guard let result else { throw Self.error(status, String(decoding: reason.prefix { $0 != 0 }, as: UTF8.self)) }
    graphics = result
  }

  private static func error(_ status: sinew_graphics_status, _ reason: String) -> RenderingError {
    let remedy = "sudo apt-get install libegl1 libgl1-mesa-dri"
    return switch status {
    case SINEW_GRAPHICS_NO_LIBRARY: RenderingError("cannot draw: EGL is missing (\(reason)); install it: \(remedy)")
    case SINEW_GRAPHICS_NO_DRIVER:
      RenderingError("cannot draw: EGL finds no driver that draws without a window; install one: \(remedy)")
    default: RenderingError("cannot draw: the graphics driver has no \(reason); install Mesa's: \(remedy)")
    }
  }

  func makeContext() throws(RenderingError) -> UnsafeMutableRawPointer {
    guard let context = sinew_graphics_make_context(graphics) else {
      throw RenderingError("cannot draw: the graphics driver gives no context of OpenGL ES 3.0")
    }
    return context
  }

  func use(_ context: UnsafeMutableRawPointer?) throws(RenderingError) {
    guard sinew_graphics_use(graphics, context) != 0 else {
      throw RenderingError("cannot draw: the graphics driver refuses its context; is it in use on another thread?")
    }
  }

  func destroy(_ context: UnsafeMutableRawPointer) { sinew_graphics_destroy_context(graphics, context) }

  /// OpenGL's functions, for the thread on which a context is current.
  var functions: UnsafePointer<sinew_gl> { sinew_graphics_functions(graphics) }
}

/// A state of OpenGL with everything made in it. Confined to one thread at a time; it may move between threads, since
/// it is only taken while it is used.
final class GraphicsContext {
  private let display: GraphicsDisplay
  private let context: UnsafeMutableRawPointer

  init() throws(RenderingError) {
    display = try GraphicsDisplay.shared()
    context = try display.makeContext()
  }

  deinit { display.destroy(context) }

  /// Calls `body` with the context current on this thread.
  func use<Value>(_ body: (sinew_gl) throws(RenderingError) -> Value) throws(RenderingError) -> Value {
    try display.use(context)
    defer { try? display.use(nil) }
    return try body(display.functions.pointee)
  }
}
