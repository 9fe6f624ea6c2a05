// SINEW_MATMUL with operands rounded to bfloat16 and sums in float32, for processors that multiply pairs of them:
// AVX512-BF16, or the tiles of AMX. Two neighbours along the depth share a 32-bit word. The first phase rounds A to
// words by row, in the workspace; then units as in matmul.inc.h pack panels of words.

namespace sinew {
namespace SINEW_SET {

/// Words along a row of A: whole tiles of AMX.
constexpr int64_t depthMultiple = 16, rowMultiple = 32;

/// The left operands as words: matrices of `rows` × `stride` words, zero beyond A's own.
struct Words {
  int64_t depth, stride, rows, matrices;

  explicit Words(const Product &p)
      : depth(quotientUp(p.k, 2)), stride(roundUp(depth, depthMultiple)), rows(roundUp(p.m, rowMultiple)),
        matrices(p.strideA == 0 ? 1 : p.batch) {}

  size_t bytes() const { return static_cast<size_t>(matrices * rows * stride) * sizeof(float); }
};

/// Whether a product gains from bfloat16; the others are multiplied in float32.
inline bool multipliesPairs(const Product &p) {
  return p.has(SINEW_MATMUL_BF16) && p.m >= 16 && p.n >= 8 && p.k >= 16;
}

/// 32 neighbours as 16 words.
SINEW_INLINE Packet wordsOfRow(const float *from, int64_t count) {
  const auto at = [=](int64_t first) {
    const int64_t rest = count - first;
    return rest >= width ? load(from + first) : rest > 0 ? load(from + first, rest) : splat(0.0f);
  };
  return (Packet)_mm512_cvtne2ps_pbh(at(width), at(0));
}

/// Word i joins element i of two rows.
SINEW_INLINE Packet wordsOfRows(Packet even, Packet odd) {
  const __m512i order = _mm512_set_epi16(
      31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16,
      0);
  return (Packet)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(odd, even));
}

/// What a word does with a vector of words.
struct PairTerms {
  static SINEW_INLINE Packet multiplyAdd(Packet a, Packet b, Packet c) {
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
  }
};

/// Blocks of rows that a unit may take: whole groups where rows are marked, since live rows are packed at their front.
inline int64_t rowGranule(const Product &p) { return p.hasMarks() ? groupRows : rowMultiple; }
static_assert(groupRows % rowMultiple == 0, "a group is whole blocks of words");

/// Rounds block `block` of rowMultiple rows of A to words.
inline void packLeft(const Product &p, const Words &words, char *workspace, int64_t matrix, int64_t block) {
  const float *a = p.operandA(matrix);
  const int64_t first = block * rowMultiple;
  float *out = reinterpret_cast<float *>(workspace) + (matrix * words.rows + first) * words.stride;
  if (p.depthStrideA == 1) {
    const int64_t start = first - first % rowGranule(p);
    const RowGroup group(p.marks(matrix), start, std::min(rowGranule(p), p.m - start));
    for (int64_t place = first - start; place < first - start + rowMultiple; ++place, out += words.stride)
      for (int64_t k = 0; k < words.stride; k += width)
        store(
            out + k,
            place < group.live ? wordsOfRow(a + group.row(place) * p.k + 2 * k, p.k - 2 * k) : splat(0.0f));
    return;
  }
  for (int64_t column = 0; column < rowMultiple; column += width) {
    const int64_t rest = p.m - first - column;
    const auto at = [=](int64_t k) {
      if (k >= p.k || rest <= 0) return splat(0.0f);
      const float *from = a + k * p.m + first + column;
      return rest >= width ? load(from) : load(from, rest);
    };
    for (int64_t k = 0; k < words.stride; k += width)
      transposeBlock(out + column * words.stride + k, words.stride, width, width, [=](int64_t i) {
        return wordsOfRows(at(2 * (k + i)), at(2 * (k + i) + 1));
      });
  }
}

/// Words [first, first + depth) of the depth, `columns` columns of B from `column` on, as a panel `padded` wide.
inline void packPanel(
    float *panel, const Product &p, const float *b, int64_t column, int64_t columns, int64_t padded, int64_t first,
    int64_t depth) {
  for (int64_t v = 0; v < padded; v += width) {
    const int64_t rest = columns - v;
    if (p.has(SINEW_MATMUL_TRANSPOSE_B)) {
      const float *from = b + (column + v) * p.k;
      for (int64_t k = 0; k < depth; k += width)
        transposeBlock(panel + k * padded + v, padded, rest, depth - k, [=](int64_t i) {
          return wordsOfRow(from + i * p.k + 2 * (first + k), p.k - 2 * (first + k));
        });
      continue;
    }
    const auto at = [=](int64_t k) {
      if (k >= p.k || rest <= 0) return splat(0.0f);
      const float *from = b + k * p.n + column + v;
      return rest >= width ? load(from) : load(from, rest);
    };
    for (int64_t k = 0; k < depth; ++k)
      store(panel + k * padded + v, wordsOfRows(at(2 * (first + k)), at(2 * (first + k) + 1)));
  }
}

#if defined(__AMX_BF16__)

/// Square tiles: 16 rows of 16 words, or of 16 sums. Registers 0…3 are sums, 4 and 5 the left, 6 and 7 the panel.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// The tile registers are a thread's own, and given back after a part.
struct TileRegisters {
  TileRegisters() {
    const TileConfiguration configuration;
    _tile_loadconfig(&configuration);
  }
  ~TileRegisters() { _tile_release(); }
};

constexpr bool padsDepth = true;

/// Blocks of 32 rows against a panel of 32 columns, through memory for what follows.
inline void multiplyWords(
    const float *left, int64_t leftStride, int64_t rows, const float *panel, int64_t, int64_t depth, Target target) {
  alignas(64) float sums[rowMultiple][tileColumns];
  const long leftBytes = static_cast<long>(leftStride * 4), panelBytes = tileColumns * 4;
  for (int64_t row = 0; row < rows; row += rowMultiple) {
    const float *upper = left + row * leftStride, *lower = upper + 16 * leftStride;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t k = 0; k < depth; k += depthMultiple) {
      _tile_loadd(4, upper + k, leftBytes);
      _tile_loadd(5, lower + k, leftBytes);
      _tile_loadd(6, panel + k * tileColumns, panelBytes);
      _tile_loadd(7, panel + k * tileColumns + width, panelBytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums[0], sizeof sums[0]);
    _tile_stored(1, sums[0] + width, sizeof sums[0]);
    _tile_stored(2, sums[16], sizeof sums[0]);
    _tile_stored(3, sums[16] + width, sizeof sums[0]);
    const int64_t height = std::min(rowMultiple, rows - row);
    for (int64_t r = 0; r < height; ++r) target.takeRow(r, sums[r]);
    target.advance(height);
  }
}

#else

struct TileRegisters {
  ~TileRegisters() {}
};

constexpr bool padsDepth = false;

inline void multiplyWords(
    const float *left, int64_t leftStride, int64_t rows, const float *panel, int64_t padded, int64_t depth,
    const Target &target) {
  const Left words = {left, leftStride, 1};
  if (padded == width)
    multiplyRows<PairTerms, 1>(words, rows, panel, padded, depth, target);
  else
    multiplyRows<PairTerms, tileVectors>(words, rows, panel, padded, depth, target);
}

#endif

/// One panel of columns against rows [rows.begin, rows.end).
inline void multiplyPanelOfWords(
    const Product &p, const Words &words, const char *workspace, int64_t index, int64_t column, Range rows, bool sums,
    float *scratch) {
  const int64_t columns = std::min<int64_t>(tileColumns, p.n - column);
  const int64_t padded = columns <= width && !padsDepth ? width : tileColumns;
  const float *b = p.operandB(index);
  const float *left = reinterpret_cast<const float *>(workspace);
  if (words.matrices > 1) left += index * words.rows * words.stride;
  if (sums) {
    float *out = p.columnSums(index) + column;
    if (p.has(SINEW_MATMUL_TRANSPOSE_B))
      for (int64_t n = 0; n < columns; ++n) out[n] = foldRow<SumFold>(b + (column + n) * p.k, p.k);
    else
      foldColumns<SumFold>(out, b + column, p.k, p.n, columns);
  }
  const int64_t total = padsDepth ? words.stride : words.depth;
  for (int64_t first = 0; first < total; first += panelDepth) {
    const int64_t depth = std::min(panelDepth, total - first);
    packPanel(scratch, p, b, column, columns, padded, first, depth);
    forEachGroup(p, index, rows, [&](const RowGroup &group) {
      multiplyWords(
          left + group.first * words.stride + first, words.stride, group.live, scratch, padded, depth,
          Target::forGroup(p, index, group, column, columns, first == 0, first + depth >= total));
    });
  }
}

inline Cut pairedMatmulCut(const sinew_instruction &i) {
  const Product p(i);
  if (!multipliesPairs(p)) return matmulCut(i);
  const Words words(p);
  return {{
      partCount(words.matrices * words.rows * words.stride, 8192, words.matrices * words.rows / rowMultiple),
      Tiling(p, rowGranule(p)).parts}};
}

inline size_t pairedMatmulWorkspace(const sinew_instruction &i) {
  const Product p(i);
  return multipliesPairs(p) ? Words(p).bytes() : matmulWorkspace(i);
}

inline void pairedMatmul(const sinew_instruction &i, const Part &part) {
  const Product p(i);
  if (!multipliesPairs(p)) return matmul(i, part);
  const Words words(p);
  if (part.phase == 0) {
    const int64_t blocks = words.rows / rowMultiple;
    const Range range = share(words.matrices * blocks, part);
    for (int64_t block = range.begin; block < range.end; ++block)
      packLeft(p, words, part.workspace, block / blocks, block % blocks);
    return;
  }
  const TileRegisters registers;
  const bool sums = p.has(SINEW_MATMUL_COLUMN_SUMS);
  forEachUnit(p, Tiling(p, rowGranule(p)), part, [&](int64_t index, int64_t column, Range rows, bool isSummed) {
    multiplyPanelOfWords(
        p, words, part.workspace, index, column, rows, sums && isSummed, reinterpret_cast<float *>(part.scratch));
  });
}

}  // namespace SINEW_SET
}  // namespace sinew
