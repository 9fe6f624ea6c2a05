// malloc and its relatives, counted and handed on to glibc's. A definition in the executable comes before every
// library's, so what Swift's runtime, libstdc++ and ODE allocate is counted too. glibc's free takes back what these
// give.
#include "include/sinew_allocation_counter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SINEW_HAS_SANITIZER 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SINEW_HAS_SANITIZER)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t allocations;
// In the executable's own thread block (initial-exec): reaching it allocates nothing.
static _Thread_local uint64_t allocations_of_thread __attribute__((tls_model("initial-exec")));

static void count(void) {
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  ++allocations_of_thread;
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *valloc(size_t size) {
  count();
  return __libc_memalign(4096, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  count();
  void *memory = __libc_memalign(alignment, size);
  if (memory == NULL) return ENOMEM;
  *result = memory;
  return 0;
}

bool sinew_counts_allocations(void) { return true; }
uint64_t sinew_allocation_count(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }
uint64_t sinew_allocation_count_of_thread(void) { return allocations_of_thread; }

#else

bool sinew_counts_allocations(void) { return false; }
uint64_t sinew_allocation_count(void) { return 0; }
uint64_t sinew_allocation_count_of_thread(void) { return 0; }

#endif
