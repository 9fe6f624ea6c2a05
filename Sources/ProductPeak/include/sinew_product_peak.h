// How fast this processor multiplies and adds: registers only, no memory. The bound that kernels are measured against.
#ifndef SINEW_PRODUCT_PEAK_H
#define SINEW_PRODUCT_PEAK_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Floating-point operations per second of the calling thread (a multiply-add is two), measured for about `seconds`.
/// `instruction_set`: baseline, avx2, avx512, avx512bf16 or amx, which the processor must have. `bfloat16`: products of
/// bfloat16 summed in float32, where the set has instructions for it; else float32.
double sinew_multiply_add_rate(const char *instruction_set, bool bfloat16, double seconds);

#ifdef __cplusplus
}
#endif
#endif
