// The threads that share the parts of an instruction.
#ifndef SINEW_POOL_H
#define SINEW_POOL_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "operation.h"

namespace sinew {

/// One phase of one instruction, as every thread sees it.
struct Job {
  const sinew_instruction *instruction = nullptr;
  void (*run)(const sinew_instruction &, const Part &) = nullptr;
  int phase = 0, parts = 0;
  char *workspace = nullptr, *scratch = nullptr;
  sinew_trace_event *events = nullptr;  // one per thread, or null
  int32_t number = 0;
};

/// The parts that a thread should take first, as sequence (32 bits), next part and end (16 bits each). Whoever has
/// finished their own takes from others: a thread that sleeps or was taken off its core delays nobody.
struct alignas(64) Ticket {
  std::atomic<uint64_t> value{0};
};

uint64_t now();

}  // namespace sinew

struct sinew_pool {
  explicit sinew_pool(int threads);
  ~sinew_pool();

  int threads() const { return static_cast<int>(workers.size()) + 1; }
  bool tryAcquire() { return !busy.exchange(true, std::memory_order_acquire); }
  void release() { busy.store(false, std::memory_order_release); }

  /// Runs all parts of the job and returns when they are complete. Only for the thread that holds the pool.
  void run(const sinew::Job &job);

private:
  void workerLoop(int thread);
  void takeParts(int thread, uint32_t sequence);
  void runPart(int thread, int index);
  bool waitForJob(int thread, uint32_t seen);
  void waitForCompletion(int parts);

  std::vector<sinew::Ticket> tickets;
  std::vector<std::thread> workers;
  std::atomic<bool> busy{false};
  alignas(64) sinew::Job current;
  uint32_t sequence = 0;
  alignas(64) std::atomic<int> completed{0};
  alignas(64) std::atomic<int> sleeping{0};
  std::atomic<bool> leaderSleeps{false}, stops{false};
  std::mutex mutex;
  std::condition_variable work, completion;
};

#endif
