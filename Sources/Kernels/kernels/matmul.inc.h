// SINEW_MATMUL: products with fused epilogues.

namespace sinew {
namespace SINEW_SET {

/// The dimensions and operands of a product instruction.
struct Product {
  int64_t batch, m, n, k, strideA, strideB;
  int flags, activation;
  const sinew_instruction &instruction;

  explicit Product(const sinew_instruction &i)
      : batch(i.dim[0]), m(i.dim[1]), n(i.dim[2]), k(i.dim[3]), strideA(i.dim[4]), strideB(i.dim[5]),
        flags(i.mode & 0xff), activation(i.mode >> 8), instruction(i) {}

  bool has(int flag) const { return (flags & flag) != 0; }
  const float *operandA(int64_t b) const { return static_cast<const float *>(instruction.pointer[1]) + b * strideA; }
  const float *operandB(int64_t b) const { return static_cast<const float *>(instruction.pointer[2]) + b * strideB; }
  float *out(int64_t b) const { return static_cast<float *>(instruction.pointer[0]) + b * m * n; }
};

/// What follows the product on `count` values of one row from `column` on, in place in out.
inline void finishRow(const Product &p, int64_t b, int64_t row, int64_t column, int64_t count) {
  const sinew_instruction &i = p.instruction;
  const int64_t offset = (b * p.m + row) * p.n + column;
  float *out = static_cast<float *>(i.pointer[0]) + offset;
  float *saved = i.pointer[4] ? static_cast<float *>(i.pointer[4]) + offset : nullptr;
  if (p.has(SINEW_MATMUL_BIAS)) {
    const float *bias = static_cast<const float *>(i.pointer[3]) + (i.dim[6] ? b * p.n : 0) + column;
    forEachPacket(count, [=](int64_t, auto get, auto put) { put(out, get(out) + get(bias)); });
  }
  if (p.has(SINEW_MATMUL_ACTIVATION)) {
    if (saved && !sinew_unary_gradient_uses_output(p.activation))
      std::memcpy(saved, out, static_cast<size_t>(count) * sizeof(float));
    applyUnary(p.activation, i.scalar[0], i.scalar[1], out, out, count);
  }
  if (p.has(SINEW_MATMUL_ACTIVATION_GRADIENT))
    applyUnaryGradient(p.activation, i.scalar[0], i.scalar[1], out, out, saved, count);
}

/// Cache blocks for Eigen's product, in the thread's scratch memory, so that it does not allocate.
struct Blocking : Eigen::internal::level3_blocking<float, float> {
  static constexpr int64_t depth = 256, columns = 256, rows = 64;
  Blocking(char *scratch, int64_t n, int64_t k) {
    this->m_blockA = reinterpret_cast<float *>(scratch);
    this->m_blockB = this->m_blockA + depth * columns;
    this->m_mc = std::min(n, columns);
    this->m_nc = rows;
    this->m_kc = std::min(k, depth);
  }
};
static_assert(
    (Blocking::depth * (Blocking::columns + Blocking::rows)) * sizeof(float) <= scratchBytes, "scratch is too small");

/// out[rows, N] += A·B through Eigen.
template <int OrderA, int OrderB>
inline void multiplyWithEigen(const Product &p, int64_t b, Range rows, char *scratch) {
  Blocking blocking(scratch, p.n, p.k);
  const bool columnMajorA = OrderA == Eigen::ColMajor;
  Eigen::internal::general_matrix_matrix_product<
      int64_t, float, OrderA, false, float, OrderB, false, Eigen::RowMajor, 1>::
      run(rows.end - rows.begin, p.n, p.k, p.operandA(b) + rows.begin * (columnMajorA ? 1 : p.k),
          columnMajorA ? p.m : p.k, p.operandB(b), OrderB == Eigen::ColMajor ? p.k : p.n, p.out(b) + rows.begin * p.n, 1,
          p.n, 1.0f, blocking);
}

inline int64_t rowBlocks(const Product &p) { return quotientUp(p.m, Blocking::rows); }

inline Cut matmulCut(const sinew_instruction &i) {
  const Product p(i);
  return {{partCount(p.batch * p.m * p.n * p.k, 262144, p.batch * rowBlocks(p))}};
}

inline void columnSums(const Product &p, int64_t b) {
  float *out = static_cast<float *>(p.instruction.pointer[5]) + b * p.n;
  if (!p.has(SINEW_MATMUL_TRANSPOSE_B)) return foldColumns<SumFold>(out, p.operandB(b), p.k, p.n, p.n);
  for (int64_t n = 0; n < p.n; ++n) out[n] = foldRow<SumFold>(p.operandB(b) + n * p.k, p.k);
}

inline void matmul(const sinew_instruction &i, const Part &part) {
  const Product p(i);
  const int64_t blocks = rowBlocks(p);
  if (blocks == 0 && p.has(SINEW_MATMUL_COLUMN_SUMS))
    for (int64_t b = 0; b < p.batch; ++b) columnSums(p, b);
  const Range units = share(p.batch * blocks, part);
  for (int64_t unit = units.begin; unit < units.end; ++unit) {
    const int64_t b = unit / blocks, first = unit % blocks * Blocking::rows;
    const Range rows = {first, std::min(p.m, first + Blocking::rows)};
    if (first == 0 && p.has(SINEW_MATMUL_COLUMN_SUMS)) columnSums(p, b);
    if (!p.has(SINEW_MATMUL_ACCUMULATE))
      std::fill(p.out(b) + rows.begin * p.n, p.out(b) + rows.end * p.n, 0.0f);
    if (p.n > 0 && p.k > 0) {
      using namespace Eigen;
      switch (p.flags & (SINEW_MATMUL_TRANSPOSE_A | SINEW_MATMUL_TRANSPOSE_B)) {
      case 0: multiplyWithEigen<RowMajor, RowMajor>(p, b, rows, part.scratch); break;
      case SINEW_MATMUL_TRANSPOSE_A: multiplyWithEigen<ColMajor, RowMajor>(p, b, rows, part.scratch); break;
      case SINEW_MATMUL_TRANSPOSE_B: multiplyWithEigen<RowMajor, ColMajor>(p, b, rows, part.scratch); break;
      default: multiplyWithEigen<ColMajor, ColMajor>(p, b, rows, part.scratch); break;
      }
    }
    for (int64_t row = rows.begin; row < rows.end; ++row) finishRow(p, b, row, 0, p.n);
  }
}

inline size_t matmulWorkspace(const sinew_instruction &) { return 64; }

}  // namespace SINEW_SET
}  // namespace sinew
