// The products of an instruction set that multiplies pairs of bfloat16, and what they build on.
#include "vector.inc.h"
#include "unary.inc.h"
#include "reduce.inc.h"
#include "product.inc.h"
#include "tile.inc.h"
#include "matmul.inc.h"
#include "bfloat16.inc.h"

namespace sinew {
namespace SINEW_SET {

/// The operations of another set, with this one's products.
inline std::array<Operation, SINEW_OPERATION_COUNT> withPairedProducts(const Operation *base) {
  std::array<Operation, SINEW_OPERATION_COUNT> operations;
  std::copy_n(base, operations.size(), operations.begin());
  operations[SINEW_MATMUL] = {pairedMatmulCut, pairedMatmul, pairedMatmulWorkspace};
  return operations;
}

}  // namespace SINEW_SET
}  // namespace sinew
