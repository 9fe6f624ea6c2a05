#define _GNU_SOURCE
#include "include/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Between fork and exec only what is safe in a signal handler: other threads may hold any lock.
static _Noreturn void become(const char *path, char *const arguments[], int output, int report, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(0);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal < 32; ++signal) sigaction(signal, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0 && dup2(nothing, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2) {
    for (int descriptor = 3; descriptor < 1024; ++descriptor) {
      if (descriptor != report) close(descriptor);
    }
    execv(path, arguments);
  }
  int code = errno;
  ssize_t written = write(report, &code, sizeof code);
  (void)written;
  _exit(127);
}

int sinew_child_start(const char *path, char *const arguments[], int output, pid_t *child) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  pid_t parent = getpid();
  *child = fork();
  if (*child == 0) become(path, arguments, output, report[1], parent);
  int code = *child < 0 ? errno : 0;
  close(report[1]);
  if (code == 0) {
    ssize_t count;
    do { count = read(report[0], &code, sizeof code); } while (count < 0 && errno == EINTR);
    if (count != sizeof code) code = 0;
    if (code != 0) waitpid(*child, NULL, 0);
  }
  close(report[0]);
  return code;
}
