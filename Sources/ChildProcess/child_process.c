#define _GNU_SOURCE
#include "include/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { most_descriptors = 16 };

int sinew_child_start(
  pid_t *process, const char *program, char *const arguments[], char *const variables[], const int *descriptors,
  int count) {
  if (count > most_descriptors) return EINVAL;
  // Out of the way of the numbers that they are to have.
  int copies[most_descriptors], error = 0, made = 0;
  for (; made < count; made++) {
    copies[made] = fcntl(descriptors[made], F_DUPFD_CLOEXEC, most_descriptors);
    if (copies[made] < 0) {
      error = errno;
      break;
    }
  }
  if (!error) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < count; i++) posix_spawn_file_actions_adddup2(&actions, copies[i], i);
    // Whoever started this process may have signals blocked or ignored, and that is inherited.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    error = posix_spawn(process, program, &actions, &attributes, arguments, variables);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  for (int i = 0; i < made; i++) close(copies[i]);
  return error;
}

void sinew_child_end_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // It may have ended before that was said.
  if (getppid() != parent) raise(SIGTERM);
}
