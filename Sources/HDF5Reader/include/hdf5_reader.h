// Reads HDF5 files in a process of its own.
//
// The HDF5 library trusts what a file says about itself: one bit flipped in a thousand files ends it with a
// segmentation fault or worse, and no check from outside its interface prevents that. So a file is opened and read by a
// forked child that holds nothing worth harming, under limits on memory and processor time, and hands plain numbers
// over in memory shared with it. Whatever happens to it is an error of one line here.
//
// The child runs C alone, between the fork and its end. Neither function here may be called from two threads at once
// for one reader; the caller also keeps other users of the HDF5 library in this process out while a reader is opened.
#ifndef SINEW_HDF5_READER_H
#define SINEW_HDF5_READER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that one request can bring.
#define SINEW_HDF5_WINDOW (1 << 20)
/// Bytes of a name or a message, with the zero that ends it.
#define SINEW_HDF5_TEXT 256

/// Float32 numbers that one request can bring.
#define SINEW_HDF5_NUMBERS (SINEW_HDF5_WINDOW / 4)

/// How a request ended.
typedef enum {
  /// As asked.
  SinewHDF5Done = 0,
  /// There is nothing of that name.
  SinewHDF5Absent = 1,
  /// It is there and cannot be read: `text` says why.
  SinewHDF5Refused = 2,
  /// The child ended: `text` says how. Only closing is left.
  SinewHDF5Ended = 3,
} SinewHDF5Status;

/// The answer to a request.
typedef struct {
  int32_t status;
  /// Of a dataset: 1 or 2, and its extents; the second is 1 where there is none.
  int32_t rank;
  uint64_t rows;
  uint64_t columns;
  /// Rows that were brought; how many numbers an attribute holds.
  uint64_t count;
  /// What was wrong, or an attribute's text.
  char text[SINEW_HDF5_TEXT];
} SinewHDF5Answer;

typedef struct SinewHDF5Reader SinewHDF5Reader;

/// Starts a child that opens the file at `path`. NULL, with the reason in `answer`, where that fails.
SinewHDF5Reader *sinew_hdf5_open(const char *path, SinewHDF5Answer *answer);
/// Brings rows from `first` on of the dataset of that path inside the file, as float32: as many as there are, as are
/// asked for and as fit the window, which holds them until the next request. Truth values become 0 and 1.
void sinew_hdf5_read(
    SinewHDF5Reader *reader, const char *dataset, uint64_t first, uint64_t count, SinewHDF5Answer *answer);
/// Brings an attribute of the root group, or with "GROUP/NAME" of a group: text into the window (`rank` is 0, `count` its
/// bytes), float32 numbers into the window (`rank` is 1).
void sinew_hdf5_attribute(SinewHDF5Reader *reader, const char *name, SinewHDF5Answer *answer);
/// Brings what lies in a group into the window as text, `count` bytes: a line each, "g NAME" for a group, "N NAME" for an
/// array of N axes; what is neither is left out, and so are links and names with control characters.
void sinew_hdf5_list(SinewHDF5Reader *reader, const char *group, SinewHDF5Answer *answer);
/// The memory that requests fill: SINEW_HDF5_WINDOW bytes, aligned to a page.
const float *sinew_hdf5_window(const SinewHDF5Reader *reader);
/// Ends the child and frees the reader.
void sinew_hdf5_close(SinewHDF5Reader *reader);

#ifdef __cplusplus
}
#endif
#endif
