// Programs that are started to work for this one. Linux.
#ifndef SINEW_CHILD_PROCESS_H
#define SINEW_CHILD_PROCESS_H

#include <sys/types.h>

/// Starts a program in a process group of its own, so that signals of the terminal do not reach it.
///
/// It has the files `descriptors` open as 0, 1, 2, …, and no others that are closed on exec.
///
/// - Returns: 0 and the process, or the error's number.
int sinew_child_start(
  pid_t *process, const char *program, char *const arguments[], char *const variables[], const int *descriptors,
  int count);

/// Called by a child: ends it by SIGTERM when the thread of its parent that started it ends, however that ends.
void sinew_child_end_with(pid_t parent);

#endif
