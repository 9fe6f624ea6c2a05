// SINEW_SQUASHED_GAUSSIAN and its gradient: Gaussian noise through tanh (Haarnoja et al. 2018, appendix C), in one pass
// over tiles of rows whose parameters are gathered side by side, so that narrow action vectors fill the registers.

namespace sinew {
namespace SINEW_SET {

constexpr int64_t gaussianTile = 1024;

struct GaussianTile {
  alignas(64) float mean[gaussianTile], raw[gaussianTile], first[gaussianTile], second[gaussianTile];
};

/// The log of the deviation, and its derivative by the raw parameter.
struct LogDeviation {
  Packet low, high, half;
  bool squashed;

  explicit LogDeviation(const sinew_instruction &i)
      : low(splat(i.scalar[0])), high(splat(i.scalar[1])), half(splat(0.5f * (i.scalar[1] - i.scalar[0]))),
        squashed(i.mode == 1) {}

  SINEW_INLINE Packet value(Packet raw) const {
    return squashed ? low + half * (tangentHyperbolic(raw) + 1.0f) : clamp(raw, low, high);
  }
  SINEW_INLINE Packet derivative(Packet raw) const {
    if (!squashed) return ((raw >= low) & (raw <= high)) ? splat(1.0f) : splat(0.0f);
    const Packet t = tangentHyperbolic(raw);
    return half * (1.0f - t * t);
  }
};

inline Cut gaussianCut(const sinew_instruction &i) { return rowsCut(i.dim[0], i.dim[1], 2048); }

/// Calls body(row, column, rows, columns) for tiles of at most gaussianTile values.
template <class Body>
SINEW_INLINE void forEachTile(Range rows, int64_t actions, Body body) {
  const int64_t height = std::max<int64_t>(1, gaussianTile / std::max<int64_t>(1, actions));
  for (int64_t row = rows.begin; row < rows.end; row += height)
    for (int64_t column = 0; column < actions; column += gaussianTile)
      body(row, column, std::min(height, rows.end - row), std::min(gaussianTile, actions - column));
}

/// Brings the parameters of a tile side by side.
inline void gatherParameters(
    GaussianTile &tile, const float *parameters, int64_t actions, int64_t row, int64_t column, int64_t rows,
    int64_t columns) {
  for (int64_t r = 0; r < rows; ++r) {
    const float *from = parameters + (row + r) * 2 * actions + column;
    for (int64_t c = 0; c < columns; ++c) tile.mean[r * columns + c] = from[c];
    for (int64_t c = 0; c < columns; ++c) tile.raw[r * columns + c] = from[actions + c];
  }
}

inline void squashedGaussian(const sinew_instruction &i, const Part &part) {
  const int64_t actions = i.dim[1];
  const Range range = share(i.dim[0], part);
  float *action = static_cast<float *>(i.pointer[0]);
  const float *parameters = static_cast<const float *>(i.pointer[1]);
  const float *noise = static_cast<const float *>(i.pointer[2]);
  float *logProbability = static_cast<float *>(i.pointer[3]);
  const LogDeviation logDeviation(i);
  GaussianTile tile;
  if (logProbability) std::fill(logProbability + range.begin, logProbability + range.end, 0.0f);
  forEachTile(range, actions, [&](int64_t row, int64_t column, int64_t rows, int64_t columns) {
    gatherParameters(tile, parameters, actions, row, column, rows, columns);
    const int64_t start = row * actions + column;
    forEachPacket(rows * columns, [&](int64_t, auto get, auto put) {
      const Packet deviation = logDeviation.value(get(tile.raw)), epsilon = get(noise + start);
      const Packet u = get(tile.mean) + exponential(deviation) * epsilon;
      put(action + start, tangentHyperbolic(u));
      // ½·log 2π = 0.918938533, log 2 = 0.693147181
      put(tile.first,
          epsilon * epsilon * -0.5f - deviation - 0.918938533f - 2.0f * (0.693147181f - u - softplus(u * -2.0f)));
    });
    if (!logProbability) return;
    for (int64_t r = 0; r < rows; ++r) {
      float sum = 0;
      for (int64_t c = 0; c < columns; ++c) sum += tile.first[r * columns + c];
      logProbability[row + r] += sum;
    }
  });
}

/// d log-probability / du is 2·tanh(u); the log-deviation also enters it directly, with −1.
inline void squashedGaussianGradient(const sinew_instruction &i, const Part &part) {
  const int64_t actions = i.dim[1];
  float *dParameters = static_cast<float *>(i.pointer[0]);
  const float *parameters = static_cast<const float *>(i.pointer[1]);
  const float *noise = static_cast<const float *>(i.pointer[2]), *action = static_cast<const float *>(i.pointer[3]);
  const float *dAction = static_cast<const float *>(i.pointer[4]);
  const float *dLogProbability = static_cast<const float *>(i.pointer[5]);
  const LogDeviation logDeviation(i);
  GaussianTile tile;
  forEachTile(share(i.dim[0], part), actions, [&](int64_t row, int64_t column, int64_t rows, int64_t columns) {
    gatherParameters(tile, parameters, actions, row, column, rows, columns);
    for (int64_t r = 0; r < rows; ++r) {
      const float value = dLogProbability ? dLogProbability[row + r] : 0.0f;
      for (int64_t c = 0; c < columns; ++c) tile.first[r * columns + c] = value;
    }
    const int64_t start = row * actions + column;
    const float *upstream = dAction ? dAction + start : nullptr;
    forEachPacket(rows * columns, [&](int64_t, auto get, auto put) {
      const Packet raw = get(tile.raw), a = get(action + start), dLog = get(tile.first);
      const Packet dU = (upstream ? get(upstream) : splat(0.0f)) * (1.0f - a * a) + dLog * a * 2.0f;
      const Packet byDeviation = dU * exponential(logDeviation.value(raw)) * get(noise + start) - dLog;
      put(tile.mean, dU);
      put(tile.second, byDeviation * logDeviation.derivative(raw));
    });
    for (int64_t r = 0; r < rows; ++r) {
      float *to = dParameters + (row + r) * 2 * actions + column;
      for (int64_t c = 0; c < columns; ++c) to[c] = tile.mean[r * columns + c];
      for (int64_t c = 0; c < columns; ++c) to[actions + c] = tile.second[r * columns + c];
    }
  });
}

}  // namespace SINEW_SET
}  // namespace sinew
