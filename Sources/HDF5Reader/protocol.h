// What the two sides of a reader share.
#ifndef SINEW_HDF5_PROTOCOL_H
#define SINEW_HDF5_PROTOCOL_H

#include <stddef.h>

#include "hdf5_reader.h"

typedef enum { RequestRead, RequestAttribute, RequestList } RequestKind;

typedef struct {
  int32_t kind;
  uint64_t first;
  uint64_t count;
  char name[SINEW_HDF5_TEXT];
} Request;

/// All of a child's life: opens the file, then answers requests until the other end of `channel` is closed.
_Noreturn void sinew_hdf5_serve(const char *path, int channel, float *window);

/// Reads or writes a whole message. 0 where the other side is gone.
int sinew_hdf5_receive(int channel, void *message, size_t size);
int sinew_hdf5_send(int channel, const void *message, size_t size);

#endif
