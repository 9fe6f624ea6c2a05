// The operands of SINEW_MATMUL, and what follows a product: bias, activation, activation gradient.

namespace sinew {
namespace SINEW_SET {

/// The dimensions and operands of a product instruction. Element (m, k) of A is at m·rowStrideA + k·depthStrideA.
struct Product {
  int64_t batch, m, n, k, strideA, strideB, rowStrideA, depthStrideA;
  int flags, activation;
  const sinew_instruction &instruction;
  const float *a, *b;
  bool isSwapped = false;

  explicit Product(const sinew_instruction &i)
      : batch(i.dim[0]), m(i.dim[1]), n(i.dim[2]), k(i.dim[3]), strideA(i.dim[4]), strideB(i.dim[5]),
        rowStrideA(i.dim[3]), depthStrideA(1), flags(i.mode & 0xff), activation(i.mode >> 8), instruction(i),
        a(static_cast<const float *>(i.pointer[1])), b(static_cast<const float *>(i.pointer[2])) {
    if (k == 1) flags &= ~SINEW_MATMUL_TRANSPOSE_B;  // one term lies the same either way
    if (!has(SINEW_MATMUL_TRANSPOSE_A)) return;
    rowStrideA = 1;
    depthStrideA = m;
    // Aᵀ stored by a column: (bᵀ·A)ᵀ, whose right operand is stored as rows.
    if (n == 1 && !has(SINEW_MATMUL_BIAS)) {
      isSwapped = true;
      std::swap(a, b);
      std::swap(strideA, strideB);
      std::swap(m, n);
      flags &= ~(SINEW_MATMUL_TRANSPOSE_A | SINEW_MATMUL_TRANSPOSE_B);
      rowStrideA = k;
      depthStrideA = 1;
    }
  }

  bool has(int flag) const { return (flags & flag) != 0; }
  const float *operandA(int64_t index) const { return a + index * strideA; }
  const float *operandB(int64_t index) const { return b + index * strideB; }
  float *out(int64_t index) const { return static_cast<float *>(instruction.pointer[0]) + index * m * n; }
  float *saved(int64_t index) const {
    float *start = static_cast<float *>(instruction.pointer[4]);
    return start ? start + index * m * n : nullptr;
  }
  const float *bias(int64_t index) const {
    if (!has(SINEW_MATMUL_BIAS)) return nullptr;
    return static_cast<const float *>(instruction.pointer[3]) + (instruction.dim[6] ? index * n : 0);
  }
  float *columnSums(int64_t index) const {
    return static_cast<float *>(instruction.pointer[5]) + index * instruction.dim[2];
  }
  /// Zero for rows of A that are zero; null where nothing is known of them.
  const float *marks(int64_t index) const {
    const float *start = static_cast<const float *>(instruction.pointer[6]);
    return start ? start + index * m : nullptr;
  }
  bool hasMarks() const { return instruction.pointer[6] != nullptr; }
};

/// Marked rows are looked at in groups of so many.
constexpr int64_t groupRows = 256;

/// Consecutive rows, of which those marked as zero need no product.
class RowGroup {
  int32_t rows[groupRows];  // live ones from the front, the others from the back

public:
  int64_t first, count, live;

  RowGroup(const float *marks, int64_t first, int64_t count) : first(first), count(count), live(count) {
    if (!marks) return;
    live = 0;
    for (int32_t row = 0; row < count; ++row) {
      const bool isLive = marks[first + row] != 0.0f;
      rows[live] = row;
      rows[count - 1 - (row - live)] = row;
      live += isLive;
    }
  }

  /// The live rows, counted from the first of the group; null where all are live.
  const int32_t *order() const { return live < count ? rows : nullptr; }
  /// The row at a place among the live ones, then the others.
  int64_t row(int64_t place) const { return first + (live < count ? rows[place] : place); }
};

/// Calls body(group) for all of the rows: as one group, or where they are marked as several.
template <class Body>
SINEW_INLINE void forEachGroup(const Product &p, int64_t index, Range rows, Body body) {
  const float *marks = p.marks(index);
  const int64_t most = marks ? groupRows : rows.end - rows.begin;
  for (int64_t first = rows.begin; first < rows.end; first += most)
    body(RowGroup(marks, first, std::min(most, rows.end - first)));
}

/// What a tile does with its sums. The frequent cases stay in registers.
enum class Finish { plain, bias, biasRelu, reluGradient, general };

/// Where a tile of results goes, and what happens on the way. Pointers are at the tile's first row and column.
struct Target {
  float *out, *saved;
  const float *bias;
  int64_t stride, columns;
  /// Rows below the first that the tile's rows go to; null where one follows the other.
  const int32_t *order = nullptr;
  bool adds;
  Finish finish;
  const Product *product;

  Target(const Product &p, int64_t index, int64_t row, int64_t column, int64_t count)
      : out(p.out(index) + row * p.n + column), saved(p.saved(index)), bias(p.bias(index)), stride(p.n), columns(count),
        adds(p.has(SINEW_MATMUL_ACCUMULATE)), finish(Finish::general), product(&p) {
    if (saved) saved += row * p.n + column;
    if (bias) bias += column;
    const int effects = p.flags & (SINEW_MATMUL_BIAS | SINEW_MATMUL_ACTIVATION | SINEW_MATMUL_ACTIVATION_GRADIENT);
    if (effects == 0)
      finish = Finish::plain;
    else if (effects == SINEW_MATMUL_BIAS)
      finish = Finish::bias;
    else if (p.activation == SINEW_RELU && effects == (SINEW_MATMUL_BIAS | SINEW_MATMUL_ACTIVATION))
      finish = Finish::biasRelu;
    else if (p.activation == SINEW_RELU && effects == SINEW_MATMUL_ACTIVATION_GRADIENT)
      finish = Finish::reluGradient;
  }

  /// Where a row starts.
  SINEW_INLINE int64_t start(int64_t row) const { return (order ? order[row] : row) * stride; }

  SINEW_INLINE void advance(int64_t rows) {
    if (order) {
      order += rows;
      return;
    }
    out += rows * stride;
    if (saved) saved += rows * stride;
  }

  /// The live rows of a group, for the first terms of the sums, the last, or some between. Its other rows become zeros.
  static Target forGroup(
      const Product &p, int64_t index, const RowGroup &group, int64_t column, int64_t count, bool isFirst,
      bool isLast) {
    Target target(p, index, group.first, column, count);
    for (int64_t place = group.live; place < group.count && isFirst && !target.adds; ++place)
      std::memset(p.out(index) + group.row(place) * p.n + column, 0, static_cast<size_t>(count) * sizeof(float));
    target.order = group.order();
    if (!isFirst) target.adds = true;
    if (!isLast) target.finish = Finish::plain;
    return target;
  }

  /// Activation and its gradient on one row whose sums, with bias, are in out.
  void finishRow(int64_t row) const {
    const Product &p = *product;
    float *to = out + start(row), *kept = saved ? saved + start(row) : nullptr;
    const float first = p.instruction.scalar[0], second = p.instruction.scalar[1];
    if (p.has(SINEW_MATMUL_ACTIVATION)) {
      if (kept && !sinew_unary_gradient_uses_output(p.activation))
        std::memcpy(kept, to, static_cast<size_t>(columns) * sizeof(float));
      applyUnary(p.activation, first, second, to, to, columns);
    }
    if (p.has(SINEW_MATMUL_ACTIVATION_GRADIENT)) applyUnaryGradient(p.activation, first, second, to, to, kept, columns);
  }

  /// Takes one row of sums from memory, for tiles that are not whole vectors wide.
  void takeRow(int64_t row, const float *sums) const {
    float *to = out + start(row);
    const float *addend = adds ? to : nullptr, *b = finish == Finish::plain ? nullptr : bias;
    forEachPacket(columns, [=](int64_t, auto get, auto put) {
      Packet x = get(sums);
      if (addend) x = x + get(addend);
      if (b) x = x + get(b);
      put(to, x);
    });
    if (finish != Finish::plain && finish != Finish::bias) finishRow(row);
  }
};

}  // namespace SINEW_SET
}  // namespace sinew
