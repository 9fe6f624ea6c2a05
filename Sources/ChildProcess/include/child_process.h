// Programs that are started to work for this one, and that never outlive it.
#ifndef SINEW_CHILD_PROCESS_H
#define SINEW_CHILD_PROCESS_H

#include <sys/types.h>

/// Starts a program in a process group of its own, so that a terminal's Ctrl-C reaches this process alone. Its standard input is
/// empty, its output and errors go to a descriptor. It gets SIGTERM when the calling thread ends, however that ends.
///
/// \param path the program.
/// \param arguments its name and arguments, ended by NULL.
/// \param output where its standard output and errors go.
/// \param child receives the process.
/// \return 0, or the number of the system's error.
int sinew_child_start(const char *path, char *const arguments[], int output, pid_t *child);

#endif
