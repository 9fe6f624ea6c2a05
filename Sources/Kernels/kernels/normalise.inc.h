// Softmax, log-sum-exp and layer normalisation, by rows; batch normalisation, by columns.

namespace sinew {
namespace SINEW_SET {

inline Cut rowsCut(int64_t rows, int64_t length, int64_t grain) { return {{partCount(rows * length, grain, rows)}}; }

inline Cut softmaxCut(const sinew_instruction &i) { return rowsCut(i.dim[0], i.dim[1], 4096); }

inline void softmax(const sinew_instruction &i, const Part &part) {
  const int64_t length = i.dim[1];
  const Range rows = share(i.dim[0], part);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    float *out = static_cast<float *>(i.pointer[0]) + row * length;
    const float *in = static_cast<const float *>(i.pointer[1]) + row * length;
    const Packet largest = splat(foldRow<MaximumFold>(in, length));
    forEachPacket(length, [=](int64_t, auto get, auto put) { put(out, exponential(get(in) - largest)); });
    const Packet scale = splat(1.0f / foldRow<SumFold>(out, length));
    forEachPacket(length, [=](int64_t, auto get, auto put) { put(out, get(out) * scale); });
  }
}

/// dx = y·(dy − Σ dy·y).
inline void softmaxGradient(const sinew_instruction &i, const Part &part) {
  const int64_t length = i.dim[1];
  const Range rows = share(i.dim[0], part);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    float *dx = static_cast<float *>(i.pointer[0]) + row * length;
    const float *dy = static_cast<const float *>(i.pointer[1]) + row * length;
    const float *y = static_cast<const float *>(i.pointer[2]) + row * length;
    const Packet sum = splat(foldTerms<SumFold>(length, [=](auto get) { return get(dy) * get(y); }));
    forEachPacket(length, [=](int64_t, auto get, auto put) { put(dx, get(y) * (get(dy) - sum)); });
  }
}

inline void logSumExp(const sinew_instruction &i, const Part &part) {
  const int64_t length = i.dim[1];
  const Range rows = share(i.dim[0], part);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    float *out = static_cast<float *>(i.pointer[0]) + row;
    const float *in = static_cast<const float *>(i.pointer[1]) + row * length;
    const float largest = foldRow<MaximumFold>(in, length);
    if (!(std::fabs(largest) < std::numeric_limits<float>::infinity())) {
      *out = largest;
      continue;
    }
    const Packet shift = splat(largest);
    alignas(64) float lanes[width];
    float sum = 0;
    int64_t k = 0;
    Packet total = splat(0.0f);
    for (; k + width <= length; k += width) total = total + exponential(load(in + k) - shift);
    sum = sumLanes(total);
    if (k < length) {
      Eigen::internal::pstore(lanes, exponential(load(in + k, length - k) - shift));
      for (int64_t n = 0; n < length - k; ++n) sum += lanes[n];
    }
    Eigen::internal::pstore(lanes, logarithm(splat(sum)) + shift);
    *out = lanes[0];
  }
}

// Layer normalisation: dims groups, rows, length; gain and bias belong to a group.

inline Cut layerNormCut(const sinew_instruction &i) { return rowsCut(i.dim[0] * i.dim[1], i.dim[2], 8192); }

inline void layerNorm(const sinew_instruction &i, const Part &part) {
  const int64_t rowsOfGroup = i.dim[1], length = i.dim[2];
  const Range rows = share(i.dim[0] * rowsOfGroup, part);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const int64_t group = row / rowsOfGroup;
    float *y = static_cast<float *>(i.pointer[0]) + row * length;
    const float *x = static_cast<const float *>(i.pointer[1]) + row * length;
    const float *gain = static_cast<const float *>(i.pointer[2]), *bias = static_cast<const float *>(i.pointer[3]);
    const float mean = foldRow<SumFold>(x, length) / static_cast<float>(length);
    const Packet center = splat(mean);
    const float squares = foldTerms<SumFold>(length, [=](auto get) {
      const Packet d = get(x) - center;
      return d * d;
    });
    const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(length) + i.scalar[0]);
    if (float *statistics = static_cast<float *>(i.pointer[4])) {
      statistics[2 * row] = mean;
      statistics[2 * row + 1] = inverse;
    }
    const Packet scale = splat(inverse);
    const float *g = gain ? gain + group * length : nullptr, *b = bias ? bias + group * length : nullptr;
    forEachPacket(length, [=](int64_t, auto get, auto put) {
      const Packet normal = (get(x) - center) * scale;
      put(y, normal * (g ? get(g) : splat(1.0f)) + (b ? get(b) : splat(0.0f)));
    });
  }
}

/// With n the normalised row and h = dy·gain: dx = (h − mean(h) − n·mean(h·n))/std.
inline void layerNormGradient(const sinew_instruction &i, const Part &part) {
  const int64_t rowsOfGroup = i.dim[1], length = i.dim[2];
  const Range rows = share(i.dim[0] * rowsOfGroup, part);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    float *dx = static_cast<float *>(i.pointer[0]) + row * length;
    const float *dy = static_cast<const float *>(i.pointer[1]) + row * length;
    const float *x = static_cast<const float *>(i.pointer[2]) + row * length;
    const float *gains = static_cast<const float *>(i.pointer[3]);
    const float *gain = gains ? gains + row / rowsOfGroup * length : nullptr;
    const float *statistics = static_cast<const float *>(i.pointer[4]) + 2 * row;
    const Packet center = splat(statistics[0]), scale = splat(statistics[1]);
    const float count = static_cast<float>(length);
    const auto upstream = [=](auto get) { return gain ? get(dy) * get(gain) : get(dy); };
    const Packet meanOfUpstream = splat(foldTerms<SumFold>(length, [=](auto get) { return upstream(get); }) / count);
    const Packet meanOfProduct = splat(
        foldTerms<SumFold>(length, [=](auto get) { return upstream(get) * ((get(x) - center) * scale); }) / count);
    forEachPacket(length, [=](int64_t, auto get, auto put) {
      const Packet normal = (get(x) - center) * scale;
      put(dx, (upstream(get) - meanOfUpstream - normal * meanOfProduct) * scale);
    });
  }
}

inline int64_t parameterBlocks(const sinew_instruction &i) { return quotientUp(i.dim[2], reductionColumns); }

inline Cut layerNormParameterCut(const sinew_instruction &i) {
  return {{partCount(i.dim[0] * i.dim[1] * i.dim[2], 16384, i.dim[0] * parameterBlocks(i))}};
}

inline void layerNormParameterGradient(const sinew_instruction &i, const Part &part) {
  const int64_t rows = i.dim[1], length = i.dim[2], blocks = parameterBlocks(i);
  const Range units = share(i.dim[0] * blocks, part);
  for (int64_t unit = units.begin; unit < units.end; ++unit) {
    const int64_t group = unit / blocks, column = unit % blocks * reductionColumns;
    const int64_t offset = group * rows * length + column;
    const float *dy = static_cast<const float *>(i.pointer[1]) + offset;
    const float *x = static_cast<const float *>(i.pointer[2]) + offset;
    const float *statistics = static_cast<const float *>(i.pointer[4]) + group * rows * 2;
    float *dGain = static_cast<float *>(i.pointer[0]), *dBias = static_cast<float *>(i.pointer[3]);
    dGain = dGain ? dGain + group * length + column : nullptr;
    dBias = dBias ? dBias + group * length + column : nullptr;
    forEachPacket(std::min(reductionColumns, length - column), [=](int64_t, auto get, auto put) {
      Packet gain = splat(0.0f), bias = splat(0.0f);
      for (int64_t first = 0; first < rows; first += reductionBlock) {
        const int64_t end = std::min(rows, first + reductionBlock);
        Packet g = splat(0.0f), b = splat(0.0f);
        for (int64_t r = first; r < end; ++r) {
          const Packet upstream = get(dy + r * length);
          g = g + upstream * ((get(x + r * length) - statistics[2 * r]) * statistics[2 * r + 1]);
          b = b + upstream;
        }
        gain = gain + g;
        bias = bias + b;
      }
      if (dGain) put(dGain, gain);
      if (dBias) put(dBias, bias);
    });
  }
}

// Batch normalisation: dims groups, rows, length; every column of a group by itself, cut as the gradient above.

/// Σ term(row) over rows, in blocks, so that rounding errors do not grow with their number.
template <class Term>
SINEW_INLINE Packet foldRows(int64_t rows, Term term) {
  Packet total = splat(0.0f);
  for (int64_t first = 0; first < rows; first += reductionBlock) {
    const int64_t end = std::min(rows, first + reductionBlock);
    Packet block = splat(0.0f);
    for (int64_t r = first; r < end; ++r) block = block + term(r);
    total = total + block;
  }
  return total;
}

/// Calls `body(group, column, get, put)` for every vector of columns of a part; offsets are from a group's first
/// number.
template <class Body>
inline void forEachColumn(const sinew_instruction &i, const Part &part, Body body) {
  const int64_t length = i.dim[2], blocks = parameterBlocks(i);
  const Range units = share(i.dim[0] * blocks, part);
  for (int64_t unit = units.begin; unit < units.end; ++unit) {
    const int64_t group = unit / blocks, column = unit % blocks * reductionColumns;
    forEachPacket(std::min(reductionColumns, length - column), [=](int64_t, auto get, auto put) {
      body(group, column, get, put);
    });
  }
}

inline void batchStatistics(const sinew_instruction &i, const Part &part) {
  const int64_t rows = i.dim[1], length = i.dim[2];
  const Packet share = splat(1.0f / static_cast<float>(rows));
  forEachColumn(i, part, [=](int64_t group, int64_t column, auto get, auto put) {
    const float *x = static_cast<const float *>(i.pointer[1]) + group * rows * length + column;
    float *out = static_cast<float *>(i.pointer[0]) + group * 2 * length + column;
    const Packet mean = foldRows(rows, [=](int64_t r) { return get(x + r * length); }) * share;
    put(out, mean);
    put(out + length, foldRows(rows, [=](int64_t r) {
          const Packet d = get(x + r * length) - mean;
          return d * d;
        }) * share);
  });
}

inline void batchNorm(const sinew_instruction &i, const Part &part) {
  const int64_t rows = i.dim[1], length = i.dim[2];
  forEachColumn(i, part, [=](int64_t group, int64_t column, auto get, auto put) {
    const int64_t offset = group * rows * length + column, own = group * length + column;
    const float *x = static_cast<const float *>(i.pointer[1]) + offset;
    const float *statistics = static_cast<const float *>(i.pointer[4]) + group * 2 * length + column;
    float *y = static_cast<float *>(i.pointer[0]) + offset;
    const Packet mean = get(statistics), bias = get(static_cast<const float *>(i.pointer[3]) + own);
    const Packet scale =
        get(static_cast<const float *>(i.pointer[2]) + own) / squareRoot(get(statistics + length) + i.scalar[0]);
    for (int64_t r = 0; r < rows; ++r) put(y + r * length, (get(x + r * length) - mean) * scale + bias);
  });
}

inline void batchNormParameterGradient(const sinew_instruction &i, const Part &part) {
  const int64_t rows = i.dim[1], length = i.dim[2];
  forEachColumn(i, part, [=](int64_t group, int64_t column, auto get, auto put) {
    const int64_t offset = group * rows * length + column, own = group * length + column;
    const float *dy = static_cast<const float *>(i.pointer[1]) + offset;
    const float *x = static_cast<const float *>(i.pointer[2]) + offset;
    const float *statistics = static_cast<const float *>(i.pointer[4]) + group * 2 * length + column;
    const Packet mean = get(statistics), deviation = squareRoot(get(statistics + length) + i.scalar[0]);
    const Packet products =
        foldRows(rows, [=](int64_t r) { return get(dy + r * length) * (get(x + r * length) - mean); });
    put(static_cast<float *>(i.pointer[0]) + own, products / deviation);
    put(static_cast<float *>(i.pointer[3]) + own, foldRows(rows, [=](int64_t r) { return get(dy + r * length); }));
  });
}

/// With n the normalised column: dx = gain/std·(dy − mean(dy) − n·mean(dy·n)).
inline void batchNormGradient(const sinew_instruction &i, const Part &part) {
  const int64_t rows = i.dim[1], length = i.dim[2];
  const Packet share = splat(1.0f / static_cast<float>(rows));
  forEachColumn(i, part, [=](int64_t group, int64_t column, auto get, auto put) {
    const int64_t offset = group * rows * length + column, own = group * length + column;
    const float *dy = static_cast<const float *>(i.pointer[1]) + offset;
    const float *x = static_cast<const float *>(i.pointer[2]) + offset;
    const float *statistics = static_cast<const float *>(i.pointer[4]) + group * 2 * length + column;
    float *dx = static_cast<float *>(i.pointer[0]) + offset;
    const Packet mean = get(statistics), inverse = 1.0f / squareRoot(get(statistics + length) + i.scalar[0]);
    const Packet scale = get(static_cast<const float *>(i.pointer[3]) + own) * inverse;
    const Packet slope = get(static_cast<const float *>(i.pointer[5]) + own) * share * inverse;
    const Packet level = get(static_cast<const float *>(i.pointer[6]) + own) * share;
    for (int64_t r = 0; r < rows; ++r)
      put(dx + r * length, (get(dy + r * length) - level - (get(x + r * length) - mean) * slope) * scale);
  });
}

}  // namespace SINEW_SET
}  // namespace sinew
