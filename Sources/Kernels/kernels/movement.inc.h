// Rows by index, and the windows of a one-dimensional convolution.

namespace sinew {
namespace SINEW_SET {

inline Cut gatherCut(const sinew_instruction &i) { return {{partCount(i.dim[0] * i.dim[1], 16384, i.dim[0])}}; }

/// The row that an index names, or −1 where there is no such row.
SINEW_INLINE int64_t rowIndex(float index, int64_t rows) {
  return index >= 0 && index < static_cast<float>(rows) ? static_cast<int64_t>(index) : -1;
}

inline void gather(const sinew_instruction &i, const Part &part) {
  const int64_t length = i.dim[1];
  const Range rows = share(i.dim[0], part);
  float *out = static_cast<float *>(i.pointer[0]);
  const float *in = static_cast<const float *>(i.pointer[1]), *index = static_cast<const float *>(i.pointer[2]);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const int64_t source = rowIndex(index[row], i.dim[2]);
    if (source < 0)
      std::fill_n(out + row * length, length, std::numeric_limits<float>::quiet_NaN());
    else
      std::memcpy(out + row * length, in + source * length, static_cast<size_t>(length) * sizeof(float));
  }
}

/// Parts are blocks of columns, since rows may collide.
inline Cut scatterAddCut(const sinew_instruction &i) {
  return {{partCount(i.dim[0] * i.dim[1], 16384, quotientUp(i.dim[1], 64))}};
}

inline void scatterAdd(const sinew_instruction &i, const Part &part) {
  const int64_t length = i.dim[1], rows = i.dim[2];
  const Range columns = share(length, part, 64);
  float *out = static_cast<float *>(i.pointer[0]) + columns.begin;
  const float *dy = static_cast<const float *>(i.pointer[1]) + columns.begin;
  const float *index = static_cast<const float *>(i.pointer[2]);
  const int64_t count = columns.end - columns.begin;
  for (int64_t row = 0; row < rows; ++row) std::fill_n(out + row * length, count, 0.0f);
  for (int64_t row = 0; row < i.dim[0]; ++row) {
    const int64_t target = rowIndex(index[row], rows);
    if (target < 0) continue;
    float *to = out + target * length;
    const float *from = dy + row * length;
    forEachPacket(count, [=](int64_t, auto get, auto put) { put(to, get(to) + get(from)); });
  }
}

/// dims batch, length, channels, kernel, stride, padding, out length.
struct Windows {
  int64_t batch, length, channels, kernel, stride, padding, outLength;
  explicit Windows(const sinew_instruction &i)
      : batch(i.dim[0]), length(i.dim[1]), channels(i.dim[2]), kernel(i.dim[3]), stride(i.dim[4]), padding(i.dim[5]),
        outLength(i.dim[6]) {}
};

inline Cut windowsCut(const sinew_instruction &i) {
  const Windows w(i);
  return {{partCount(w.batch * w.outLength * w.kernel * w.channels, 16384, w.batch)}};
}

inline void imageToColumns(const sinew_instruction &i, const Part &part) {
  const Windows w(i);
  const Range range = share(w.batch, part);
  for (int64_t b = range.begin; b < range.end; ++b) {
    const float *in = static_cast<const float *>(i.pointer[1]) + b * w.length * w.channels;
    float *out = static_cast<float *>(i.pointer[0]) + b * w.outLength * w.kernel * w.channels;
    for (int64_t o = 0; o < w.outLength; ++o) {
      for (int64_t k = 0; k < w.kernel; ++k, out += w.channels) {
        const int64_t position = o * w.stride + k - w.padding;
        if (position < 0 || position >= w.length)
          std::fill_n(out, w.channels, 0.0f);
        else
          std::memcpy(out, in + position * w.channels, static_cast<size_t>(w.channels) * sizeof(float));
      }
    }
  }
}

inline void columnsToImage(const sinew_instruction &i, const Part &part) {
  const Windows w(i);
  const Range range = share(w.batch, part);
  for (int64_t b = range.begin; b < range.end; ++b) {
    float *out = static_cast<float *>(i.pointer[0]) + b * w.length * w.channels;
    const float *in = static_cast<const float *>(i.pointer[1]) + b * w.outLength * w.kernel * w.channels;
    std::fill_n(out, w.length * w.channels, 0.0f);
    for (int64_t o = 0; o < w.outLength; ++o) {
      for (int64_t k = 0; k < w.kernel; ++k, in += w.channels) {
        const int64_t position = o * w.stride + k - w.padding;
        if (position < 0 || position >= w.length) continue;
        float *to = out + position * w.channels;
        const float *from = in;
        forEachPacket(w.channels, [=](int64_t, auto get, auto put) { put(to, get(to) + get(from)); });
      }
    }
  }
}

}  // namespace SINEW_SET
}  // namespace sinew
