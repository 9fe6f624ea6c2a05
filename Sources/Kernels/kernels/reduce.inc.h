// SINEW_REDUCE and SINEW_REDUCE_EXTREMUM_GRADIENT. Sums run in blocks, so that rounding errors do not grow with length.

namespace sinew {
namespace SINEW_SET {

struct SumFold {
  static SINEW_INLINE float identity() { return 0.0f; }
  static SINEW_INLINE Packet fold(Packet a, Packet b) { return a + b; }
  static SINEW_INLINE float fold(float a, float b) { return a + b; }
  static SINEW_INLINE float lanes(Packet x) { return sumLanes(x); }
};
struct MaximumFold {
  static SINEW_INLINE float identity() { return -std::numeric_limits<float>::infinity(); }
  static SINEW_INLINE Packet fold(Packet a, Packet b) { return maximum(a, b); }
  static SINEW_INLINE float fold(float a, float b) { return (a > b || a != a) ? a : b; }
  static SINEW_INLINE float lanes(Packet x) { return foldLanes(x, [](float a, float b) { return fold(a, b); }); }
};
struct MinimumFold {
  static SINEW_INLINE float identity() { return std::numeric_limits<float>::infinity(); }
  static SINEW_INLINE Packet fold(Packet a, Packet b) { return minimum(a, b); }
  static SINEW_INLINE float fold(float a, float b) { return (a < b || a != a) ? a : b; }
  static SINEW_INLINE float lanes(Packet x) { return foldLanes(x, [](float a, float b) { return fold(a, b); }); }
};

constexpr int64_t reductionBlock = 256, reductionColumns = 64;

/// Σ term(get) over `count` floats, in blocks of 16 vectors' worth of additions per lane.
template <class Fold, class Term>
SINEW_INLINE float foldTerms(int64_t count, Term term) {
  const Packet identity = splat(Fold::identity());
  Packet total = identity;
  int64_t i = 0;
  while (count - i >= 4 * width) {
    Packet lane[4] = {identity, identity, identity, identity};
    for (int step = 0; step < 16 && count - i >= 4 * width; ++step, i += 4 * width)
      for (int n = 0; n < 4; ++n)
        lane[n] = Fold::fold(lane[n], term([=](const float *from) { return load(from + i + n * width); }));
    total = Fold::fold(total, Fold::fold(Fold::fold(lane[0], lane[1]), Fold::fold(lane[2], lane[3])));
  }
  for (; i + width <= count; i += width)
    total = Fold::fold(total, term([=](const float *from) { return load(from + i); }));
  float result = Fold::lanes(total);
  if (i < count) {
    alignas(64) float lanes[width];
    const int64_t rest = count - i;
    Eigen::internal::pstore(lanes, term([=](const float *from) { return load(from + i, rest); }));
    for (int64_t k = 0; k < rest; ++k) result = Fold::fold(result, lanes[k]);
  }
  return result;
}

template <class Fold>
inline float foldRow(const float *in, int64_t count) {
  return foldTerms<Fold>(count, [=](auto get) { return get(in); });
}

/// out[c] = fold over rows of in[r·stride + c], for `columns` columns.
template <class Fold>
inline void foldColumns(float *out, const float *in, int64_t rows, int64_t stride, int64_t columns) {
  forEachPacket(columns, [=](int64_t, auto get, auto put) {
    Packet total = splat(Fold::identity());
    for (int64_t first = 0; first < rows; first += reductionBlock) {
      const int64_t end = std::min(rows, first + reductionBlock);
      Packet block = splat(Fold::identity());
      for (int64_t r = first; r < end; ++r) block = Fold::fold(block, get(in + r * stride));
      total = Fold::fold(total, block);
    }
    put(out, total);
  });
}

/// The shape of a reduction, and how it is cut: over results, or (few results of many terms) over slices of the terms.
struct Reduction {
  int64_t outer, reduced, inner, units;
  uint16_t slices;

  explicit Reduction(const sinew_instruction &i) : outer(i.dim[0]), reduced(i.dim[1]), inner(i.dim[2]) {
    units = outer * quotientUp(inner, reductionColumns);
    const int64_t total = outer * reduced * inner;
    slices = units < 8 && total >= 65536 ? sliceCount(total, 16384, reduced) : 1;
  }

  Cut cut() const {
    if (slices > 1) return {{slices, 1}};
    return {{partCount(outer * reduced * inner, 16384, units)}};
  }
};

inline Cut reduceCut(const sinew_instruction &i) { return Reduction(i).cut(); }

inline size_t reduceWorkspace(const sinew_instruction &i) {
  const Reduction shape(i);
  return shape.slices > 1 ? static_cast<size_t>(shape.slices * shape.outer * shape.inner) * sizeof(float) : 0;
}

/// Reduces terms [rows.begin, rows.end) of the results in `units`.
template <class Fold>
inline void reduceUnits(const Reduction &shape, float *out, const float *in, Range units, Range rows) {
  const int64_t count = rows.end - rows.begin;
  if (shape.inner == 1) {
    for (int64_t o = units.begin; o < units.end; ++o)
      out[o] = foldRow<Fold>(in + o * shape.reduced + rows.begin, count);
    return;
  }
  const int64_t blocks = quotientUp(shape.inner, reductionColumns);
  for (int64_t unit = units.begin; unit < units.end; ++unit) {
    const int64_t o = unit / blocks, column = unit % blocks * reductionColumns;
    foldColumns<Fold>(
        out + o * shape.inner + column, in + (o * shape.reduced + rows.begin) * shape.inner + column, count,
        shape.inner, std::min(reductionColumns, shape.inner - column));
  }
}

template <class Fold>
inline void reduceWith(const sinew_instruction &i, const Part &part) {
  const Reduction shape(i);
  float *out = static_cast<float *>(i.pointer[0]);
  const float *in = static_cast<const float *>(i.pointer[1]);
  float *partial = reinterpret_cast<float *>(part.workspace);
  const int64_t results = shape.outer * shape.inner;
  if (results == 0) return;
  Range finished = {0, results};
  if (shape.slices == 1) {
    const Range units = share(shape.units, part);
    reduceUnits<Fold>(shape, out, in, units, {0, shape.reduced});
    if (shape.inner == 1) {
      finished = units;
    } else {
      const int64_t blocks = quotientUp(shape.inner, reductionColumns);
      const auto start = [&](int64_t unit) {
        return unit / blocks * shape.inner + std::min(shape.inner, unit % blocks * reductionColumns);
      };
      finished = {start(units.begin), start(units.end)};
    }
  } else if (part.phase == 0) {
    return reduceUnits<Fold>(
        shape, partial + part.index * results, in, {0, shape.units}, share(shape.reduced, part));
  } else {
    foldColumns<Fold>(out, partial, shape.slices, results, results);
  }
  if (i.mode == SINEW_MEAN) {
    const float scale = 1.0f / static_cast<float>(shape.reduced);
    for (int64_t k = finished.begin; k < finished.end; ++k) 
      out[k] = shape.reduced ? out[k] * scale : std::numeric_limits<float>::quiet_NaN();
  }
}

inline void reduce(const sinew_instruction &i, const Part &part) {
  switch (i.mode) {
  case SINEW_MAX: return reduceWith<MaximumFold>(i, part);
  case SINEW_MIN: return reduceWith<MinimumFold>(i, part);
  default: return reduceWith<SumFold>(i, part);
  }
}

inline Cut extremumGradientCut(const sinew_instruction &i) {
  return {{partCount(i.dim[0] * i.dim[1] * i.dim[2], 16384, i.dim[0])}};
}

inline void extremumGradient(const sinew_instruction &i, const Part &part) {
  const int64_t reduced = i.dim[1], inner = i.dim[2];
  const Range range = share(i.dim[0], part);
  for (int64_t o = range.begin; o < range.end; ++o) {
    float *dx = static_cast<float *>(i.pointer[0]) + o * reduced * inner;
    const float *dy = static_cast<const float *>(i.pointer[1]) + o * inner;
    const float *x = static_cast<const float *>(i.pointer[2]) + o * reduced * inner;
    const float *y = static_cast<const float *>(i.pointer[3]) + o * inner;
    if (inner == 1) {
      std::memset(dx, 0, static_cast<size_t>(reduced) * sizeof(float));
      for (int64_t r = 0; r < reduced; ++r) {
        if (x[r] != y[0]) continue;
        dx[r] = dy[0];
        break;
      }
      continue;
    }
    forEachPacket(inner, [=](int64_t, auto get, auto put) {
      const Packet extremum = get(y), zero = splat(0.0f);
      Packet remaining = get(dy);
      for (int64_t r = 0; r < reduced; ++r) {
        const IntegerPacket attained = get(x + r * inner) == extremum;
        put(dx + r * inner, attained ? remaining : zero);
        remaining = attained ? zero : remaining;
      }
    });
  }
}

}  // namespace SINEW_SET
}  // namespace sinew
