// Counts heap allocations of the whole process. For executables only: linking it replaces malloc and its relatives.
#ifndef SINEW_ALLOCATION_COUNTER_H
#define SINEW_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether allocations are counted: on glibc, without a sanitizer.
bool sinew_counts_allocations(void);

/// Allocations since the process started, of all threads and all libraries in it: calls of malloc, calloc, realloc,
/// aligned_alloc, posix_memalign, memalign and valloc.
uint64_t sinew_allocation_count(void);

/// Allocations of the calling thread since it started: what other threads do meanwhile is not among them.
uint64_t sinew_allocation_count_of_thread(void);

#ifdef __cplusplus
}
#endif
#endif
