// Products in bfloat16 for AVX512-BF16; everything else is as for AVX-512.
#include "standard_headers.h"

#if defined(__x86_64__)

#define Eigen Eigen_avx512bf16
#define SINEW_SET avx512bf16
#include "avx512_features.h"

#pragma clang attribute push( \
    __attribute__((target("avx512bf16,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), \
    apply_to = function)
#include <eigen3/Eigen/Core>

#include "../kernels/paired_products.inc.h"
#pragma clang attribute pop

namespace sinew {
const Operation *operationsAVX512BF16() {
  static const auto operations = avx512bf16::withPairedProducts(operationsAVX512());
  return operations.data();
}
}  // namespace sinew

#else

namespace sinew {
const Operation *operationsAVX512BF16() { return nullptr; }
}  // namespace sinew

#endif
