// zlib's interface, and what Swift cannot see of it: macros.
#ifndef SINEW_CZLIB_SHIM_H
#define SINEW_CZLIB_SHIM_H
#include <zlib.h>

/// Begins to undo deflate without zlib's header and trailer, as archives have it.
static inline int sinew_inflate_begin(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }

#endif
