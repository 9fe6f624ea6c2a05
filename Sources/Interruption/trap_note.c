#define _GNU_SOURCE
#include "trap_note.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static __thread char noted_name[200];
static __thread size_t noted_length, noted_numbers;
static __thread const char *noted_function;
static struct sigaction previous_illegal, previous_trap;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static atomic_flag said = ATOMIC_FLAG_INIT;

static struct iovec part(const char *text, size_t length) {
  return (struct iovec){.iov_base = (void *)text, .iov_len = length};
}

static void handle(int code) {
  if (!noted_function) {
    // The instruction is tried again when this returns, and traps as it would have.
    sigaction(code, code == SIGILL ? &previous_illegal : &previous_trap, NULL);
    return;
  }
  // Threads that trap at once say it once: the others wait for the end of the process.
  while (atomic_flag_test_and_set(&said)) pause();
  char digits[24];
  size_t first = sizeof digits;
  do { digits[--first] = (char)('0' + noted_numbers % 10); } while ((noted_numbers /= 10) > 0);
  static const char middle[] = " trapped: an index or a number is out of range, such as a place beyond the ";
  static const char end[] = " numbers of the observation\n";
  const struct iovec line[] = {
      part(noted_name, noted_length),
      part(": ", 2),
      part(noted_function, strlen(noted_function)),
      part(middle, sizeof middle - 1),
      part(digits + first, sizeof digits - first),
      part(end, sizeof end - 1),
  };
  (void)!writev(STDERR_FILENO, line, sizeof line / sizeof *line);
  _exit(1);
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  sigaction(SIGILL, &action, &previous_illegal);
  sigaction(SIGTRAP, &action, &previous_trap);
}

void sinew_trap_note_begin(const void *name, size_t length, const void *function, size_t numbers) {
  pthread_once(&once, install);
  noted_length = length < sizeof noted_name ? length : sizeof noted_name;
  memcpy(noted_name, name, noted_length);
  noted_numbers = numbers;
  noted_function = function;
}

void sinew_trap_note_end(void) { noted_function = NULL; }
