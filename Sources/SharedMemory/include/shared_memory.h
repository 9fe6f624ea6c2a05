// What two processes need to talk through memory that both see: words that are stored and awaited in order, and a way to start the
// other process with the memory among its open files. Linux.
#ifndef SINEW_SHARED_MEMORY_H
#define SINEW_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A file in memory without a name, closed when another program is started; -1 with errno where there is none to be had.
int sinew_memory_file(const char *label);

/// Reads a word, and with it everything that was written before it was stored.
uint32_t sinew_word_load(const uint32_t *word);

/// Stores a word after everything that was written before.
void sinew_word_store(uint32_t *word, uint32_t value);

/// Adds 1 to a word after everything that was written before, and wakes whoever waits for it if the other word says that somebody
/// does.
void sinew_word_increment(uint32_t *word, const uint32_t *sleeping);

/// Looks at a word until it is no longer `value`, for at most so many nanoseconds: true if it changed.
bool sinew_word_spin(const uint32_t *word, uint32_t value, int64_t nanoseconds);

/// Sleeps until a word is no longer `value`, for at most so many nanoseconds: true if it changed.
bool sinew_word_wait(const uint32_t *word, uint32_t value, int64_t nanoseconds);

/// Starts a program in a process group of its own, so that signals of the terminal do not reach it.
///
/// It has the files `descriptors` open as 0, 1, 2, …, and no others that are closed on exec.
///
/// - Returns: 0 and the process, or the error's number.
int sinew_worker_start(
  pid_t *process, const char *program, char *const arguments[], char *const variables[], const int *descriptors,
  int count);

/// Sends bytes to a socket without a signal where nobody reads them any more; false with errno where it failed.
bool sinew_socket_send(int socket, const void *bytes, size_t count);

#endif
