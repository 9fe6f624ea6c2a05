import SinewInterruption

/// Ctrl-C (SIGINT), SIGTERM and a terminal that goes away (SIGHUP) as a request to stop: the first one is remembered
/// and answered at once, the second one ends the process; so does the first where a run is protected and nobody asks for
/// ``isRequested`` within 30 seconds, because a single update takes longer.
///
/// A library does not take signals over by itself; a program that wants it calls ``install(announcing:protecting:)``,
/// hands ``isRequested`` to `Trainer.run(observers:stopWhen:)`, and calls ``endIfRequested()`` once everything is kept,
/// so that whoever started it, a shell's loop or `make`, sees that it was stopped.
public enum Interruption {
  /// Takes the signals over; SIGHUP only where it is not ignored, as it is under `nohup`.
  ///
  /// - Parameters:
  ///   - announcement: what the first signal writes to standard error, at most 255 bytes; nil for nothing.
  ///   - run: the path of a run folder, in which the second signal leaves no half-written file, and of which it says
  ///     what is lost; nil for none.
  public static func install(announcing announcement: String? = nil, protecting run: String? = nil) {
    sinew_interruption_announce(announcement)
    sinew_interruption_protect(run)
    sinew_interruption_install()
  }

  /// Whether one of the signals has come since `install()`.
  public static var isRequested: Bool { sinew_interruption_code() != 0 }

  /// Ends the process by the signal that came, if one did.
  public static func endIfRequested() {
    let code = sinew_interruption_code()
    if code != 0 { sinew_interruption_end(code) }
  }
}
