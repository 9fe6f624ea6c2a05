// The products of an instruction set that multiplies pairs of bfloat16, and what they build on.
#include "vector.inc.h"
#include "unary.inc.h"
#include "reduce.inc.h"
#include "product.inc.h"
#include "tile.inc.h"
#include "matmul.inc.h"
#include "convolution.inc.h"
#include "convolution_gradients.inc.h"
#include "bfloat16.inc.h"

namespace sinew {
namespace SINEW_SET {

/// Pixels as they are multiplied in bfloat16: a number is a word of two.
struct PairPixels {
  using Terms = PairTerms;
  static constexpr bool areNumbers = false;
  static constexpr int64_t terms = 2;

  static int64_t numbers(int64_t channels) { return quotientUp(channels, 2); }

  /// Words join neighbouring channels; the last of an odd number has zero beside it.
  static void take(float *to, const float *from, Range inside, int64_t span, int64_t channels) {
    const int64_t words = numbers(channels);
    clearFloats(to, inside.begin * words);
    clearFloats(to + inside.end * words, (span - inside.end) * words);
    if (channels % 2 == 0)
      return takeRow(
          to + inside.begin * words, from + inside.begin * channels, (inside.end - inside.begin) * channels);
    for (int64_t pixel = inside.begin; pixel < inside.end; ++pixel)
      takeRow(to + pixel * words, from + pixel * channels, channels);
  }

  /// Words join a channel of pixels that lie `stride` apart.
  static void takeAlong(float *to, const float *from, Range inside, int64_t span, int64_t channels, int64_t stride) {
    const int64_t first = inside.begin * channels, last = inside.end * channels, count = span * channels;
    const auto at = [=](int64_t j) {
      if (j >= first && j + width <= last) return load(from + j);
      alignas(64) float lanes[width] = {};
      for (int64_t n = std::max<int64_t>(first - j, 0); n < std::min<int64_t>(last - j, width); ++n)
        lanes[n] = from[j + n];
      return load(lanes);
    };
    for (int64_t j = 0; j < count; j += width) {
      const Packet words = wordsOfRows(at(j), at(j + stride * channels));
      if (count - j >= width)
        store(to + j, words);
      else
        store(to + j, words, count - j);
    }
  }

  template <class Row>
  static SINEW_INLINE Packet panelRow(int64_t left, Row row) {
    return wordsOfRows(row(0), left > 1 ? row(1) : splat(0.0f));
  }

private:
  static void takeRow(float *to, const float *from, int64_t count) {
    const int64_t words = numbers(count);
    for (int64_t word = 0; word < words; word += width) {
      const Packet x = wordsOfRow(from + 2 * word, count - 2 * word);
      if (words - word >= width)
        store(to + word, x);
      else
        store(to + word, x, words - word);
    }
  }
};

/// A convolution's operation in bfloat16 where that is asked for and gains, else in float32.
template <template <class> class Kind>
struct PairedConvolution {
  static bool multipliesPairs(const sinew_instruction &i) {
    return (i.mode & SINEW_MATMUL_BF16) && Kind<PairPixels>::gains(Convolution(i));
  }
  static Cut cut(const sinew_instruction &i) {
    return multipliesPairs(i) ? Kind<PairPixels>::cut(i) : Kind<FloatPixels>::cut(i);
  }
  static void run(const sinew_instruction &i, const Part &part) {
    multipliesPairs(i) ? Kind<PairPixels>::run(i, part) : Kind<FloatPixels>::run(i, part);
  }
  static size_t workspace(const sinew_instruction &i) {
    return multipliesPairs(i) ? Kind<PairPixels>::workspace(i) : Kind<FloatPixels>::workspace(i);
  }
};

/// The operations of another set, with this one's products.
inline std::array<Operation, SINEW_OPERATION_COUNT> withPairedProducts(const Operation *base) {
  std::array<Operation, SINEW_OPERATION_COUNT> operations;
  std::copy_n(base, operations.size(), operations.begin());
  operations[SINEW_MATMUL] = {pairedMatmulCut, pairedMatmul, pairedMatmulWorkspace};
  operations[SINEW_CONVOLUTION] = convolutionOperation<PairedConvolution<Forward>>;
  operations[SINEW_CONVOLUTION_INPUT_GRADIENT] = convolutionOperation<PairedConvolution<ByImages>>;
  operations[SINEW_CONVOLUTION_WEIGHT_GRADIENT] = convolutionOperation<PairedConvolution<ByWeights>>;
  return operations;
}

}  // namespace SINEW_SET
}  // namespace sinew
