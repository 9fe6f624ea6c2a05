import Foundation
import Synchronization

/// Ctrl-C (SIGINT) and SIGTERM as a request to stop: the first one is remembered, the second one kills.
///
/// A library does not take signals over by itself; a program that wants it calls `install()` and hands
/// `isRequested` to `Trainer.run(progress:stopWhen:)`.
public enum Interruption {
  /// Takes the two signals over.
  public static func install() {
    isRequestedFlag.store(false, ordering: .relaxed)
    // Whoever started the process may have had them blocked, and that is inherited.
    var codes = sigset_t()
    sigemptyset(&codes)
    for code in [SIGINT, SIGTERM] {
      signal(code, remember)
      sigaddset(&codes, code)
    }
    pthread_sigmask(SIG_UNBLOCK, &codes, nil)
  }

  /// Whether one of the signals has come since `install()`.
  public static var isRequested: Bool { isRequestedFlag.load(ordering: .relaxed) }
}

private let isRequestedFlag = Atomic<Bool>(false)

/// Runs inside the signal: only what is safe there, an atomic store and two system calls.
private func remember(_: Int32) {
  isRequestedFlag.store(true, ordering: .relaxed)
  signal(SIGINT, SIG_DFL)
  signal(SIGTERM, SIG_DFL)
}
