// SINEW_BINARY, SINEW_SELECT and SINEW_COPY: operations over a 4-dimensional index space with strided operands.

namespace sinew {
namespace SINEW_SET {

/// The index space of N operands, with neighbouring dimensions merged where every operand allows it.
template <int N>
struct Space {
  int64_t dim[4];
  int64_t stride[N][4];

  Space(const int64_t *dims, const int64_t *const (&strides)[N]) {
    int last = 3;
    dim[3] = 1;
    for (int n = 0; n < N; ++n) stride[n][3] = 1;
    bool empty = true;
    for (int d = 3; d >= 0; --d) {
      if (dims[d] == 1) continue;
      bool merges = !empty;
      for (int n = 0; n < N && merges; ++n) merges = strides[n][d] == stride[n][last] * dim[last];
      if (merges) {
        dim[last] *= dims[d];
        continue;
      }
      if (!empty) --last;
      empty = false;
      dim[last] = dims[d];
      for (int n = 0; n < N; ++n) stride[n][last] = strides[n][d];
    }
    for (int d = last - 1; d >= 0; --d) {
      dim[d] = 1;
      for (int n = 0; n < N; ++n) stride[n][d] = 0;
    }
  }

  /// Calls row(position, offsets, count) for the innermost rows within [range.begin, range.end) of the flat index.
  template <class Row>
  SINEW_INLINE void forEachRow(Range range, Row row) const {
    if (range.begin >= range.end) return;
    int64_t index[4] = {0, 0, 0, 0};
    if (int64_t rest = range.begin) {
      for (int d = 3; d >= 0; --d) {
        index[d] = rest % dim[d];
        rest /= dim[d];
      }
    }
    int64_t position = range.begin;
    while (true) {
      int64_t offset[N];
      for (int n = 0; n < N; ++n)
        offset[n] = index[0] * stride[n][0] + index[1] * stride[n][1] + index[2] * stride[n][2] +
                    index[3] * stride[n][3];
      const int64_t count = std::min(dim[3] - index[3], range.end - position);
      row(position, offset, count);
      position += count;
      if (position >= range.end) return;
      index[3] = 0;
      for (int d = 2; d >= 0; --d) {
        if (++index[d] < dim[d]) break;
        index[d] = 0;
      }
    }
  }
};

inline int64_t elementCount(const sinew_instruction &i) { return i.dim[0] * i.dim[1] * i.dim[2] * i.dim[3]; }

inline Cut stridedCut(const sinew_instruction &i) { return {{partCount(elementCount(i), 16384)}}; }

/// Calls body(i, count) for whole vectors and for the remainder.
template <class Body>
SINEW_INLINE void forEachOffset(int64_t count, Body body) {
  int64_t i = 0;
  for (; i + width <= count; i += width) body(i, int64_t{width});
  if (i < count) body(i, count - i);
}

SINEW_INLINE Packet loadAny(const float *from, int64_t i, int64_t stride, int64_t count) {
  if (stride == 0) return splat(*from);
  if (stride == 1) return count == width ? load(from + i) : load(from + i, count);
  return loadStrided(from + i * stride, stride, count);
}

SINEW_INLINE void storeAny(float *to, Packet value, int64_t count) {
  if (count == width) return store(to, value);
  store(to, value, count);
}

template <class Function>
SINEW_INLINE void binaryLoop(const sinew_instruction &i, const Part &part, Function function) {
  const Space<2> space(i.dim, {i.dim + 4, i.dim + 8});
  float *out = static_cast<float *>(i.pointer[0]);
  const float *a = static_cast<const float *>(i.pointer[1]), *b = static_cast<const float *>(i.pointer[2]);
  const int64_t sa = space.stride[0][3], sb = space.stride[1][3];
  space.forEachRow(share(elementCount(i), part, 64), [=](int64_t position, const int64_t *offset, int64_t count) {
    float *to = out + position;
    const float *pa = a + offset[0], *pb = b + offset[1];
    if (sa == 1 && sb == 1)
      forEachPacket(count, [=](int64_t, auto get, auto put) { put(to, function(get(pa), get(pb))); });
    else if (sa == 1 && sb == 0) {
      const Packet repeated = splat(*pb);
      forEachPacket(count, [=](int64_t, auto get, auto put) { put(to, function(get(pa), repeated)); });
    } else if (sa == 0 && sb == 1) {
      const Packet repeated = splat(*pa);
      forEachPacket(count, [=](int64_t, auto get, auto put) { put(to, function(repeated, get(pb))); });
    } else {
      forEachOffset(count, [=](int64_t k, int64_t n) {
        storeAny(to + k, function(loadAny(pa, k, sa, n), loadAny(pb, k, sb, n)), n);
      });
    }
  });
}

inline void binary(const sinew_instruction &i, const Part &part) {
  const Packet zero = splat(0.0f), one = splat(1.0f);
  switch (i.mode) {
  case SINEW_ADD: return binaryLoop(i, part, [](Packet a, Packet b) { return a + b; });
  case SINEW_SUBTRACT: return binaryLoop(i, part, [](Packet a, Packet b) { return a - b; });
  case SINEW_MULTIPLY: return binaryLoop(i, part, [](Packet a, Packet b) { return a * b; });
  case SINEW_DIVIDE: return binaryLoop(i, part, [](Packet a, Packet b) { return a / b; });
  case SINEW_MINIMUM: return binaryLoop(i, part, [](Packet a, Packet b) { return minimum(a, b); });
  case SINEW_MAXIMUM: return binaryLoop(i, part, [](Packet a, Packet b) { return maximum(a, b); });
  case SINEW_GREATER: return binaryLoop(i, part, [=](Packet a, Packet b) { return a > b ? one : zero; });
  case SINEW_GREATER_EQUAL: return binaryLoop(i, part, [=](Packet a, Packet b) { return a >= b ? one : zero; });
  case SINEW_EQUAL: return binaryLoop(i, part, [=](Packet a, Packet b) { return a == b ? one : zero; });
  }
}

inline void select(const sinew_instruction &i, const Part &part) {
  const Space<3> space(i.dim, {i.dim + 4, i.dim + 8, i.dim + 12});
  float *out = static_cast<float *>(i.pointer[0]);
  const float *mask = static_cast<const float *>(i.pointer[1]);
  const float *a = static_cast<const float *>(i.pointer[2]), *b = static_cast<const float *>(i.pointer[3]);
  const int64_t sm = space.stride[0][3], sa = space.stride[1][3], sb = space.stride[2][3];
  space.forEachRow(share(elementCount(i), part, 64), [=](int64_t position, const int64_t *offset, int64_t count) {
    forEachOffset(count, [=](int64_t k, int64_t n) {
      const Packet chosen = loadAny(mask + offset[0], k, sm, n) != 0.0f ? loadAny(a + offset[1], k, sa, n)
                                                                        : loadAny(b + offset[2], k, sb, n);
      storeAny(out + position + k, chosen, n);
    });
  });
}

inline void copy(const sinew_instruction &i, const Part &part) {
  const Space<2> space(i.dim, {i.dim + 4, i.dim + 8});
  float *out = static_cast<float *>(i.pointer[0]);
  const float *in = static_cast<const float *>(i.pointer[1]);
  const int64_t so = space.stride[0][3], si = space.stride[1][3];
  const bool adds = i.mode == 1;
  space.forEachRow(share(elementCount(i), part, 64), [=](int64_t, const int64_t *offset, int64_t count) {
    float *to = out + offset[0];
    const float *from = in + offset[1];
    if (so == 1) {
      if (si == 1 && !adds) {
        std::memcpy(to, from, static_cast<size_t>(count) * sizeof(float));
      } else {
        forEachOffset(count, [=](int64_t k, int64_t n) {
          const Packet value = loadAny(from, k, si, n);
          storeAny(to + k, adds ? loadAny(to, k, 1, n) + value : value, n);
        });
      }
    } else if (adds) {
      for (int64_t k = 0; k < count; ++k) to[k * so] += from[k * si];
    } else {
      for (int64_t k = 0; k < count; ++k) to[k * so] = from[k * si];
    }
  });
}

}  // namespace SINEW_SET
}  // namespace sinew
