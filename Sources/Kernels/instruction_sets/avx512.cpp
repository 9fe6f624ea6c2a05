// The kernels for AVX-512 (F, DQ, BW, VL).
#include "standard_headers.h"

#if defined(__x86_64__)

#define Eigen Eigen_avx512
#define SINEW_SET avx512
#ifndef __AVX2__
#define __SSE3__ 1
#define __SSSE3__ 1
#define __SSE4_1__ 1
#define __SSE4_2__ 1
#define __AVX__ 1
#define __AVX2__ 1
#define __FMA__ 1
#define __F16C__ 1
#endif
#ifndef __AVX512F__
#define __AVX512F__ 1
#define __AVX512DQ__ 1
#define __AVX512BW__ 1
#define __AVX512VL__ 1
#endif

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
