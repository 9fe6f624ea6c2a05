// Finds EGL and OpenGL ES 3.0 when they are first wanted, so that building needs neither, and opens a display that has
// no window: Mesa's surfaceless platform, or a device.
#ifndef SINEW_GRAPHICS_H
#define SINEW_GRAPHICS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of a reason, with the zero that ends it.
#define SINEW_GRAPHICS_REASON 256

// OpenGL's constants in use, by their own names.
#define GL_DEPTH_BUFFER_BIT 0x0100u
#define GL_COLOR_BUFFER_BIT 0x4000u
#define GL_TRIANGLES 0x0004u
#define GL_LESS 0x0201u
#define GL_LEQUAL 0x0203u
#define GL_ONE 1u
#define GL_ONE_MINUS_SRC_ALPHA 0x0303u
#define GL_CULL_FACE 0x0B44u
#define GL_DEPTH_TEST 0x0B71u
#define GL_BLEND 0x0BE2u
#define GL_SCISSOR_TEST 0x0C11u
#define GL_POLYGON_OFFSET_FILL 0x8037u
#define GL_TEXTURE_2D 0x0DE1u
#define GL_UNSIGNED_BYTE 0x1401u
#define GL_UNSIGNED_INT 0x1405u
#define GL_FLOAT 0x1406u
#define GL_COLOR 0x1800u
#define GL_RGBA 0x1908u
#define GL_RED_INTEGER 0x8D94u
#define GL_RGBA_INTEGER 0x8D99u
#define GL_RENDERER 0x1F01u
#define GL_VERSION 0x1F02u
#define GL_NEAREST 0x2600u
#define GL_LINEAR 0x2601u
#define GL_TEXTURE_MAG_FILTER 0x2800u
#define GL_TEXTURE_MIN_FILTER 0x2801u
#define GL_TEXTURE_WRAP_S 0x2802u
#define GL_TEXTURE_WRAP_T 0x2803u
#define GL_CLAMP_TO_EDGE 0x812Fu
#define GL_RGBA8 0x8058u
#define GL_R32UI 0x8236u
#define GL_DEPTH_COMPONENT24 0x81A6u
#define GL_TEXTURE_COMPARE_MODE 0x884Cu
#define GL_TEXTURE_COMPARE_FUNC 0x884Du
#define GL_COMPARE_REF_TO_TEXTURE 0x884Eu
#define GL_ARRAY_BUFFER 0x8892u
#define GL_ELEMENT_ARRAY_BUFFER 0x8893u
#define GL_STATIC_DRAW 0x88E4u
#define GL_STREAM_DRAW 0x88E0u
#define GL_UNIFORM_BUFFER 0x8A11u
#define GL_FRAGMENT_SHADER 0x8B30u
#define GL_VERTEX_SHADER 0x8B31u
#define GL_COMPILE_STATUS 0x8B81u
#define GL_LINK_STATUS 0x8B82u
#define GL_IMPLEMENTATION_COLOR_READ_TYPE 0x8B9Au
#define GL_IMPLEMENTATION_COLOR_READ_FORMAT 0x8B9Bu
#define GL_READ_FRAMEBUFFER 0x8CA8u
#define GL_DRAW_FRAMEBUFFER 0x8CA9u
#define GL_FRAMEBUFFER_COMPLETE 0x8CD5u
#define GL_COLOR_ATTACHMENT0 0x8CE0u
#define GL_DEPTH_ATTACHMENT 0x8D00u
#define GL_FRAMEBUFFER 0x8D40u
#define GL_RENDERBUFFER 0x8D41u
#define GL_MAX_SAMPLES 0x8D57u

/// How opening ended.
typedef enum {
  /// As asked.
  SINEW_GRAPHICS_OPEN = 0,
  /// There is no such library.
  SINEW_GRAPHICS_NO_LIBRARY = 1,
  /// There is the library, but nothing that draws.
  SINEW_GRAPHICS_NO_DRIVER = 2,
  /// What draws lacks what is needed.
  SINEW_GRAPHICS_OLD_DRIVER = 3,
} sinew_graphics_status;

/// The functions of OpenGL ES 3.0 in use, by their own names: result, name, parameters.
// clang-format off
#define SINEW_GL_FUNCTIONS(X) \
  X(void, glAttachShader, (uint32_t, uint32_t)) \
  X(void, glBindBuffer, (uint32_t, uint32_t)) \
  X(void, glBindBufferRange, (uint32_t, uint32_t, uint32_t, intptr_t, intptr_t)) \
  X(void, glBindFramebuffer, (uint32_t, uint32_t)) \
  X(void, glBindRenderbuffer, (uint32_t, uint32_t)) \
  X(void, glBindTexture, (uint32_t, uint32_t)) \
  X(void, glBindVertexArray, (uint32_t)) \
  X(void, glBlendFunc, (uint32_t, uint32_t)) \
  X(void, glBlitFramebuffer, \
    (int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, uint32_t, uint32_t)) \
  X(void, glBufferData, (uint32_t, intptr_t, const void *, uint32_t)) \
  X(uint32_t, glCheckFramebufferStatus, (uint32_t)) \
  X(void, glClear, (uint32_t)) \
  X(void, glClearBufferuiv, (uint32_t, int32_t, const uint32_t *)) \
  X(void, glCompileShader, (uint32_t)) \
  X(uint32_t, glCreateProgram, (void)) \
  X(uint32_t, glCreateShader, (uint32_t)) \
  X(void, glDeleteBuffers, (int32_t, const uint32_t *)) \
  X(void, glDeleteShader, (uint32_t)) \
  X(void, glDeleteVertexArrays, (int32_t, const uint32_t *)) \
  X(void, glDepthFunc, (uint32_t)) \
  X(void, glDepthMask, (uint8_t)) \
  X(void, glDisable, (uint32_t)) \
  X(void, glDrawArrays, (uint32_t, int32_t, int32_t)) \
  X(void, glDrawBuffers, (int32_t, const uint32_t *)) \
  X(void, glDrawElements, (uint32_t, int32_t, uint32_t, const void *)) \
  X(void, glEnable, (uint32_t)) \
  X(void, glEnableVertexAttribArray, (uint32_t)) \
  X(void, glFramebufferRenderbuffer, (uint32_t, uint32_t, uint32_t, uint32_t)) \
  X(void, glFramebufferTexture2D, (uint32_t, uint32_t, uint32_t, uint32_t, int32_t)) \
  X(void, glGenBuffers, (int32_t, uint32_t *)) \
  X(void, glGenFramebuffers, (int32_t, uint32_t *)) \
  X(void, glGenRenderbuffers, (int32_t, uint32_t *)) \
  X(void, glGenTextures, (int32_t, uint32_t *)) \
  X(void, glGenVertexArrays, (int32_t, uint32_t *)) \
  X(uint32_t, glGetError, (void)) \
  X(void, glGetIntegerv, (uint32_t, int32_t *)) \
  X(void, glGetProgramInfoLog, (uint32_t, int32_t, int32_t *, char *)) \
  X(void, glGetProgramiv, (uint32_t, uint32_t, int32_t *)) \
  X(void, glGetShaderInfoLog, (uint32_t, int32_t, int32_t *, char *)) \
  X(void, glGetShaderiv, (uint32_t, uint32_t, int32_t *)) \
  X(const uint8_t *, glGetString, (uint32_t)) \
  X(uint32_t, glGetUniformBlockIndex, (uint32_t, const char *)) \
  X(int32_t, glGetUniformLocation, (uint32_t, const char *)) \
  X(void, glLinkProgram, (uint32_t)) \
  X(void, glPolygonOffset, (float, float)) \
  X(void, glReadBuffer, (uint32_t)) \
  X(void, glReadPixels, (int32_t, int32_t, int32_t, int32_t, uint32_t, uint32_t, void *)) \
  X(void, glRenderbufferStorageMultisample, (uint32_t, int32_t, uint32_t, int32_t, int32_t)) \
  X(void, glScissor, (int32_t, int32_t, int32_t, int32_t)) \
  X(void, glShaderSource, (uint32_t, int32_t, const char *const *, const int32_t *)) \
  X(void, glTexParameteri, (uint32_t, uint32_t, int32_t)) \
  X(void, glTexStorage2D, (uint32_t, int32_t, uint32_t, int32_t, int32_t)) \
  X(void, glUniform1f, (int32_t, float)) \
  X(void, glUniform1i, (int32_t, int32_t)) \
  X(void, glUniform2f, (int32_t, float, float)) \
  X(void, glUniform3f, (int32_t, float, float, float)) \
  X(void, glUniformBlockBinding, (uint32_t, uint32_t, uint32_t)) \
  X(void, glUniformMatrix4fv, (int32_t, int32_t, uint8_t, const float *)) \
  X(void, glUseProgram, (uint32_t)) \
  X(void, glVertexAttribIPointer, (uint32_t, int32_t, uint32_t, int32_t, const void *)) \
  X(void, glVertexAttribPointer, (uint32_t, int32_t, uint32_t, uint8_t, int32_t, const void *)) \
  X(void, glViewport, (int32_t, int32_t, int32_t, int32_t))
// clang-format on

/// OpenGL ES 3.0, as far as it is used.
typedef struct {
#define SINEW_GL_MEMBER(result, name, parameters) result(*name) parameters;
  SINEW_GL_FUNCTIONS(SINEW_GL_MEMBER)
#undef SINEW_GL_MEMBER
} sinew_gl;

/// A display without a window.
typedef struct sinew_graphics sinew_graphics;

/// Opens a display; one is enough for a process, and it stays open to its end.
///
/// `library` is the name of EGL's library. Afterwards `result` is the display, or `reason` (SINEW_GRAPHICS_REASON
/// bytes) says in a few words what is missing.
sinew_graphics_status sinew_graphics_open(const char *library, char *reason, sinew_graphics **result);

/// OpenGL's functions; they act on the context that the calling thread uses.
const sinew_gl *sinew_graphics_functions(const sinew_graphics *graphics);

/// A new context, or null.
void *sinew_graphics_make_context(const sinew_graphics *graphics);

/// Makes a context the calling thread's; null for none. Zero if that is impossible. No two threads may use one at once.
int sinew_graphics_use(const sinew_graphics *graphics, void *context);

/// Ends a context that no thread uses, and all that was made in it.
void sinew_graphics_destroy_context(const sinew_graphics *graphics, void *context);

#ifdef __cplusplus
}
#endif
#endif
