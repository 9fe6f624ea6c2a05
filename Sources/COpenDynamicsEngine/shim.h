// The Open Dynamics Engine's C interface, as Debian builds it (double precision).
#ifndef SINEW_OPEN_DYNAMICS_ENGINE_SHIM_H
#define SINEW_OPEN_DYNAMICS_ENGINE_SHIM_H
#include <ode/ode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

// The engine ends the process where its numbers make no sense, as in the factors of a matrix that rounding made
// singular. A step that began here comes back instead. Only one file may use these: each that does has a variable of
// its own.
static inline jmp_buf **sinewStepBegin(void) {
  static _Thread_local jmp_buf *begin;
  return &begin;
}

static inline void sinewGiveUp(int number, const char *message, va_list arguments) {
  if (*sinewStepBegin()) longjmp(**sinewStepBegin(), 1);
  // The engine ends the process when this returns.
  fprintf(stderr, "the physics engine gave up (%d): ", number);
  vfprintf(stderr, message, arguments);
  fputc('\n', stderr);
}

static inline void sinewCatchFailures(void) {
  dSetErrorHandler(sinewGiveUp);
  dSetDebugHandler(sinewGiveUp);
}

// Whether the step was taken. If not, it stopped midway, and the world's threading object must not be used again.
static inline int sinewStep(dWorldID world, dReal timestep, int isIterative) {
  jmp_buf begin;
  if (_setjmp(begin)) {
    *sinewStepBegin() = 0;
    return 0;
  }
  *sinewStepBegin() = &begin;
  if (isIterative) {
    dWorldQuickStep(world, timestep);
  } else {
    dWorldStep(world, timestep);
  }
  *sinewStepBegin() = 0;
  return 1;
}

#endif
