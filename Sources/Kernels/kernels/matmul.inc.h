// SINEW_MATMUL, cut into units of one panel of columns by a block of rows. A unit packs its own panel into the thread's
// scratch memory, so that no unit waits for another.

namespace sinew {
namespace SINEW_SET {

static_assert(panelDepth * tileColumns * sizeof(float) <= scratchBytes, "a panel must fit into scratch memory");

/// How a product is cut, by its shape alone: members, blocks of rows, strips of columns. Threads get members or whole
/// blocks of rows first: rows are mostly a batch's, which the instructions before and after share out the same way.
struct Tiling {
  int64_t columns, strips, rowBlocks, units, rowGranule;
  uint16_t parts;

  explicit Tiling(const Product &p, int64_t rowGranule = 1) : rowGranule(rowGranule) {
    // A number from memory takes as long as some multiply-adds.
    const int64_t numbers = p.m * p.k + p.k * p.n + p.m * p.n;
    const int64_t wanted = partCount(p.batch * (p.m * p.n * p.k + numbers * 16), 262144);
    const bool isWide = p.m > 0 && (p.m <= wideRows || p.k == 1) && !p.has(SINEW_MATMUL_TRANSPOSE_B);
    columns = isWide ? wideColumns : tileColumns;
    strips = quotientUp(p.n, columns);
    const int64_t all = p.batch * strips;
    rowBlocks = 1;
    if (all > 0 && wanted > 1) {
      const int64_t fewest = quotientUp(std::min<int64_t>(wanted, 16), all);
      const int64_t most = p.m / std::max<int64_t>(rowGranule, 2 * tileRows);
      const int64_t tall = quotientUp(std::min<int64_t>(p.m / tallRows, 16), p.batch);
      rowBlocks = std::max<int64_t>(1, std::min(std::max(fewest, tall), most));
    }
    units = all * rowBlocks;
    parts = static_cast<uint16_t>(std::max<int64_t>(1, std::min(wanted, units)));
  }

  Range rows(const Product &p, int64_t block) const { return {firstRow(p, block), firstRow(p, block + 1)}; }

private:
  /// A block of so many rows pays for packing a panel of its own.
  static constexpr int64_t tallRows = 128;

  int64_t firstRow(const Product &p, int64_t block) const {
    return std::min(p.m, quotientUp(p.m, rowGranule) * block / rowBlocks * rowGranule);
  }
};

/// Calls body(index, column, rows, sums) for the units of a part; `sums` for one row block of each strip, in turn.
template <class Body>
SINEW_INLINE void forEachUnit(const Product &p, const Tiling &tiling, const Part &part, Body body) {
  const Range units = share(tiling.units, part);
  for (int64_t unit = units.begin; unit < units.end; ++unit) {
    const int64_t strip = unit % tiling.strips, block = unit / tiling.strips % tiling.rowBlocks;
    body(
        unit / tiling.strips / tiling.rowBlocks, strip * tiling.columns, tiling.rows(p, block),
        strip % tiling.rowBlocks == block);
  }
}

inline Cut matmulCut(const sinew_instruction &i) { return {{Tiling(Product(i)).parts}}; }

/// Σ over the panel's rows, added to what earlier panels gave.
inline void sumColumns(
    float *out, const float *panel, int64_t stride, int64_t depth, int64_t columns, bool isFirst) {
  forEachPacket(columns, [=](int64_t, auto get, auto put) {
    Packet sum[4] = {isFirst ? splat(0.0f) : get(out), splat(0.0f), splat(0.0f), splat(0.0f)};
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4)
      for (int n = 0; n < 4; ++n) sum[n] = sum[n] + get(panel + (k + n) * stride);
    for (; k < depth; ++k) sum[0] = sum[0] + get(panel + k * stride);
    put(out, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  });
}

/// Rows [rows.begin, rows.end) against the panel of terms [first, first + depth).
template <int Vectors, int Height = tileRows>
inline void multiplyGroups(
    const Product &p, int64_t index, int64_t column, int64_t columns, Range rows, const float *panel, int64_t stride,
    int64_t first, int64_t depth) {
  forEachGroup(p, index, rows, [&](const RowGroup &group) {
    const float *a = p.operandA(index) + group.first * p.rowStrideA + first * p.depthStrideA;
    const Left left = {a, p.rowStrideA, p.depthStrideA, group.order()};
    const Target target = Target::forGroup(p, index, group, column, columns, first == 0, first + depth >= p.k);
    if (left.order)
      multiplyRows<FloatTerms, Vectors, Height, true>(left, group.live, panel, stride, depth, target);
    else
      multiplyRows<FloatTerms, Vectors, Height>(left, group.live, panel, stride, depth, target);
  });
}

/// One panel of columns against rows [rows.begin, rows.end).
inline void multiplyPanel(const Product &p, int64_t index, int64_t column, Range rows, bool sums, float *scratch) {
  const int64_t columns = std::min<int64_t>(tileColumns, p.n - column);
  const int64_t padded = columns <= width ? width : tileColumns;
  const int64_t height = rows.end - rows.begin;
  const float *b = p.operandB(index);
  int64_t first = 0;
  do {
    const int64_t depth = std::min(panelDepth, p.k - first);
    const float *panel = scratch;
    int64_t stride = padded;
    if (p.has(SINEW_MATMUL_TRANSPOSE_B)) {
      packColumns(scratch, b + column * p.k + first, p.k, depth, columns, padded);
    } else if (columns == padded && height <= 2 * tileRows) {
      panel = b + first * p.n + column;  // read too few times to be worth packing
      stride = p.n;
    } else {
      packRows(scratch, b + first * p.n + column, p.n, depth, columns, padded);
    }
    if (sums) sumColumns(p.columnSums(index) + column, panel, stride, depth, columns, first == 0);
    if (padded == width)
      multiplyGroups<1>(p, index, column, columns, rows, panel, stride, first, depth);
    else
      multiplyGroups<tileVectors>(p, index, column, columns, rows, panel, stride, first, depth);
    first += depth;
  } while (first < p.k);
}

/// Dot products of `Rows` rows with one vector.
template <int Rows>
SINEW_INLINE void dotRows(float *out, const float *a, int64_t stride, const float *b, int64_t depth) {
  Packet sum[Rows];
  SINEW_UNROLL
  for (int r = 0; r < Rows; ++r) sum[r] = splat(0.0f);
  forEachPacket(depth, [&](int64_t, auto get, auto) {
    const Packet x = get(b);
    SINEW_UNROLL
    for (int r = 0; r < Rows; ++r) sum[r] = get(a + r * stride) * x + sum[r];
  });
  for (int r = 0; r < Rows; ++r) out[r] = sumLanes(sum[r]);
}

/// B is one column: a dot product per row.
inline void multiplyColumn(const Product &p, int64_t index, Range rows, bool sums) {
  const float *b = p.operandB(index);
  if (sums) *p.columnSums(index) = foldRow<SumFold>(b, p.k);
  const float bias = p.bias(index) ? *p.bias(index) : 0.0f;
  // The results lie side by side, as one row.
  Target target(p, index, rows.begin, 0, rows.end - rows.begin);
  for (int64_t row = rows.begin; row < rows.end;) {
    float dots[4];
    const float *a = p.operandA(index) + row * p.rowStrideA;
    const int64_t count = rows.end - row >= 4 ? 4 : 1;
    if (count == 4)
      dotRows<4>(dots, a, p.rowStrideA, b, p.k);
    else
      dotRows<1>(dots, a, p.rowStrideA, b, p.k);
    float *out = p.out(index) + row;
    for (int64_t r = 0; r < count; ++r) out[r] = dots[r] + (target.adds ? out[r] : 0.0f) + bias;
    row += count;
  }
  if (target.finish != Finish::plain && target.finish != Finish::bias) target.finishRow(0);
}

inline void matmul(const sinew_instruction &i, const Part &part) {
  const Product p(i);
  const Tiling tiling(p);
  float *const scratch = reinterpret_cast<float *>(part.scratch);
  const bool hasSums = p.has(SINEW_MATMUL_COLUMN_SUMS);
  if (hasSums && p.isSwapped && part.index == 0)
    for (int64_t index = 0; index < p.batch; ++index) *p.columnSums(index) = foldRow<SumFold>(p.operandA(index), p.k);
  forEachUnit(p, tiling, part, [&](int64_t index, int64_t column, Range rows, bool isSummed) {
    const bool sums = hasSums && !p.isSwapped && isSummed;
    if (p.n == 1 && p.depthStrideA == 1) return multiplyColumn(p, index, rows, sums);
    if (tiling.columns == wideColumns && p.n - column >= wideColumns) {
      // One wide strip of B as it lies.
      multiplyGroups<wideVectors, wideRows>(
          p, index, column, wideColumns, rows, p.operandB(index) + column, p.n, 0, p.k);
      if (sums)
        foldColumns<SumFold>(p.columnSums(index) + column, p.operandB(index) + column, p.k, p.n, wideColumns);
      return;
    }
    for (int64_t c = column; c < std::min(p.n, column + tiling.columns); c += tileColumns)
      multiplyPanel(p, index, c, rows, sums, scratch);
  });
}

/// Scratch memory only.
inline size_t matmulWorkspace(const sinew_instruction &) { return 64; }

}  // namespace SINEW_SET
}  // namespace sinew
