// Signals that ask a process to stop: the first is remembered and announced, the second ends the process at once and
// leaves nothing half-written. All of it is done within the signal, with system calls only. Traps: trap_note.h.
#ifndef SINEW_INTERRUPTION_H
#define SINEW_INTERRUPTION_H

#include <stdbool.h>

/// Takes SIGINT, SIGTERM and SIGHUP over; SIGHUP only where it is not ignored, as under nohup. With a run to protect, a
/// signal that nobody asks for within 30 seconds ends the process as a second one would.
void sinew_interruption_install(void);

/// What the first signal writes to standard error, at once; copied, NULL for nothing.
void sinew_interruption_announce(const char *text);

/// The run whose half-written files the second signal removes and whose last checkpoint it names; copied, NULL for
/// none.
void sinew_interruption_protect(const char *run_folder);

/// The signal that came since the installation; 0 for none. Whoever asks takes care of it.
int sinew_interruption_code(void);

/// Ends the process by a signal, as if it had never been taken over.
_Noreturn void sinew_interruption_end(int code);

#endif
