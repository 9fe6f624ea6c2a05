#include "include/sinew_product_peak.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

enum { rounds = 4096, chains = 12 };

#if defined(__x86_64__)

// Twelve independent chains cover the latency of two multiply-add units. a < 1, so that the values stay finite.
#define MULTIPLY_ADD_LOOP(Vector, broadcast, multiply_add, constraint)  \
  const Vector a = broadcast(0.999f), b = broadcast(0.001f);            \
  Vector sum[chains];                                                   \
  for (int c = 0; c < chains; ++c) sum[c] = broadcast((float)c);        \
  for (int r = 0; r < rounds; ++r) {                                    \
    _Pragma("clang loop unroll(full)") for (int c = 0; c < chains; ++c) { \
      sum[c] = multiply_add(sum[c], a, b);                              \
      __asm__ volatile("" : constraint(sum[c]));                        \
    }                                                                   \
  }                                                                     \
  return 2.0 * rounds * chains * (sizeof(Vector) / sizeof(float));

static __m128 multiply_then_add(__m128 sum, __m128 a, __m128 b) { return _mm_add_ps(_mm_mul_ps(sum, a), b); }

static double burst_baseline(void) { MULTIPLY_ADD_LOOP(__m128, _mm_set1_ps, multiply_then_add, "+x") }

__attribute__((target("avx2,fma"))) static double burst_avx2(void) {
  MULTIPLY_ADD_LOOP(__m256, _mm256_set1_ps, _mm256_fmadd_ps, "+x")
}

__attribute__((target("avx512f"))) static double burst_avx512(void) {
  MULTIPLY_ADD_LOOP(__m512, _mm512_set1_ps, _mm512_fmadd_ps, "+v")
}

__attribute__((target("avx512f,avx512bf16"))) static double burst_avx512_bf16(void) {
  const __m512bh a = (__m512bh)_mm512_set1_epi16(0x3c00), b = a;
  __m512 sum[chains];
  for (int c = 0; c < chains; ++c) sum[c] = _mm512_setzero_ps();
  for (int r = 0; r < rounds; ++r) {
    _Pragma("clang loop unroll(full)") for (int c = 0; c < chains; ++c) {
      sum[c] = _mm512_dpbf16_ps(sum[c], a, b);
      __asm__ volatile("" : "+v"(sum[c]));
    }
  }
  return 2.0 * rounds * chains * 32;
}

// Four accumulating tiles of 16×16, each step 16×32 by 32×16. Whoever asks for AMX has the kernel's permission already.
__attribute__((target("amx-tile,amx-bf16"))) static double burst_amx(void) {
  struct __attribute__((packed)) {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } configuration = {.palette = 1};
  for (int tile = 0; tile < 6; ++tile) {
    configuration.row_bytes[tile] = 64;
    configuration.rows[tile] = 16;
  }
  _Alignas(64) uint16_t ones[16 * 32];
  for (int index = 0; index < 16 * 32; ++index) ones[index] = 0x3c00;
  _tile_loadconfig(&configuration);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, ones, 64);
  _tile_loadd(5, ones, 64);
  for (int r = 0; r < rounds; ++r) {
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 5);
    _tile_dpbf16ps(2, 4, 5);
    _tile_dpbf16ps(3, 4, 5);
  }
  _tile_release();
  return 2.0 * rounds * 4 * 16 * 16 * 32;
}

#else

static double burst_baseline(void) {
  float sum[chains * 4];
  for (int c = 0; c < chains * 4; ++c) sum[c] = (float)c;
  for (int r = 0; r < rounds; ++r) {
    for (int c = 0; c < chains * 4; ++c) sum[c] = sum[c] * 0.999f + 0.001f;
    __asm__ volatile("" ::"r"(sum) : "memory");
  }
  return 2.0 * rounds * chains * 4;
}

#endif

double sinew_multiply_add_rate(const char *instruction_set, bool bfloat16, double seconds) {
  double (*burst)(void) = burst_baseline;
#if defined(__x86_64__)
  if (strcmp(instruction_set, "avx2") == 0) burst = burst_avx2;
  if (strncmp(instruction_set, "avx512", 6) == 0 || strcmp(instruction_set, "amx") == 0) burst = burst_avx512;
  if (bfloat16 && strcmp(instruction_set, "avx512bf16") == 0) burst = burst_avx512_bf16;
  if (bfloat16 && strcmp(instruction_set, "amx") == 0) burst = burst_amx;
#else
  (void)instruction_set;
  (void)bfloat16;
#endif
  // The best of short stretches: whatever else runs on the machine only makes one slower.
  double best = 0;
  const double start = seconds_now();
  do {
    const double begin = seconds_now();
    double work = 0;
    for (int repeat = 0; repeat < 16; ++repeat) work += burst();
    const double rate = work / (seconds_now() - begin);
    if (rate > best) best = rate;
  } while (seconds_now() - start < seconds);
  return best;
}
