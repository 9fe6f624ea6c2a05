// The side of a reader that asks.
#include "hdf5_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol.h"

/// Far beyond any request, whose processor time is limited: for a child that waits for what never comes.
static const int patience_milliseconds = 120000;

struct SinewHDF5Reader {
  pid_t child;
  int channel;
  float *window;
};

int sinew_hdf5_receive(int channel, void *message, size_t size) {
  for (char *place = message; size > 0;) {
    ssize_t count = recv(channel, place, size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return 0;
    place += count;
    size -= (size_t)count;
  }
  return 1;
}

int sinew_hdf5_send(int channel, const void *message, size_t size) {
  for (const char *place = message; size > 0;) {
    ssize_t count = send(channel, place, size, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return 0;
    place += count;
    size -= (size_t)count;
  }
  return 1;
}

/// Says in `answer` how the child ended, and makes sure that it did.
static void bury(SinewHDF5Reader *reader, SinewHDF5Answer *answer) {
  int ending = 0;
  memset(answer, 0, sizeof *answer);
  answer->status = SinewHDF5Ended;
  if (reader->child > 0) {
    // A child that is still alive here gave no answer in time; one that is not keeps its own way to end.
    int stuck = waitpid(reader->child, &ending, WNOHANG) == 0;
    for (int look = 0; stuck && look < 100; look++) {
      usleep(1000);
      stuck = waitpid(reader->child, &ending, WNOHANG) == 0;
    }
    if (stuck) {
      kill(reader->child, SIGKILL);
      waitpid(reader->child, &ending, 0);
    }
    reader->child = 0;
    if (!stuck && WIFSIGNALED(ending) && WTERMSIG(ending) != SIGPROF) {
      snprintf(
          answer->text, sizeof answer->text, "damaged: reading it ended the HDF5 library (%s)",
          strsignal(WTERMSIG(ending)));
      return;
    }
  }
  snprintf(answer->text, sizeof answer->text, "damaged: the HDF5 library came to no end with it");
}

static void await(SinewHDF5Reader *reader, SinewHDF5Answer *answer) {
  struct pollfd channel = {.fd = reader->channel, .events = POLLIN};
  int ready;
  do ready = poll(&channel, 1, patience_milliseconds);
  while (ready < 0 && errno == EINTR);
  if (ready <= 0 || !sinew_hdf5_receive(reader->channel, answer, sizeof *answer)) bury(reader, answer);
  answer->text[sizeof answer->text - 1] = 0;
}

SinewHDF5Reader *sinew_hdf5_open(const char *path, SinewHDF5Answer *answer) {
  int channel[2] = {-1, -1};
  void *window = MAP_FAILED;
  SinewHDF5Reader *reader = calloc(1, sizeof *reader);
  memset(answer, 0, sizeof *answer);
  answer->status = SinewHDF5Refused;
  if (reader == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) goto failed;
  window = mmap(NULL, SINEW_HDF5_WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (window == MAP_FAILED) goto failed;
  // The child keeps its end under a number beyond its own first ones, and must have one left.
  int spare = fcntl(channel[1], F_DUPFD_CLOEXEC, 10);
  if (spare < 0) {
    errno = EMFILE;
    goto failed;
  }
  close(spare);
  pid_t child = fork();
  if (child < 0) goto failed;
  if (child == 0) sinew_hdf5_serve(path, channel[1], window);
  close(channel[1]);
  reader->child = child;
  reader->channel = channel[0];
  reader->window = window;
  await(reader, answer);
  if (answer->status == SinewHDF5Done) return reader;
  sinew_hdf5_close(reader);
  return NULL;

failed:
  snprintf(answer->text, sizeof answer->text, "%s", strerror(errno));
  if (window != MAP_FAILED) munmap(window, SINEW_HDF5_WINDOW);
  if (channel[0] >= 0) close(channel[0]);
  if (channel[1] >= 0) close(channel[1]);
  free(reader);
  return NULL;
}

static void ask(
    SinewHDF5Reader *reader, RequestKind kind, const char *name, uint64_t first, uint64_t count,
    SinewHDF5Answer *answer) {
  Request request = {.kind = kind, .first = first, .count = count};
  memset(answer, 0, sizeof *answer);
  if (strlen(name) >= sizeof request.name) {
    answer->status = SinewHDF5Absent;
    return;
  }
  strcpy(request.name, name);
  if (reader->child == 0 || !sinew_hdf5_send(reader->channel, &request, sizeof request))
    bury(reader, answer);
  else
    await(reader, answer);
}

void sinew_hdf5_read(
    SinewHDF5Reader *reader, const char *dataset, uint64_t first, uint64_t count, SinewHDF5Answer *answer) {
  ask(reader, RequestRead, dataset, first, count, answer);
}

void sinew_hdf5_attribute(SinewHDF5Reader *reader, const char *name, SinewHDF5Answer *answer) {
  ask(reader, RequestAttribute, name, 0, 0, answer);
}

void sinew_hdf5_list(SinewHDF5Reader *reader, const char *group, SinewHDF5Answer *answer) {
  ask(reader, RequestList, group, 0, 0, answer);
}

const float *sinew_hdf5_window(const SinewHDF5Reader *reader) { return reader->window; }

void sinew_hdf5_close(SinewHDF5Reader *reader) {
  if (reader == NULL) return;
  close(reader->channel);
  if (reader->child > 0) {
    kill(reader->child, SIGKILL);
    waitpid(reader->child, NULL, 0);
  }
  munmap(reader->window, SINEW_HDF5_WINDOW);
  free(reader);
}
