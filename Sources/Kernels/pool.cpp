// Threads that share parts without locks, spin briefly for the next job, and then sleep.
#include "pool.h"

#include <chrono>
#include <system_error>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace sinew;

namespace {

/// How long a thread spins before it sleeps: longer than the gaps within and between updates, short enough that two
/// processes on the same cores do not hold each other up.
constexpr uint64_t spinNanoseconds = 200'000;
constexpr int maximumThreads = 256;

inline void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until `done` or the time is up; says whether it was done.
template <class Done>
inline bool spin(Done done) {
  uint64_t deadline = 0;
  while (true) {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      relax();
    }
    const uint64_t time = now();
    if (deadline == 0) deadline = time + spinNanoseconds;
    if (time > deadline) return false;
  }
}

inline uint64_t pack(uint32_t sequence, int next, int end) {
  return static_cast<uint64_t>(sequence) << 32 | static_cast<uint64_t>(next) << 16 | static_cast<uint64_t>(end);
}
inline uint32_t sequenceOf(uint64_t ticket) { return static_cast<uint32_t>(ticket >> 32); }
inline int nextOf(uint64_t ticket) { return static_cast<int>(ticket >> 16 & 0xffff); }
inline int endOf(uint64_t ticket) { return static_cast<int>(ticket & 0xffff); }

}  // namespace

uint64_t sinew::now() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

sinew_pool::sinew_pool(int threads) : tickets(static_cast<size_t>(std::min(std::max(threads, 1), maximumThreads))) {
  workers.reserve(tickets.size());
  try {
    for (int thread = 1; thread < static_cast<int>(tickets.size()); ++thread)
      workers.emplace_back([this, thread] { workerLoop(thread); });
  } catch (const std::system_error &) {
    // The system has no more threads to give: the pool has those it gave.
  }
}

sinew_pool::~sinew_pool() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stops.store(true);
  }
  work.notify_all();
  for (std::thread &worker : workers) worker.join();
}

void sinew_pool::run(const Job &job) {
  const int count = threads();
  current = job;
  if (job.parts == 1) return runPart(0, 0);
  completed.store(0, std::memory_order_relaxed);
  const uint32_t number = ++sequence;
  for (int thread = count - 1; thread >= 0; --thread)
    tickets[static_cast<size_t>(thread)].value.store(
        pack(number, job.parts * thread / count, job.parts * (thread + 1) / count), std::memory_order_release);
  // Pairs with waitForJob: either the sleeper sees its ticket or this thread sees the sleeper.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (sleeping.load(std::memory_order_relaxed) > 0) {
    { std::lock_guard<std::mutex> lock(mutex); }
    work.notify_all();
  }
  takeParts(0, number);
  waitForCompletion(job.parts);
}

void sinew_pool::runPart(int thread, int index) {
  const Part part = {
      current.phase, index, current.parts, current.workspace,
      current.scratch + static_cast<size_t>(thread) * scratchBytes};
  if (!current.events) return current.run(*current.instruction, part);
  sinew_trace_event &event = current.events[thread];
  if (event.begin == 0) event = {current.number, thread, now(), 0};
  current.run(*current.instruction, part);
  event.end = now();
}

void sinew_pool::takeParts(int thread, uint32_t number) {
  const int count = threads();
  int taken = 0;
  for (int n = 0; n < count; ++n) {
    const int owner = (thread + n) % count;
    std::atomic<uint64_t> &ticket = tickets[static_cast<size_t>(owner)].value;
    uint64_t value = ticket.load(std::memory_order_acquire);
    while (sequenceOf(value) == number && nextOf(value) < endOf(value)) {
      if (!ticket.compare_exchange_weak(
              value, pack(number, nextOf(value) + 1, endOf(value)), std::memory_order_acq_rel,
              std::memory_order_acquire))
        continue;
      runPart(thread, nextOf(value));  // the job can't change before this part is reported
      ++taken;
      value = ticket.load(std::memory_order_acquire);
    }
  }
  if (taken == 0) return;
  completed.fetch_add(taken);
  if (thread != 0 && leaderSleeps.load()) {
    { std::lock_guard<std::mutex> lock(mutex); }
    completion.notify_one();
  }
}

void sinew_pool::waitForCompletion(int parts) {
  if (spin([&] { return completed.load(std::memory_order_acquire) == parts; })) return;
  std::unique_lock<std::mutex> lock(mutex);
  leaderSleeps.store(true);
  completion.wait(lock, [&] { return completed.load() == parts; });
  leaderSleeps.store(false);
}

bool sinew_pool::waitForJob(int thread, uint32_t seen) {
  const std::atomic<uint64_t> &ticket = tickets[static_cast<size_t>(thread)].value;
  const auto changed = [&] {
    return sequenceOf(ticket.load(std::memory_order_acquire)) != seen || stops.load(std::memory_order_relaxed);
  };
  if (!spin(changed)) {
    std::unique_lock<std::mutex> lock(mutex);
    sleeping.fetch_add(1);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    work.wait(lock, changed);
    sleeping.fetch_sub(1);
  }
  return !stops.load(std::memory_order_relaxed);
}

void sinew_pool::workerLoop(int thread) {
  uint32_t seen = 0;
  while (waitForJob(thread, seen)) {
    seen = sequenceOf(tickets[static_cast<size_t>(thread)].value.load(std::memory_order_acquire));
    takeParts(thread, seen);
  }
}

sinew_pool *sinew_pool_create(int threads) { return new sinew_pool(threads); }
void sinew_pool_destroy(sinew_pool *pool) { delete pool; }
int sinew_pool_threads(const sinew_pool *pool) { return pool ? pool->threads() : 1; }
