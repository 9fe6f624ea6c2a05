// The register-blocked product: a tile of rows × vectors of results stays in registers while the depth runs. The right
// operand comes as a panel whose rows are as wide as the tile; the left is read where it lies, a broadcast per element.

namespace sinew {
namespace SINEW_SET {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int tileRows = 12;
#elif defined(__AVX__)
constexpr int tileRows = 6;
#else
constexpr int tileRows = 4;
#endif
constexpr int tileVectors = 2, tileColumns = tileVectors * width;
/// Few rows are bound by reading B once, and take it in wider strips, unpacked; a single term, by writing.
constexpr int wideVectors = 8, wideColumns = wideVectors * width, wideRows = tileRows == 12 ? 3 : 1;
/// Rows of a panel, such that it stays in the first cache.
constexpr int64_t panelDepth = 256;

/// How the left rows lie: one after the other, or (whole rows) where `order` says. Their depth may come in stretches,
/// each of which begins `jump` floats behind the end of the one before.
struct Left {
  const float *at;
  int64_t rowStride, depthStride;
  const int32_t *order = nullptr;
  int64_t stretches = 1, jump = 0;
};

/// What one broadcast element of the left does with a vector of the panel.
struct FloatTerms {
  static SINEW_INLINE Packet multiplyAdd(Packet a, Packet b, Packet c) { return a * b + c; }
};

template <int Rows, int Vectors, Finish How, bool Adds>
SINEW_INLINE void storeTile(const Packet (&sum)[Rows][Vectors], const Target &target) {
  constexpr bool hasBias = How == Finish::bias || How == Finish::biasRelu;
  const Packet zero = splat(0.0f);
  Packet bias[Vectors];
  SINEW_UNROLL
  for (int v = 0; v < Vectors; ++v) bias[v] = hasBias ? load(target.bias + v * width) : zero;
  SINEW_UNROLL
  for (int r = 0; r < Rows; ++r) {
    const int64_t row = target.start(r);
    SINEW_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      Packet x = sum[r][v];
      if (Adds) x = x + load(target.out + row + v * width);
      if (hasBias) x = x + bias[v];
      if (How == Finish::biasRelu) x = x < 0.0f ? zero : x;
      if (How == Finish::reluGradient) x = load(target.saved + row + v * width) > 0.0f ? x : zero;
      store(target.out + row + v * width, x);
    }
  }
}

/// The less frequent ends of a tile: narrow, or added to what is there.
template <int Rows, int Vectors>
SINEW_INLINE void takeTile(const Packet (&sum)[Rows][Vectors], const Target &target) {
  alignas(64) float tile[Rows][Vectors * width];
  SINEW_UNROLL
  for (int r = 0; r < Rows; ++r)
    SINEW_UNROLL
    for (int v = 0; v < Vectors; ++v) store(tile[r] + v * width, sum[r][v]);
  for (int r = 0; r < Rows; ++r) target.takeRow(r, tile[r]);
}

/// One tile over `depth` rows of the panel (for each stretch), `panelStride` floats apart.
template <class Terms, int Rows, int Vectors, bool HasOrder, bool HasStretches>
inline void multiplyTile(
    const Left &left, const float *panel, int64_t panelStride, int64_t depth, const Target &target) {
  Packet sum[Rows][Vectors];
  SINEW_UNROLL
  for (int r = 0; r < Rows; ++r)
    SINEW_UNROLL
    for (int v = 0; v < Vectors; ++v) sum[r][v] = splat(0.0f);
  // A pointer for every third row: the others are reached by adding the stride once or twice. In another order, for
  // each.
  constexpr int reach = HasOrder ? 1 : 3, groups = (Rows + reach - 1) / reach;
  const int64_t stride = left.rowStride;
  const float *rows[groups];
  SINEW_UNROLL
  for (int g = 0; g < groups; ++g) rows[g] = left.at + (HasOrder ? left.order[g] : 3 * g) * stride;
  for (int64_t stretch = HasStretches ? left.stretches : 1; stretch > 0; --stretch) {
    for (int64_t k = 0; k < depth; ++k) {
      Packet b[Vectors];
      SINEW_UNROLL
      for (int v = 0; v < Vectors; ++v) b[v] = load(panel + v * width);
      SINEW_UNROLL
      for (int r = 0; r < Rows; ++r) {
        const Packet a = splat(rows[r / reach][r % reach * stride]);
        SINEW_UNROLL
        for (int v = 0; v < Vectors; ++v) sum[r][v] = Terms::multiplyAdd(a, b[v], sum[r][v]);
      }
      SINEW_UNROLL
      for (int g = 0; g < groups; ++g) rows[g] += HasOrder ? 1 : left.depthStride;
      panel += panelStride;
    }
    if (!HasStretches) break;
    SINEW_UNROLL
    for (int g = 0; g < groups; ++g) rows[g] += left.jump;
  }
  if (target.columns != Vectors * width) return takeTile(sum, target);
  if (target.adds) {
    if (target.finish == Finish::plain) return storeTile<Rows, Vectors, Finish::plain, true>(sum, target);
    return takeTile(sum, target);
  }
  switch (target.finish) {
  case Finish::plain: return storeTile<Rows, Vectors, Finish::plain, false>(sum, target);
  case Finish::bias: return storeTile<Rows, Vectors, Finish::bias, false>(sum, target);
  case Finish::biasRelu: return storeTile<Rows, Vectors, Finish::biasRelu, false>(sum, target);
  case Finish::reluGradient: return storeTile<Rows, Vectors, Finish::reluGradient, false>(sum, target);
  case Finish::general: break;
  }
  if (target.bias)
    storeTile<Rows, Vectors, Finish::bias, false>(sum, target);
  else
    storeTile<Rows, Vectors, Finish::plain, false>(sum, target);
  for (int r = 0; r < Rows; ++r) target.finishRow(r);
}

using TileFunction = void (*)(const Left &, const float *, int64_t, int64_t, const Target &);

template <class Terms, int Vectors, bool HasOrder, bool HasStretches, int... Rows>
constexpr std::array<TileFunction, sizeof...(Rows)> tileFunctions(std::integer_sequence<int, Rows...>) {
  return {{multiplyTile<Terms, Rows + 1, Vectors, HasOrder, HasStretches>...}};
}

/// All rows of a block against one panel, in tiles of nearly equal height.
template <class Terms, int Vectors, int Height = tileRows, bool HasOrder = false, bool HasStretches = false>
inline void multiplyRows(
    Left left, int64_t rows, const float *panel, int64_t panelStride, int64_t depth, Target target) {
  static constexpr auto functions =
      tileFunctions<Terms, Vectors, HasOrder, HasStretches>(std::make_integer_sequence<int, Height>{});
  for (int64_t tiles = quotientUp(rows, Height); tiles > 0; --tiles) {
    const int64_t height = quotientUp(rows, tiles);
    functions[static_cast<size_t>(height - 1)](left, panel, panelStride, depth, target);
    if (HasOrder)
      left.order += height;
    else
      left.at += height * left.rowStride;
    target.advance(height);
    rows -= height;
  }
}

/// `depth` rows of `columns` floats into a panel that is `padded` wide, with zeros beyond the columns.
inline void packRows(float *panel, const float *b, int64_t stride, int64_t depth, int64_t columns, int64_t padded) {
  for (int64_t k = 0; k < depth; ++k, b += stride, panel += padded) {
    if (columns == tileColumns) {
      SINEW_UNROLL
      for (int v = 0; v < tileVectors; ++v) store(panel + v * width, load(b + v * width));
      continue;
    }
    for (int64_t v = 0; v < padded; v += width) {
      const int64_t rest = std::max<int64_t>(columns - v, 0);
      store(panel + v, rest >= width ? load(b + v) : load(b + v, rest));
    }
  }
}

/// Row i of a square block is `row(i)` where i < rows, else zeros; its transpose goes to `to`, `stride` floats apart.
template <class Row>
SINEW_INLINE void transposeBlock(float *to, int64_t stride, int64_t rows, int64_t columns, Row row) {
  Eigen::internal::PacketBlock<Packet, width> block;
  if (rows >= width) {
    SINEW_UNROLL
    for (int i = 0; i < width; ++i) block.packet[i] = row(i);
  } else {
    for (int i = 0; i < width; ++i) block.packet[i] = i < rows ? row(i) : splat(0.0f);
  }
  Eigen::internal::ptranspose(block);
  if (columns >= width) {
    SINEW_UNROLL
    for (int i = 0; i < width; ++i) store(to + i * stride, block.packet[i]);
  } else {
    for (int i = 0; i < columns; ++i) store(to + i * stride, block.packet[i]);
  }
}

/// The same panel where B is stored N×K: squares of one vector by one vector are transposed in registers.
inline void packColumns(float *panel, const float *b, int64_t stride, int64_t depth, int64_t columns, int64_t padded) {
  for (int64_t v = 0; v < padded; v += width) {
    for (int64_t k = 0; k < depth; k += width) {
      const int64_t rest = depth - k;
      const float *from = b + v * stride + k;
      transposeBlock(panel + k * padded + v, padded, columns - v, rest, [=](int64_t i) {
        return rest >= width ? load(from + i * stride) : load(from + i * stride, rest);
      });
    }
  }
}

}  // namespace SINEW_SET
}  // namespace sinew
