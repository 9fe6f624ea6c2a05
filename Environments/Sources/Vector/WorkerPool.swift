import Foundation
import SinewTensor

/// A few threads that live as long as the pool and work on one thing together.
///
/// The caller is worker 0, so a pool of one has no thread of its own.
package final class WorkerPool {
  /// Number of workers, the caller among them; at most ``Execution/mostThreads``.
  package let count: Int
  private let shared: Shared

  package init(count: Int) {
    self.count = min(max(1, count), Execution.mostThreads)
    shared = Shared()
    for worker in 1..<self.count {
      let thread = Thread { [shared] in shared.work(as: worker) }
      thread.name = "sinew worker \(worker)"
      thread.start()
    }
  }

  deinit {
    shared.stop()
  }

  /// Calls `body` once for each worker, at the same time, and returns when all have returned.
  package func run(_ body: (_ worker: Int) -> Void) {
    guard count > 1 else { return body(0) }
    withoutActuallyEscaping(body) { body in
      shared.begin(body, helpers: count - 1)
      body(0)
      shared.waitUntilDone()
    }
  }

  /// Calls both at the same time, or with a pool of one the first before the second, and returns when both have returned.
  package func run(_ first: () -> Void, beside second: () -> Void) {
    run { worker in
      if worker == count - 1 { first() }
      if worker == 0 { second() }
    }
  }

  /// ``run(_:)`` for a body that is kept by the caller: this one allocates nothing.
  func runKept(_ body: @escaping (_ worker: Int) -> Void) {
    guard count > 1 else { return body(0) }
    shared.begin(body, helpers: count - 1)
    body(0)
    shared.waitUntilDone()
  }

  /// What the threads and the pool share, all guarded by `condition`.
  private final class Shared: @unchecked Sendable {
    private let condition = NSCondition()
    private var body: ((Int) -> Void)?
    private var round = 0
    private var unfinished = 0
    private var stopped = false

    func begin(_ body: @escaping (Int) -> Void, helpers: Int) {
      condition.lock()
      self.body = body
      unfinished = helpers
      round += 1
      condition.broadcast()
      condition.unlock()
    }

    func waitUntilDone() {
      condition.lock()
      while unfinished > 0 { condition.wait() }
      body = nil
      condition.unlock()
    }

    func stop() {
      condition.lock()
      stopped = true
      condition.broadcast()
      condition.unlock()
    }

    func work(as worker: Int) {
      var finishedRound = 0
      while takePart(in: &finishedRound, as: worker) { finish() }
    }

    /// Works on the round after `finishedRound`; false when there will be none.
    ///
    /// A function of its own, never inlined, so that its reference to the caller's closure is gone before the caller
    /// hears that the work is done.
    @inline(never) private func takePart(in finishedRound: inout Int, as worker: Int) -> Bool {
      condition.lock()
      while round == finishedRound && !stopped { condition.wait() }
      let body = stopped ? nil : body
      finishedRound = round
      condition.unlock()
      body?(worker)
      return body != nil
    }

    private func finish() {
      condition.lock()
      unfinished -= 1
      if unfinished == 0 { condition.broadcast() }
      condition.unlock()
    }
  }
}
