// Sources/Kernels/kernels/bfloat16.inc.h as amx.cpp includes it, with the eight tile registers and their instructions
// written out after the pseudocode of Intel's Architecture Instruction Set Extensions reference (AMX).
#include "../../Sources/Kernels/instruction_sets/standard_headers.h"
#include "include/sinew_tile_emulation.h"

#if defined(__x86_64__)

#include <cstdio>
#include <memory>

namespace tiles {
namespace {

/// The operand of LDTILECFG.
struct Configuration {
  uint8_t palette, startRow, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
};

struct Registers {
  Configuration configuration;
  alignas(64) uint8_t tile[8][16][64];
  bool isConfigured = false;
};

/// A thread's own, as tile registers are.
thread_local Registers registers;

void check(bool isRight, const char *what) {
  if (isRight) return;
  std::fprintf(stderr, "emulated AMX: %s\n", what);
  std::abort();
}

void loadConfiguration(const void *from) {
  Configuration &c = registers.configuration;
  static_assert(sizeof c == 64, "LDTILECFG reads 64 bytes");
  std::memcpy(&c, from, sizeof c);
  check(c.palette == 1 && c.startRow == 0, "palette");
  for (uint8_t byte : c.reserved) check(byte == 0, "reserved bytes");
  for (int t = 0; t < 16; ++t) check(t < 8 ? c.bytes[t] <= 64 && c.rows[t] <= 16 : !c.bytes[t] && !c.rows[t], "sizes");
  std::memset(registers.tile, 0xff, sizeof registers.tile);
  registers.isConfigured = true;
}

void release() { registers.isConfigured = false; }

uint8_t (&tile(int number))[16][64] {
  check(registers.isConfigured && registers.configuration.rows[number] > 0, "a tile is used before its configuration");
  return registers.tile[number];
}

int rowsOf(int number) { return registers.configuration.rows[number]; }
int bytesOf(int number) { return registers.configuration.bytes[number]; }

void zero(int number) { std::memset(tile(number), 0, sizeof registers.tile[0]); }

void load(int number, const void *from, long stride) {
  zero(number);
  for (int row = 0; row < rowsOf(number); ++row)
    std::memcpy(tile(number)[row], static_cast<const char *>(from) + row * stride, static_cast<size_t>(bytesOf(number)));
}

void store(int number, void *to, long stride) {
  for (int row = 0; row < rowsOf(number); ++row)
    std::memcpy(static_cast<char *>(to) + row * stride, tile(number)[row], static_cast<size_t>(bytesOf(number)));
}

float brainFloat(const uint8_t *from) {
  uint16_t half;
  std::memcpy(&half, from, sizeof half);
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// TDPBF16PS.
void multiplyPairs(int sums, int left, int right) {
  const int rows = rowsOf(sums), words = bytesOf(left) / 4, columns = bytesOf(sums) / 4;
  check(rowsOf(left) == rows && rowsOf(right) == words && bytesOf(right) == bytesOf(sums), "shapes");
  for (int m = 0; m < rows; ++m)
    for (int k = 0; k < words; ++k)
      for (int n = 0; n < columns; ++n) {
        float sum;
        std::memcpy(&sum, &tile(sums)[m][4 * n], sizeof sum);
        for (int half = 0; half < 4; half += 2)
          sum += brainFloat(&tile(left)[m][4 * k + half]) * brainFloat(&tile(right)[k][4 * n + half]);
        std::memcpy(&tile(sums)[m][4 * n], &sum, sizeof sum);
      }
}

}  // namespace
}  // namespace tiles

#undef _tile_loadconfig
#undef _tile_release
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbf16ps
#define _tile_loadconfig tiles::loadConfiguration
#define _tile_release tiles::release
#define _tile_zero tiles::zero
#define _tile_loadd tiles::load
#define _tile_stored tiles::store
#define _tile_dpbf16ps tiles::multiplyPairs

#define Eigen Eigen_emulated_tiles
#define SINEW_SET emulated_tiles
#define __AMX_BF16__ 1
#include "../../Sources/Kernels/instruction_sets/avx512_features.h"

#pragma clang attribute push( \
    __attribute__((target("avx512bf16,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), \
    apply_to = function)
#include <eigen3/Eigen/Core>

#include "../../Sources/Kernels/kernels/paired_products.inc.h"
#pragma clang attribute pop

bool sinew_multiply_with_emulated_tiles(const sinew_instruction *instruction) {
  using namespace sinew;
  if (!sinew_instruction_set_available(SINEW_AVX512_BF16)) return false;
  const Cut cut = emulated_tiles::pairedMatmulCut(*instruction);
  const size_t shared = emulated_tiles::pairedMatmulWorkspace(*instruction);
  struct alignas(64) Line {
    uint8_t bytes[64];
  };
  const std::unique_ptr<Line[]> memory(new Line[(scratchBytes + shared) / sizeof(Line) + 1]);
  char *const scratch = reinterpret_cast<char *>(memory.get());
  std::memset(scratch, 0xff, scratchBytes + shared);  // what is read before it is written shows
  for (int phase = 0; phase < 4 && cut.parts[phase]; ++phase)
    for (int index = 0; index < cut.parts[phase]; ++index)
      emulated_tiles::pairedMatmul(*instruction, {phase, index, cut.parts[phase], scratch + scratchBytes, scratch});
  tiles::check(!tiles::registers.isConfigured, "tiles are not released");
  return true;
}

#else

bool sinew_multiply_with_emulated_tiles(const sinew_instruction *) { return false; }

#endif
