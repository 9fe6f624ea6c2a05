// The kernels for AVX2 with fused multiply-add.
#include "standard_headers.h"

#if defined(__x86_64__)

#define Eigen Eigen_avx2
#define SINEW_SET avx2
#include "avx2_features.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#include <eigen3/Eigen/Core>

#include "../kernels/kernels.inc.h"
#pragma clang attribute pop

namespace sinew {
const Operation *operationsAVX2() { return avx2::operations; }
}  // namespace sinew

#else

namespace sinew {
const Operation *operationsAVX2() { return nullptr; }
}  // namespace sinew

#endif
