// What the compiler would define for AVX-512, for headers that choose their code by it.
#include "avx2_features.h"
#ifndef __AVX512F__
#define __AVX512F__ 1
#define __AVX512DQ__ 1
#define __AVX512BW__ 1
#define __AVX512VL__ 1
#endif
