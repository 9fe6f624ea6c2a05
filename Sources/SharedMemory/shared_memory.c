#define _GNU_SOURCE
#include "shared_memory.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int sinew_memory_file(const char *label) { return memfd_create(label, MFD_CLOEXEC); }

uint32_t sinew_word_load(const uint32_t *word) {
  return atomic_load_explicit((const _Atomic uint32_t *)word, memory_order_acquire);
}

void sinew_word_store(uint32_t *word, uint32_t value) {
  atomic_store_explicit((_Atomic uint32_t *)word, value, memory_order_seq_cst);
}

void sinew_word_increment(uint32_t *word, const uint32_t *sleeping) {
  atomic_fetch_add_explicit((_Atomic uint32_t *)word, 1, memory_order_seq_cst);
  // Who says that it sleeps has the kernel look at the word once more before it does, so that no change is slept
  // through.
  if (atomic_load_explicit((const _Atomic uint32_t *)sleeping, memory_order_seq_cst))
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

bool sinew_word_spin(const uint32_t *word, uint32_t value, int64_t nanoseconds) {
  if (sinew_word_load(word) != value) return true;
  if (nanoseconds <= 0) return false;
  int64_t end = now() + nanoseconds;
  do {
    for (int i = 0; i < 16; i++) {
      if (sinew_word_load(word) != value) return true;
      pause_briefly();
    }
  } while (now() < end);
  return false;
}

bool sinew_word_wait(const uint32_t *word, uint32_t value, int64_t nanoseconds) {
  if (sinew_word_load(word) != value) return true;
  struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  syscall(SYS_futex, word, FUTEX_WAIT, value, &limit, NULL, 0);
  return sinew_word_load(word) != value;
}

bool sinew_socket_send(int socket, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t sent = send(socket, next, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    next += sent;
    count -= (size_t)sent;
  }
  return true;
}
