import Foundation
import Testing

/// `watch`: it says where it is, and Ctrl-C ends it.
struct WatchTests {
  let command: Command

  init() throws { command = try Command() }

  private func address(_ started: Command.Started) throws -> String {
    #expect(eventually { (try? String(contentsOf: started.output, encoding: .utf8))?.contains("\n") == true })
    let line = try String(contentsOf: started.output, encoding: .utf8)
    return String(try #require(line.firstMatch(of: /^watching runs at (http:\/\/127\.0\.0\.1:[0-9]+\/)\n$/)).1)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func itServesUntilItIsInterrupted(code: Int32) throws {
    let started = try command.start(["watch", "--port", "0"])
    let address = try address(started)
    let port = try #require(URL(string: address)?.port)
    let request = #"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"#
    let page = try command.shell("exec 3<>/dev/tcp/127.0.0.1/\(port); printf '\(request)' >&3; cat <&3")
    #expect(page.output.contains("There is no run in runs yet"))
    let second = try command.run(["watch", "--port", "\(port)"])
    #expect(second.status == 1)
    #expect(second.errors == "sinew: port \(port) is taken: name another, or 0 for any that is free\n")
    started.send(code)
    let ended = try started.finish()
    #expect(ended.status == 0 && !ended.wasKilled && ended.errors.isEmpty, "\(ended.errors)")
  }

  @Test func aPortIsANumber() throws {
    let result = try command.run(["watch", "--port", "70000"])
    #expect(result.status == 2 && result.errors.contains("--port must be 0 to 65535, not 70000"))
  }
}
