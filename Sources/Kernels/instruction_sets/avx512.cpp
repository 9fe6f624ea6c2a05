// The kernels for AVX-512 (F, DQ, BW, VL).
#include "standard_headers.h"

#if defined(__x86_64__)

#define Eigen Eigen_avx512
#define SINEW_SET avx512
#include "avx512_features.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), \
    apply_to = function)
#include <eigen3/Eigen/Core>

#include "../kernels/kernels.inc.h"
#pragma clang attribute pop

namespace sinew {
const Operation *operationsAVX512() { return avx512::operations; }
}  // namespace sinew

#else

namespace sinew {
const Operation *operationsAVX512() { return nullptr; }
}  // namespace sinew

#endif
