// HDF5's C interface, as Debian builds it (1.10, serial, not thread safe), and what Swift cannot see of it: macros.
#ifndef SINEW_CHDF5_SHIM_H
#define SINEW_CHDF5_SHIM_H
#include <hdf5.h>
#include <stdio.h>

static inline hid_t sinew_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t sinew_h5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t sinew_h5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t sinew_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t sinew_h5_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t sinew_h5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t sinew_h5_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t sinew_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t sinew_h5_all(void) { return H5S_ALL; }
static inline hid_t sinew_h5_scalar(void) { return H5Screate(H5S_SCALAR); }
static inline unsigned sinew_h5_create_exclusively(void) { return H5F_ACC_EXCL; }
static inline void sinew_h5_be_silent(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

static inline herr_t sinew_h5_keep_innermost(unsigned depth, const H5E_error2_t *error, void *text) {
  if (depth == 0 && error->desc != NULL) snprintf((char *)text, 512, "%s", error->desc);
  return 0;
}
/// The innermost reason of the last failure: at most 512 bytes with the zero that ends it.
static inline void sinew_h5_reason(char *text) {
  text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, sinew_h5_keep_innermost, text);
}

#endif
