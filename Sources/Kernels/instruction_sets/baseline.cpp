// The kernels for the instruction set that the compiler targets by itself.
#include "standard_headers.h"

#define Eigen Eigen_baseline
#define SINEW_SET baseline
#include <eigen3/Eigen/Core>

#include "../kernels/kernels.inc.h"

namespace sinew {
const Operation *operationsBaseline() { return baseline::operations; }
}  // namespace sinew
