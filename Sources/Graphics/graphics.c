#include "sinew_graphics.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Written out because EGL's headers may be absent where this is built.
typedef void *EGLDisplay, *EGLConfig, *EGLContext, *EGLSurface, *EGLDevice;
enum {
  EGL_NONE = 0x3038,
  EGL_EXTENSIONS = 0x3055,
  EGL_SURFACE_TYPE = 0x3033,
  EGL_PBUFFER_BIT = 1,
  EGL_RENDERABLE_TYPE = 0x3040,
  EGL_OPENGL_ES3_BIT = 0x40,
  EGL_CONTEXT_MAJOR_VERSION = 0x3098,
  EGL_CONTEXT_MINOR_VERSION = 0x30FB,
  EGL_OPENGL_ES_API = 0x30A0,
  EGL_PLATFORM_DEVICE = 0x313F,
  EGL_PLATFORM_SURFACELESS = 0x31DD,
};

// clang-format off
#define EGL_FUNCTIONS(X) \
  X(EGLDisplay, eglGetDisplay, (void *)) \
  X(EGLDisplay, eglGetPlatformDisplay, (unsigned, void *, const intptr_t *)) \
  X(unsigned, eglInitialize, (EGLDisplay, int *, int *)) \
  X(const char *, eglQueryString, (EGLDisplay, int)) \
  X(unsigned, eglBindAPI, (unsigned)) \
  X(unsigned, eglChooseConfig, (EGLDisplay, const int *, EGLConfig *, int, int *)) \
  X(EGLContext, eglCreateContext, (EGLDisplay, EGLConfig, EGLContext, const int *)) \
  X(unsigned, eglDestroyContext, (EGLDisplay, EGLContext)) \
  X(unsigned, eglMakeCurrent, (EGLDisplay, EGLSurface, EGLSurface, EGLContext))
// clang-format on

struct sinew_graphics {
  void *(*eglGetProcAddress)(const char *);
#define MEMBER(result, name, parameters) result(*name) parameters;
  EGL_FUNCTIONS(MEMBER)
#undef MEMBER
  EGLDisplay display;
  EGLConfig configuration;
  sinew_gl gl;
};

enum { DEVICES = 16 };

static int supports(const char *extensions, const char *name) {
  size_t length = strlen(name);
  for (const char *at = extensions; at && (at = strstr(at, name)); at += length) {
    if ((at == extensions || at[-1] == ' ') && (at[length] == 0 || at[length] == ' ')) return 1;
  }
  return 0;
}

static int try_display(sinew_graphics *g, EGLDisplay display) {
  if (!display || !g->eglInitialize(display, NULL, NULL)) return 0;
  g->display = display;
  return 1;
}

// Mesa's platform without surfaces first: it is there with a GPU and without. Then the devices (NVIDIA's driver), then
// whatever is the default.
static int find_display(sinew_graphics *g) {
  const char *extensions = g->eglQueryString(NULL, EGL_EXTENSIONS);
  if (supports(extensions, "EGL_MESA_platform_surfaceless") &&
      try_display(g, g->eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS, NULL, NULL)))
    return 1;
  unsigned (*query)(int, EGLDevice *, int *);
  *(void **)&query = g->eglGetProcAddress("eglQueryDevicesEXT");
  EGLDevice devices[DEVICES];
  int count = 0;
  if (query && supports(extensions, "EGL_EXT_platform_device") && query(DEVICES, devices, &count)) {
    for (int i = 0; i < count; i++) {
      if (try_display(g, g->eglGetPlatformDisplay(EGL_PLATFORM_DEVICE, devices[i], NULL))) return 1;
    }
  }
  return try_display(g, g->eglGetDisplay(NULL));
}

static sinew_graphics_status open_display(sinew_graphics *g, char *reason) {
  if (!find_display(g)) return SINEW_GRAPHICS_NO_DRIVER;
  const char *extensions = g->eglQueryString(g->display, EGL_EXTENSIONS);
  if (!supports(extensions, "EGL_KHR_surfaceless_context")) {
    snprintf(reason, SINEW_GRAPHICS_REASON, "%s", "EGL_KHR_surfaceless_context");
    return SINEW_GRAPHICS_OLD_DRIVER;
  }
  const int wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_NONE};
  int count = 0;
  if (!supports(extensions, "EGL_KHR_no_config_context") &&
      (!g->eglChooseConfig(g->display, wanted, &g->configuration, 1, &count) || count == 0)) {
    snprintf(reason, SINEW_GRAPHICS_REASON, "%s", "OpenGL ES 3.0");
    return SINEW_GRAPHICS_OLD_DRIVER;
  }
  // Through a void pointer: ISO C has no conversion from one to a function.
#define FIND(result, name, parameters)                          \
  *(void **)&g->gl.name = g->eglGetProcAddress(#name);          \
  if (!g->gl.name) {                                            \
    snprintf(reason, SINEW_GRAPHICS_REASON, "%s", #name);       \
    return SINEW_GRAPHICS_OLD_DRIVER;                           \
  }
  SINEW_GL_FUNCTIONS(FIND)
#undef FIND
  return SINEW_GRAPHICS_OPEN;
}

sinew_graphics_status sinew_graphics_open(const char *library, char *reason, sinew_graphics **result) {
  reason[0] = 0;
  *result = NULL;
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *problem = dlerror();
    snprintf(reason, SINEW_GRAPHICS_REASON, "%s", problem ? problem : library);
    return SINEW_GRAPHICS_NO_LIBRARY;
  }
  sinew_graphics *g = calloc(1, sizeof *g);
  if (!g) {
    snprintf(reason, SINEW_GRAPHICS_REASON, "%s", "out of memory");
    return SINEW_GRAPHICS_NO_DRIVER;
  }
  // The library stays loaded, even when it is of no use: drivers do not bear being unloaded.
#define FIND(result, name, parameters)                                                 \
  *(void **)&g->name = dlsym(handle, #name);                                           \
  if (!g->name) {                                                                      \
    snprintf(reason, SINEW_GRAPHICS_REASON, "%s: it has no %s", library, #name);       \
    free(g);                                                                           \
    return SINEW_GRAPHICS_NO_LIBRARY;                                                  \
  }
  FIND(, eglGetProcAddress, )
  EGL_FUNCTIONS(FIND)
#undef FIND
  sinew_graphics_status status = open_display(g, reason);
  if (status == SINEW_GRAPHICS_OPEN) {
    *result = g;
  } else {
    free(g);
  }
  return status;
}

const sinew_gl *sinew_graphics_functions(const sinew_graphics *g) { return &g->gl; }

void *sinew_graphics_make_context(const sinew_graphics *g) {
  const int attributes[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE};
  // The API that is bound belongs to the thread.
  if (!g->eglBindAPI(EGL_OPENGL_ES_API)) return NULL;
  return g->eglCreateContext(g->display, g->configuration, NULL, attributes);
}

int sinew_graphics_use(const sinew_graphics *g, void *context) {
  if (!g->eglBindAPI(EGL_OPENGL_ES_API)) return 0;
  return (int)g->eglMakeCurrent(g->display, NULL, NULL, context);
}

void sinew_graphics_destroy_context(const sinew_graphics *g, void *context) {
  g->eglDestroyContext(g->display, context);
}
