// The side of a reader that answers: a forked child with the HDF5 library.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "protocol.h"

/// Processor seconds for one request.
static const int request_seconds = 5;
/// Memory beyond four times the file's size.
static const uint64_t spare_memory = 128u << 20;
/// The most bytes of one chunk, which is decompressed as a whole.
static const uint64_t largest_chunk = 16u << 20;

static const char *file_name;
static hid_t file;
static float *window;
static SinewHDF5Answer answer;

/// Datasets stay open over requests, so that a chunk that several requests share is decompressed once.
enum { open_datasets = 8 };
static struct {
  char name[SINEW_HDF5_TEXT];
  hid_t dataset;
} opened[open_datasets];
static int next_opened;

// MARK: Answers

static void refuse(const char *reason) {
  answer.status = SinewHDF5Refused;
  snprintf(answer.text, sizeof answer.text, "%s", reason);
}

static herr_t innermost(unsigned depth, const H5E_error2_t *error, void *text) {
  if (depth == 0 && error->desc != NULL) snprintf(text, SINEW_HDF5_TEXT / 2, "%s", error->desc);
  return 0;
}

/// What the library says of a part that it knows only of later versions: of the format itself, no damage.
static int is_newer_format(const char *reason) {
  return strstr(reason, "bad version number") != NULL || strstr(reason, "unknown version") != NULL ||
         strstr(reason, "bad superblock version") != NULL || strstr(reason, "version number out of") != NULL;
}

/// Refuses with what the library says.
static void refuse_damaged(void) {
  char reason[SINEW_HDF5_TEXT / 2] = "unreadable";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, reason);
  answer.status = SinewHDF5Refused;
  if (is_newer_format(reason)) {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(
        answer.text, sizeof answer.text,
        "written in a newer format of HDF5 than version %u.%u reads, or damaged (%s); h5py writes what is read with "
        "libver=('earliest', 'v110')",
        major, minor, reason);
    return;
  }
  snprintf(answer.text, sizeof answer.text, "damaged or truncated (%s)", reason);
}

// MARK: Datasets

/// Whether every step of a path is a hard link: to follow others is to open what a stranger names.
static int find(const char *path) {
  char prefix[SINEW_HDF5_TEXT];
  for (size_t length = 1; length <= strlen(path); length++) {
    if (path[length] != '/' && path[length] != 0) continue;
    memcpy(prefix, path, length);
    prefix[length] = 0;
    htri_t exists = H5Lexists(file, prefix, H5P_DEFAULT);
    if (exists < 0) {
      refuse_damaged();
      return 0;
    }
    if (exists == 0) {
      answer.status = SinewHDF5Absent;
      return 0;
    }
    H5L_info_t link;
    if (H5Lget_info(file, prefix, &link, H5P_DEFAULT) < 0) {
      refuse_damaged();
      return 0;
    }
    if (link.type != H5L_TYPE_HARD) {
      refuse("a link to elsewhere, which is not followed");
      return 0;
    }
  }
  return 1;
}

/// Whether a dataset's bytes lie in this file, stored in a way that is known.
static int check_storage(hid_t plan) {
  char reason[SINEW_HDF5_TEXT];
  H5D_layout_t layout = H5Pget_layout(plan);
  if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) {
    refuse("its values lie in other datasets, which is not followed");
    return 0;
  }
  if (H5Pget_external_count(plan) != 0) {
    refuse("its values lie in other files, which is not followed");
    return 0;
  }
  if (layout != H5D_CHUNKED) return 1;
  int filters = H5Pget_nfilters(plan);
  for (int index = 0; index < filters; index++) {
    unsigned flags = 0, values[8] = {0}, configuration = 0;
    size_t count = 8;
    H5Z_filter_t filter =
        H5Pget_filter2(plan, (unsigned)index, &flags, &count, values, 0, NULL, &configuration);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
      snprintf(
          reason, sizeof reason, "compressed with HDF5 filter %d; gzip, shuffle and fletcher32 are known", (int)filter);
      refuse(reason);
      return 0;
    }
  }
  return 1;
}

static int check_chunks(hid_t plan, size_t element_size, hid_t access) {
  if (H5Pget_layout(plan) != H5D_CHUNKED) return 1;
  hsize_t extents[H5S_MAX_RANK];
  int rank = H5Pget_chunk(plan, H5S_MAX_RANK, extents);
  uint64_t bytes = element_size;
  for (int axis = 0; axis < rank && bytes <= largest_chunk; axis++)
    bytes = extents[axis] > largest_chunk ? UINT64_MAX : bytes * extents[axis];
  if (rank < 0 || bytes > largest_chunk) {
    refuse("stored in chunks of more than 16 MB");
    return 0;
  }
  H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, bytes > 1 << 20 ? bytes : 1 << 20, 1.0);
  return 1;
}

/// The dataset of that path, open, or a negative number and a refusal.
static hid_t open_dataset(const char *path) {
  for (int index = 0; index < open_datasets; index++)
    if (opened[index].dataset > 0 && strcmp(opened[index].name, path) == 0) return opened[index].dataset;
  if (!find(path)) return -1;
  hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
  if (dataset < 0) {
    // What is there and is no dataset is no damage.
    hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    if (object >= 0 && H5Iget_type(object) != H5I_DATASET)
      refuse("not an array but a group of several, as of a Dict or Tuple space; an array was expected");
    else
      refuse_damaged();
    return -1;
  }
  hid_t plan = H5Dget_create_plist(dataset), type = H5Dget_type(dataset), access = H5Pcreate(H5P_DATASET_ACCESS);
  if (plan < 0 || type < 0 || access < 0) {
    refuse_damaged();
    return -1;
  }
  size_t size = H5Tget_size(type);
  H5Tclose(type);
  if (!check_storage(plan) || !check_chunks(plan, size, access)) return -1;
  H5Pclose(plan);
  H5Dclose(dataset);
  dataset = H5Dopen2(file, path, access);
  H5Pclose(access);
  if (dataset < 0) {
    refuse_damaged();
    return -1;
  }
  if (opened[next_opened].dataset > 0) H5Dclose(opened[next_opened].dataset);
  opened[next_opened].dataset = dataset;
  strcpy(opened[next_opened].name, path);
  next_opened = (next_opened + 1) % open_datasets;
  return dataset;
}

/// The type in memory that a dataset's values are read as: float32, or bytes for truth values. 0 and a refusal for
/// other types.
static hid_t memory_type(hid_t type, int *are_bytes) {
  *are_bytes = 0;
  size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
    case H5T_INTEGER:
      if (size >= 1 && size <= 8) return H5T_NATIVE_FLOAT;
      break;
    case H5T_ENUM:
      // Python's booleans. Converting them from their own type to itself is no conversion.
      *are_bytes = 1;
      if (size == 1) return type;
      break;
    default: break;
  }
  refuse("neither numbers of at most 64 bits nor truth values");
  return 0;
}

static void read_rows(const Request *request) {
  hid_t dataset = open_dataset(request->name);
  if (dataset < 0) return;
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  if (type < 0 || space < 0) {
    refuse_damaged();
    return;
  }
  int are_bytes = 0;
  hid_t memory = memory_type(type, &are_bytes);
  if (memory == 0) return;
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank != 1 && rank != 2) {
    char reason[SINEW_HDF5_TEXT];
    snprintf(reason, sizeof reason, "an array of %d axes; 1 or 2 are read", rank);
    refuse(reason);
    return;
  }
  hsize_t extents[2] = {0, 1};
  H5Sget_simple_extent_dims(space, extents, NULL);
  // Deflate shrinks to a 1,032nd at the most: what claims more was never written.
  double claimed = (double)extents[0] * (double)extents[1] * (double)H5Tget_size(type);
  if (claimed > 1032.0 * (double)H5Dget_storage_size(dataset)) {
    refuse("damaged or truncated (it claims more numbers than the file holds)");
    return;
  }
  answer.rank = rank;
  answer.rows = extents[0];
  answer.columns = extents[1];
  if (extents[1] == 0 || extents[1] > SINEW_HDF5_NUMBERS) {
    refuse(extents[1] == 0 ? "rows without numbers" : "rows of more than 262,144 numbers");
    return;
  }
  uint64_t fitting = SINEW_HDF5_NUMBERS / extents[1];
  uint64_t left = request->first < extents[0] ? extents[0] - request->first : 0;
  answer.count = request->count < left ? request->count : left;
  if (answer.count > fitting) answer.count = fitting;
  if (answer.count > 0) {
    hsize_t start[2] = {request->first, 0}, count[2] = {answer.count, extents[1]};
    hid_t part = H5Screate_simple(rank, count, NULL);
    if (part < 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
        H5Dread(dataset, memory, part, space, H5P_DEFAULT, window) < 0) {
      refuse_damaged();
      return;
    }
    H5Sclose(part);
    // From the last to the first, because both share the window.
    if (are_bytes)
      for (uint64_t index = answer.count * extents[1]; index-- > 0;) window[index] = ((int8_t *)window)[index];
  }
  H5Sclose(space);
  H5Tclose(type);
}

// MARK: Attributes

/// Hands a text over in the window.
static void bring_text(const char *text, size_t length) {
  if (length > SINEW_HDF5_WINDOW) {
    refuse("too long a text");
    return;
  }
  memcpy(window, text, length);
  answer.count = length;
}

static void read_text(hid_t attribute, hid_t type) {
  if (H5Tis_variable_str(type) > 0) {
    char *text = NULL;
    hid_t memory = H5Tcopy(type);
    if (memory < 0 || H5Aread(attribute, memory, &text) < 0)
      refuse_damaged();
    else if (text != NULL)
      bring_text(text, strlen(text));
    return;
  }
  size_t size = H5Tget_size(type);
  char *text = size <= SINEW_HDF5_WINDOW ? calloc(size + 1, 1) : NULL;
  if (text == NULL)
    refuse("too long a text");
  else if (H5Aread(attribute, type, text) < 0)
    refuse_damaged();
  else
    bring_text(text, strnlen(text, size));
  free(text);
}

static void read_attribute(const Request *request) {
  char owner[SINEW_HDF5_TEXT] = "/";
  const char *name = request->name, *slash = strrchr(request->name, '/');
  if (slash != NULL) {
    memcpy(owner, request->name, (size_t)(slash - request->name));
    owner[slash - request->name] = 0;
    name = slash + 1;
    if (!find(owner)) return;
  }
  htri_t exists = H5Aexists_by_name(file, owner, name, H5P_DEFAULT);
  if (exists < 0) {
    refuse_damaged();
    return;
  }
  if (exists == 0) {
    answer.status = SinewHDF5Absent;
    return;
  }
  hid_t attribute = H5Aopen_by_name(file, owner, name, H5P_DEFAULT, H5P_DEFAULT);
  hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute), space = attribute < 0 ? -1 : H5Aget_space(attribute);
  if (type < 0 || space < 0) {
    refuse_damaged();
    return;
  }
  hssize_t count = H5Sget_simple_extent_npoints(space);
  H5T_class_t class = H5Tget_class(type);
  if (class == H5T_STRING && count == 1) {
    read_text(attribute, type);
  } else if ((class == H5T_FLOAT || class == H5T_INTEGER) && H5Tget_size(type) <= 8 && count >= 0 && count <= 4096) {
    answer.rank = 1;
    answer.count = (uint64_t)count;
    if (H5Aread(attribute, H5T_NATIVE_FLOAT, window) < 0) refuse_damaged();
  } else {
    refuse("neither one text nor at most 4,096 numbers");
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
}

// MARK: Groups

/// The axes of an array; negative for what is none.
static int axes(hid_t dataset) {
  hid_t space = H5Dget_space(dataset);
  int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  if (space >= 0) H5Sclose(space);
  return rank;
}

/// Appends a line to the window.
static herr_t list_link(hid_t group, const char *name, const H5L_info_t *link, void *unused) {
  (void)unused;
  if (link->type != H5L_TYPE_HARD) return 0;
  for (const char *letter = name; *letter != 0; letter++)
    if ((unsigned char)*letter < ' ' || *letter == 127) return 0;
  hid_t object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0) return -1;
  char line[SINEW_HDF5_TEXT + 16];
  int length = 0;
  switch (H5Iget_type(object)) {
    case H5I_GROUP: length = snprintf(line, sizeof line, "g %s\n", name); break;
    case H5I_DATASET: length = snprintf(line, sizeof line, "%d %s\n", axes(object), name); break;
    default: break;
  }
  H5Oclose(object);
  // A name that cannot be asked for again.
  if (length >= (int)sizeof line) return 0;
  if (answer.count + (uint64_t)length > SINEW_HDF5_WINDOW) {
    refuse("more than can be listed");
    return 1;
  }
  memcpy((char *)window + answer.count, line, (size_t)length);
  answer.count += (uint64_t)length;
  return 0;
}

static void list(const Request *request) {
  if (!find(request->name)) return;
  hid_t group = H5Oopen(file, request->name, H5P_DEFAULT);
  if (group >= 0 && H5Iget_type(group) != H5I_GROUP)
    refuse("an array, not a group");
  else if (group < 0 || H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, list_link, NULL) < 0)
    refuse_damaged();
  if (group >= 0) H5Oclose(group);
}

// MARK: The process

static void limit(int resource, uint64_t value) {
  struct rlimit limits = {value, value};
  setrlimit((__rlimit_resource_t)resource, &limits);
}

/// Leaves the process with nothing but its file, its channel and its window, and ends it quietly where it goes wrong.
static void confine(int channel) {
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF, SIGTERM, SIGALRM};
  for (size_t index = 0; index < sizeof fatal / sizeof *fatal; index++) signal(fatal[index], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // Ctrl-C is for the process that asks; this one ends with it.
  signal(SIGINT, SIG_IGN);
  prctl(PR_SET_DUMPABLE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  channel = fcntl(channel, F_DUPFD, 10);
  int nothing = open("/dev/null", O_RDWR);
  for (int descriptor = 0; descriptor <= 2; descriptor++) dup2(nothing, descriptor);
  dup2(channel, 3);
  closefrom(4);
}

/// Bytes of address space in use, much of it the parent's.
static uint64_t address_space(void) {
  char text[64] = {0};
  int descriptor = open("/proc/self/statm", O_RDONLY);
  if (descriptor < 0 || read(descriptor, text, sizeof text - 1) <= 0) return 0;
  close(descriptor);
  return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void open_file(void) {
  struct stat status;
  if (stat(file_name, &status) != 0) {
    refuse(strerror(errno));
    return;
  }
  uint64_t used = address_space();
  if (used > 0) limit(RLIMIT_AS, used + 4 * (uint64_t)status.st_size + spare_memory);
  H5open();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  // A file that nobody may write, or on a disk without locks, can still be read.
  H5Pset_file_locking(access, 0, 1);
  int descriptor = open(file_name, O_RDONLY);
  if (descriptor < 0) {
    refuse(strerror(errno));
    return;
  }
  close(descriptor);
  file = H5Fopen(file_name, H5F_ACC_RDONLY, access);
  if (file < 0) {
    refuse_damaged();
    if (H5Fis_hdf5(file_name) <= 0) refuse("not an HDF5 file");
    return;
  }
  H5Pclose(access);
  // From here on nothing can be opened, whatever the file asks for.
  limit(RLIMIT_NOFILE, 0);
}

_Noreturn void sinew_hdf5_serve(const char *path, int channel, float *shared) {
  static const struct itimerval no_time;
  const struct itimerval time = {.it_value = {.tv_sec = request_seconds}};
  file_name = path;
  window = shared;
  memset(opened, 0, sizeof opened);
  memset(&answer, 0, sizeof answer);
  confine(channel);
  channel = 3;
  setitimer(ITIMER_PROF, &time, NULL);
  open_file();
  Request request;
  do {
    setitimer(ITIMER_PROF, &no_time, NULL);
    if (!sinew_hdf5_send(channel, &answer, sizeof answer)) break;
    if (!sinew_hdf5_receive(channel, &request, sizeof request)) break;
    setitimer(ITIMER_PROF, &time, NULL);
    memset(&answer, 0, sizeof answer);
    H5Eclear2(H5E_DEFAULT);
    if (request.kind == RequestRead)
      read_rows(&request);
    else if (request.kind == RequestList)
      list(&request);
    else
      read_attribute(&request);
  } while (1);
  _exit(0);
}
