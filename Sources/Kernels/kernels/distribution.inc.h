// Distributions of returns: quantiles and evenly spaced atoms.

namespace sinew {
namespace SINEW_SET {

inline Cut quantileHuberCut(const sinew_instruction &i) {
  const int64_t rows = i.dim[0] * i.dim[1];
  return {{partCount(rows * i.dim[2] * i.dim[3], 16384, rows)}};
}

/// Calls `body(row, prediction, target, weight)` for every row of a part; `first` is the predictions' pointer.
template <class Body>
inline void forEachPrediction(const sinew_instruction &i, const Part &part, int first, Body body) {
  const int64_t rows = i.dim[1], quantiles = i.dim[2], targets = i.dim[3];
  const Range range = share(i.dim[0] * rows, part);
  for (int64_t row = range.begin; row < range.end; ++row)
    body(
        row, static_cast<const float *>(i.pointer[first]) + row * quantiles,
        static_cast<const float *>(i.pointer[first + 1]) + row % rows * targets,
        static_cast<const float *>(i.pointer[first + 2]) + row % rows * targets);
}

/// Σ over targets of weight·|τ − 1(e < 0)|·f(e), e = target − prediction, for quantile `index` of `count`.
template <class Function>
SINEW_INLINE float sumOverTargets(
    float prediction, int64_t index, int64_t count, const float *target, const float *weight, int64_t targets,
    Function f) {
  const float level = (static_cast<float>(index) + 0.5f) / static_cast<float>(count);
  const Packet over = splat(level), under = splat(1.0f - level), zero = splat(0.0f), from = splat(prediction);
  return foldTerms<SumFold>(targets, [=](auto get) {
    const Packet error = get(target) - from;
    return get(weight) * (error < zero ? under : over) * f(error);
  });
}

inline void quantileHuber(const sinew_instruction &i, const Part &part) {
  const int64_t quantiles = i.dim[2], targets = i.dim[3];
  forEachPrediction(i, part, 1, [&](int64_t row, const float *prediction, const float *target, const float *weight) {
    float sum = 0;
    for (int64_t m = 0; m < quantiles; ++m)
      sum += sumOverTargets(prediction[m], m, quantiles, target, weight, targets, [](Packet error) {
        const Packet size = absolute(error), limited = minimum(size, splat(1.0f));
        return limited * (size - limited * 0.5f);
      });
    static_cast<float *>(i.pointer[0])[row] = sum;
  });
}

inline void quantileHuberGradient(const sinew_instruction &i, const Part &part) {
  const int64_t quantiles = i.dim[2], targets = i.dim[3];
  forEachPrediction(i, part, 2, [&](int64_t row, const float *prediction, const float *target, const float *weight) {
    const float upstream = static_cast<const float *>(i.pointer[1])[row];
    float *out = static_cast<float *>(i.pointer[0]) + row * quantiles;
    for (int64_t m = 0; m < quantiles; ++m)
      out[m] = -upstream * sumOverTargets(prediction[m], m, quantiles, target, weight, targets, [](Packet error) {
        return clamp(error, splat(-1.0f), splat(1.0f));
      });
  });
}

inline Cut projectionCut(const sinew_instruction &i) { return rowsCut(i.dim[0], i.dim[1], 4096); }

inline void categoricalProjection(const sinew_instruction &i, const Part &part) {
  const int64_t atoms = i.dim[1];
  const float low = i.scalar[0], perUnit = static_cast<float>(atoms - 1) / (i.scalar[1] - low);
  const float last = static_cast<float>(atoms - 1);
  const Range rows = share(i.dim[0], part);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    float *out = static_cast<float *>(i.pointer[0]) + row * atoms;
    const float *probability = static_cast<const float *>(i.pointer[1]) + row * atoms;
    const float *place = static_cast<const float *>(i.pointer[2]) + row * atoms;
    std::memset(out, 0, static_cast<size_t>(atoms) * sizeof(float));
    for (int64_t j = 0; j < atoms; ++j) {
      const float position = std::min(std::max((place[j] - low) * perUnit, 0.0f), last);
      if (place[j] != place[j]) {
        std::fill(out, out + atoms, place[j]);
        break;
      }
      // The lower atom and its distance: a place on a whole atom gives all to that atom, whichever side it is seen
      // from.
      const int64_t lower = static_cast<int64_t>(position);
      const float part = position - static_cast<float>(lower);
      out[lower] += probability[j] * (1.0f - part);
      out[std::min(lower + 1, atoms - 1)] += probability[j] * part;
    }
  }
}

}  // namespace SINEW_SET
}  // namespace sinew
