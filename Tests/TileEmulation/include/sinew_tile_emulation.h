// The AMX products of SinewKernels on a machine without AMX.
#ifndef SINEW_TILE_EMULATION_H
#define SINEW_TILE_EMULATION_H

#include <stdbool.h>

#include "sinew_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Runs one SINEW_MATMUL by the code for AMX, with the tile instructions emulated. Returns false where that can't be:
/// the processor must have AVX512-BF16, which rounds the operands. Stops the process where AMX would have faulted.
bool sinew_multiply_with_emulated_tiles(const sinew_instruction *instruction);

#ifdef __cplusplus
}
#endif
#endif
