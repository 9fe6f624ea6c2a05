// Names whose code it was that trapped: Swift ends a process where an index or a number is out of range, and says
// nothing about it in a release build.
#ifndef SINEW_TRAP_NOTE_H
#define SINEW_TRAP_NOTE_H

#include <stddef.h>

/// From now on a trap of this thread ends the process with status 1 and a line on standard error: that the function
/// (a constant) of what has this name (copied, 200 bytes of it) trapped, with how many numbers its observation has. The
/// first call takes SIGILL and SIGTRAP over; traps elsewhere go where they went before.
void sinew_trap_note_begin(const void *name, size_t length, const void *function, size_t numbers);

/// From now on a trap of this thread is nobody's.
void sinew_trap_note_end(void);

#endif
