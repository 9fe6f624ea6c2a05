#define _GNU_SOURCE
#include "interruption.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int codes[] = {SIGINT, SIGTERM, SIGHUP};
// Seconds in which the first signal must be asked for: an update, or a file to be written, may take a while.
static const unsigned patience = 30;
static atomic_int first_code;
static char announcement[256];
static char run_folder[3072];

// As the kernel writes it: glibc's readdir allocates, which must not be done within a signal.
struct entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

static void say(const char *text) {
  size_t rest = strlen(text);
  while (rest > 0) {
    ssize_t written = write(STDERR_FILENO, text, rest);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text += written;
    rest -= (size_t)written;
  }
}

static bool ends_with(const char *name, const char *ending) {
  size_t length = strlen(name), tail = strlen(ending);
  return length >= tail && strcmp(name + length - tail, ending) == 0;
}

// Calls `visit` for every name in a folder. Entries that are removed meanwhile are no trouble.
static void each_name(int folder, void (*visit)(int folder, const char *name, void *state), void *state) {
  char buffer[4096] __attribute__((aligned(8)));
  for (;;) {
    long count = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (count <= 0) return;
    for (long at = 0; at < count;) {
      struct entry *entry = (struct entry *)(buffer + at);
      if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0) visit(folder, entry->name, state);
      at += entry->length;
    }
  }
}

static void remove_file(int folder, const char *name, void *state) { unlinkat(folder, name, 0); }

// A half-written file, or a folder of files: they lie no deeper.
static void remove_partial(int folder, const char *name, void *state) {
  if (!ends_with(name, ".partial")) return;
  if (unlinkat(folder, name, 0) == 0) return;
  int inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inner < 0) return;
  each_name(inner, remove_file, NULL);
  close(inner);
  unlinkat(folder, name, AT_REMOVEDIR);
}

static void find_last_step(int folder, const char *name, void *state) {
  long *last = state, step = 0;
  if (strncmp(name, "step-", 5) != 0 || name[5] == 0) return;
  for (const char *digit = name + 5; *digit; digit++) {
    if (*digit < '0' || *digit > '9' || step > INT64_MAX / 10 - 10) return;
    step = 10 * step + (*digit - '0');
  }
  if (step > *last) *last = step;
}

static void clear(int run, const char *name) {
  int folder = openat(run, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return;
  each_name(folder, remove_partial, NULL);
  close(folder);
}

static void say_number(long number) {
  char digits[24], *at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  say(at);
}

static void leave_nothing_half_written(void) {
  int run = open(run_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (run < 0) return;
  clear(run, ".");
  clear(run, "best");
  clear(run, "checkpoints");
  long last = -1;
  int checkpoints = openat(run, "checkpoints", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (checkpoints >= 0) each_name(checkpoints, find_last_step, &last);
  if (isatty(STDERR_FILENO)) say("\n");
  if (last < 0) {
    say("ended at once: there is no checkpoint yet, so that all of the run is lost\n");
  } else {
    say("ended at once: what came after step ");
    say_number(last);
    say(" is lost; continue with: sinew resume ");
    say(run_folder);
    say("\n");
  }
}

static void handle(int code) {
  int saved = errno, none = 0;
  if (atomic_compare_exchange_strong(&first_code, &none, code)) {
    if (announcement[0]) {
      // Not behind a line of progress.
      if (isatty(STDERR_FILENO)) say("\n");
      say(announcement);
    }
    if (run_folder[0]) alarm(patience);
    errno = saved;
    return;
  }
  // A terminal that goes away says so twice: by the shell, and by the kernel when the shell has gone.
  if (code == SIGHUP) return;
  if (run_folder[0]) leave_nothing_half_written();
  sinew_interruption_end(code);
}

// Nobody asked for the first signal: one step takes too long to wait for.
static void give_up(int code) {
  (void)code;
  int first = atomic_load(&first_code);
  if (first == 0) return;
  if (isatty(STDERR_FILENO)) say("\n");
  say("the step did not end within 30 s\n");
  leave_nothing_half_written();
  sinew_interruption_end(first);
}

void sinew_interruption_install(void) {
  alarm(0);
  atomic_store(&first_code, 0);
  // Whoever started the process may have had them blocked, and that is inherited.
  sigset_t unblocked;
  sigemptyset(&unblocked);
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
  // Not one within the other.
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) sigaddset(&action.sa_mask, codes[i]);
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    struct sigaction before;
    if (codes[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    sigaction(codes[i], &action, NULL);
    sigaddset(&unblocked, codes[i]);
  }
  if (run_folder[0]) {
    action.sa_handler = give_up;
    sigaction(SIGALRM, &action, NULL);
    sigaddset(&unblocked, SIGALRM);
  }
  sigprocmask(SIG_UNBLOCK, &unblocked, NULL);
}

static void copy(char *place, size_t size, const char *text) {
  place[0] = 0;
  if (text && strlen(text) < size) strcpy(place, text);
}

void sinew_interruption_announce(const char *text) { copy(announcement, sizeof announcement, text); }

void sinew_interruption_protect(const char *folder) { copy(run_folder, sizeof run_folder, folder); }

int sinew_interruption_code(void) {
  int code = atomic_load(&first_code);
  if (code != 0) alarm(0);
  return code;
}

_Noreturn void sinew_interruption_end(int code) {
  signal(code, SIG_DFL);
  sigset_t unblocked;
  sigemptyset(&unblocked);
  sigaddset(&unblocked, code);
  raise(code);
  sigprocmask(SIG_UNBLOCK, &unblocked, NULL);
  _exit(128 + code);
}
