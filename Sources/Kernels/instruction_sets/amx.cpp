// Products in bfloat16 on the tiles of AMX; everything else is as for AVX-512.
#include "standard_headers.h"

#if defined(__x86_64__)

#define Eigen Eigen_amx
#define SINEW_SET amx
#ifndef __AMX_BF16__
#define __AMX_BF16__ 1
#endif
#include "avx512_features.h"

#pragma clang attribute push( \
    __attribute__((target("amx-tile,amx-bf16,avx512bf16,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c,bmi,bmi2," \
                          "lzcnt,popcnt"))), \
    apply_to = function)
#include <eigen3/Eigen/Core>

#include "../kernels/paired_products.inc.h"
#pragma clang attribute pop

namespace sinew {
const Operation *operationsAMX() {
  static const auto operations = amx::withPairedProducts(operationsAVX512());
  return operations.data();
}
}  // namespace sinew

#else

namespace sinew {
const Operation *operationsAMX() { return nullptr; }
}  // namespace sinew

#endif
