// The executor: instructions in order, their phases in order, the parts of a phase over the threads of a pool.
#include "pool.h"

using namespace sinew;

namespace {

void runAlone(const Operation &operation, const sinew_instruction &instruction, const Cut &cut, char *workspace,
              char *scratch) {
  for (int phase = 0; phase < 4 && cut.parts[phase]; ++phase)
    for (int index = 0; index < cut.parts[phase]; ++index)
      operation.run(instruction, {phase, index, cut.parts[phase], workspace, scratch});
}

/// Drops the events of threads that had no part.
size_t compact(sinew_trace_event *events, size_t count) {
  size_t used = 0;
  for (size_t n = 0; n < count; ++n)
    if (events[n].begin != 0) events[used++] = events[n];
  return used;
}

}  // namespace

size_t sinew_run(
    sinew_pool *pool, const sinew_instruction *instructions, size_t count, void *memory, sinew_trace_event *events) {
  const Operation *const operations = activeOperations();
  const bool shared = pool && pool->threads() > 1 && pool->tryAcquire();
  const int threads = shared ? pool->threads() : 1;
  // The workspace was measured for all threads of the pool, whether this run has them or not.
  char *const scratch = static_cast<char *>(memory);
  char *const workspace = memory ? scratch + static_cast<size_t>(sinew_pool_threads(pool)) * scratchBytes : nullptr;
  size_t eventCount = 0;
  for (size_t n = 0; n < count; ++n) {
    const sinew_instruction &instruction = instructions[n];
    const Operation &operation = operations[instruction.operation];
    const Cut cut = operation.cut(instruction);
    sinew_trace_event *const slots = events ? events + eventCount : nullptr;
    const bool alone = !shared || (cut.parts[0] <= 1 && cut.parts[1] <= 1);
    if (alone) {
      const uint64_t begin = slots ? now() : 0;
      runAlone(operation, instruction, cut, workspace, scratch);
      if (slots) {
        *slots = {static_cast<int32_t>(n), 0, begin, now()};
        ++eventCount;
      }
      continue;
    }
    if (slots) std::fill(slots, slots + threads, sinew_trace_event{});
    for (int phase = 0; phase < 4 && cut.parts[phase]; ++phase)
      pool->run(
          {&instruction, operation.run, phase, cut.parts[phase], workspace, scratch, slots, static_cast<int32_t>(n)});
    if (slots) eventCount += compact(slots, static_cast<size_t>(threads));
  }
  if (shared) pool->release();
  return eventCount;
}
