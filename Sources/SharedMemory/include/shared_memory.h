// What two processes need to talk through memory that both see: words that are stored and awaited in order. Linux.
#ifndef SINEW_SHARED_MEMORY_H
#define SINEW_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A file in memory without a name, closed when another program is started; -1 with errno where there is none to be
/// had.
int sinew_memory_file(const char *label);

/// Reads a word, and with it everything that was written before it was stored.
uint32_t sinew_word_load(const uint32_t *word);

/// Stores a word after everything that was written before.
void sinew_word_store(uint32_t *word, uint32_t value);

/// Adds 1 to a word after everything that was written before, and wakes whoever waits for it if the other word says
/// that somebody does.
void sinew_word_increment(uint32_t *word, const uint32_t *sleeping);

/// Looks at a word until it is no longer `value`, for at most so many nanoseconds: true if it changed.
bool sinew_word_spin(const uint32_t *word, uint32_t value, int64_t nanoseconds);

/// Sleeps until a word is no longer `value`, for at most so many nanoseconds: true if it changed.
bool sinew_word_wait(const uint32_t *word, uint32_t value, int64_t nanoseconds);

/// Sends bytes to a socket without a signal where nobody reads them any more; false with errno where it failed.
bool sinew_socket_send(int socket, const void *bytes, size_t count);

#endif
