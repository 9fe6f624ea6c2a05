// Chooses the instruction set at run time.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "operation.h"

namespace sinew {
namespace {

constexpr int setCount = SINEW_AMX + 1;
const char *const names[setCount] = {"baseline", "avx2", "avx512", "avx512bf16", "amx"};

#if defined(__x86_64__)
/// Whether the processor multiplies bfloat16 tiles and the system lets this process use their registers, which it must
/// be asked for (arch_prctl, once for all threads).
bool tilesArePermitted() {
#if defined(__linux__)
  static const bool permitted = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    const bool hasTiles = (d >> 24 & 1) != 0, hasBrainFloat = (d >> 22 & 1) != 0;
    constexpr long requestPermission = 0x1023, tileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return hasTiles && hasBrainFloat && syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
  }();
  return permitted;
#else
  return false;
#endif
}
#endif

bool processorHas(int set) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (set) {
  case SINEW_BASELINE: return true;
  case SINEW_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case SINEW_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && processorHas(SINEW_AVX2);
  case SINEW_AVX512_BF16: return __builtin_cpu_supports("avx512bf16") && processorHas(SINEW_AVX512);
  case SINEW_AMX: return processorHas(SINEW_AVX512_BF16) && tilesArePermitted();
  default: return false;
  }
#else
  return set == SINEW_BASELINE;
#endif
}

sinew_instruction_set choose() {
  const char *const name = std::getenv("SINEW_INSTRUCTION_SET");
  int wanted = setCount - 1;
  if (name)
    while (wanted >= 0 && std::strcmp(name, names[wanted]) != 0) --wanted;
  const bool isKnown = wanted >= 0;
  int best = isKnown ? wanted : setCount - 1;
  while (best > SINEW_BASELINE && !processorHas(best)) --best;
  if (name && best != wanted)
    std::fprintf(
        stderr, "SINEW_INSTRUCTION_SET: %s %s; using %s\n", name,
        isKnown ? "is more than this machine has" : "is not baseline, avx2, avx512, avx512bf16 or amx", names[best]);
  return static_cast<sinew_instruction_set>(best);
}

/// The set that this thread was told to use, −1 for the best. Workers take the functions that the calling thread chose.
thread_local int forced = -1;

int active() {
  static const int best = choose();
  return forced < 0 ? best : forced;
}

}  // namespace

const Operation *operations(int set) {
  switch (set) {
  case SINEW_AMX: return operationsAMX();
  case SINEW_AVX512_BF16: return operationsAVX512BF16();
  case SINEW_AVX512: return operationsAVX512();
  case SINEW_AVX2: return operationsAVX2();
  default: return operationsBaseline();
  }
}

const Operation *activeOperations() { return operations(active()); }

}  // namespace sinew

using namespace sinew;

sinew_instruction_set sinew_active_instruction_set(void) {
  return static_cast<sinew_instruction_set>(active());
}

bool sinew_instruction_set_available(sinew_instruction_set set) {
  return set >= SINEW_BASELINE && set < setCount && processorHas(set);
}

bool sinew_force_instruction_set(sinew_instruction_set set) {
  if (!sinew_instruction_set_available(set)) return false;
  forced = set;
  return true;
}

const char *sinew_instruction_set_name(sinew_instruction_set set) {
  return set >= SINEW_BASELINE && set < setCount ? names[set] : "unknown";
}

bool sinew_unary_gradient_uses_output(int32_t function) {
  switch (function) {
  case SINEW_EXP:
  case SINEW_SQRT:
  case SINEW_RECIPROCAL:
  case SINEW_TANH:
  case SINEW_SIGMOID:
  case SINEW_SOFTPLUS:
  case SINEW_RELU: return true;
  default: return false;
  }
}

size_t sinew_workspace_size(const sinew_instruction *instructions, size_t count, int threads) {
  size_t shared = 0;
  for (size_t i = 0; i < count; ++i) {
    if (instructions[i].operation < 0 || instructions[i].operation >= SINEW_OPERATION_COUNT) continue;
    // The largest of all sets, so that a plan stays valid when the set changes.
    for (int set = SINEW_BASELINE; set < setCount; ++set) {
      if (!processorHas(set)) continue;
      const Operation &operation = operations(set)[instructions[i].operation];
      if (operation.workspace) shared = std::max(shared, operation.workspace(instructions[i]));
    }
  }
  if (shared == 0) return 0;
  return static_cast<size_t>(std::max(threads, 1)) * scratchBytes + roundUp(static_cast<int64_t>(shared), 64);
}
