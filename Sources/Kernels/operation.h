// What the executor knows of a kernel: how an instruction is cut into parts, and how one part is run.
#ifndef SINEW_OPERATION_H
#define SINEW_OPERATION_H

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "include/sinew_kernels.h"

namespace sinew {

/// The number of parts of each phase, by shape alone, so that results do not depend on the number of threads. A phase
/// starts when the one before it is complete; the first zero ends the list.
struct Cut {
  uint16_t parts[4];
};

/// One part of one phase. `workspace` is shared by the parts of an instruction, `scratch` belongs to the thread.
struct Part {
  int phase, index, count;
  char *workspace, *scratch;
};

struct Operation {
  Cut (*cut)(const sinew_instruction &);
  void (*run)(const sinew_instruction &, const Part &);
  /// Bytes of shared workspace; null where none is needed.
  size_t (*workspace)(const sinew_instruction &);
};

/// Scratch bytes of each thread, in front of the shared workspace.
constexpr size_t scratchBytes = 384 * 1024;
constexpr int maximumParts = 64;

struct Range {
  int64_t begin, end;
};

inline int64_t quotientUp(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }
inline int64_t roundUp(int64_t value, int64_t multiple) { return quotientUp(value, multiple) * multiple; }

/// As many slices as `work` holds grains, at least one and at most `limit`: for sums, whose bits depend on it.
inline uint16_t sliceCount(int64_t work, int64_t grain, int64_t limit = maximumParts) {
  if (work <= grain) return 1;
  return static_cast<uint16_t>(std::max<int64_t>(1, std::min({work / grain, limit, int64_t{maximumParts}})));
}

/// The same rounded down to a power of two, so that a thread gets the same share of neighbouring instructions' tensors.
inline uint16_t partCount(int64_t work, int64_t grain, int64_t limit = maximumParts) {
  uint16_t parts = sliceCount(work, grain, limit);
  while (parts & (parts - 1)) parts &= parts - 1;
  return parts;
}

/// The share of a part in `count` things, in multiples of `granule`.
inline Range share(int64_t count, const Part &part, int64_t granule = 1) {
  if (part.count == 1) return {0, count};
  const int64_t granules = quotientUp(count, granule);
  return {
      std::min(count, granules * part.index / part.count * granule),
      std::min(count, granules * (part.index + 1) / part.count * granule)};
}

/// The tables of each instruction set, SINEW_OPERATION_COUNT entries; null where the set is not built.
const Operation *operationsBaseline();
const Operation *operationsAVX2();
const Operation *operationsAVX512();
const Operation *operationsAVX512BF16();
const Operation *operationsAMX();

/// The table of the active instruction set.
const Operation *activeOperations();

}  // namespace sinew

#endif
