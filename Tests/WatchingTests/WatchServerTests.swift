import Foundation
import SinewTestSupport
import SinewTraining
import Testing

@testable import SinewWatching

/// Runs in a browser while they are written.
@Suite(.serialized) struct WatchServerTests {
  let scratch: TemporaryFolder
  let server: WatchServer
  /// Other tests keep the threads busy on which the server answers.
  private static let patience = 900.0

  init() async throws {
    scratch = try TemporaryFolder()
    server = try await WatchServer(watching: [scratch.url.path], port: 0, patience: Self.patience)
  }

  private func metrics(_ steps: [Int], value: Int = 1) -> String {
    steps.map { #"{"step":\#($0),"seconds":1,"evaluation_return_mean":\#(value * $0),"critic_loss":0.5}"# + "\n" }
      .joined()
  }

  private func run(_ name: String, seed: Int = 1, discount: Double = 0.99, metrics: String? = nil) throws {
    try scratch.write(
      """
      algorithm: sac
      environment: pendulum
      steps: 400
      seed: \(seed)
      hyperparameters: {discount: \(discount)}

      """, to: "\(name)/config.yaml")
    if let metrics { try scratch.write(metrics, to: "\(name)/metrics.jsonl") }
  }

  private func append(_ text: String, to name: String) throws {
    let file = try FileHandle(forWritingTo: scratch.url.appending(path: "\(name)/metrics.jsonl"))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  private struct News: Decodable {
    let metrics: [String]
    let html: String
  }

  private func get(_ target: String) async throws -> Answer { try await Answer(target, from: server.address) }

  /// What the page shows, once that is so.
  private func live(_ metric: String = "", until condition: (News) -> Bool) async throws -> News {
    for _ in 0..<600 {
      let answer = try await get("/live?metric=\(metric)")
      let news = try JSONDecoder().decode(News.self, from: Data(answer.body.utf8))
      if condition(news) { return news }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("not seen")
    return News(metrics: [], html: "")
  }

  @Test func aRunIsSeenToAppearToGrowAndToGo() async throws {
    let empty = try await get("/")
    #expect(empty.status == 200 && empty.headers["content-type"] == "text/html; charset=utf-8")
    #expect(empty.body.contains("There is no run in"))
    try run("a")
    var news = try await live { $0.html.contains("<td>400</td>") }
    #expect(news.html.contains("these runs have reported nothing yet"))
    // A line that is being written is none yet.
    try scratch.write(metrics([100, 200]) + #"{"step":300,"eval"#, to: "a/metrics.jsonl")
    news = try await live { $0.html.contains("<svg") }
    #expect(news.metrics == ["critic_loss", "evaluation_return_mean", "seconds"])
    #expect(news.html.contains("<td>200</td><td>400</td>") && news.html.contains("<td>stopped</td>"))
    try append(#"uation_return_mean":77,"seconds":1}"# + "\n", to: "a")
    news = try await live { $0.html.contains("<td>300</td>") }
    #expect(news.html.contains("<td>77.0</td><td>200.0</td>"))
    let other = try await live("critic_loss") { $0.html.contains("critic loss") }
    #expect(other.html.contains("<svg"))
    try append(metrics([400]), to: "a")
    _ = try await live { $0.html.contains("<td>finished</td>") }
    // What it says no longer is a report; then it is gone. What else there is stays.
    try run("b", seed: 2, metrics: metrics([100]))
    try append("nonsense\n", to: "a")
    news = try await live { $0.html.contains("is not a report of a run") }
    #expect(news.html.contains("line 5 of"))
    try FileManager.default.removeItem(at: scratch.url.appending(path: "a"))
    news = try await live { $0.html.contains("deleted") && $0.html.contains("<td>100</td><td>400</td>") }
    #expect(try await get("/").status == 200)
  }

  @Test func onlyWhatIsNewIsSent() async throws {
    try run("a", metrics: metrics([100]))
    _ = try await live { $0.html.contains("<td>100</td>") }
    let first = try await get("/live")
    #expect(first.headers["content-type"] == "application/json")
    let tag = try #require(first.headers["etag"])
    func again() async throws -> Answer {
      try await Answer("/live", from: server.address, headers: ["If-None-Match": tag])
    }
    let unchanged = try await again()
    #expect(unchanged.status == 304 && unchanged.body.isEmpty)
    try append(metrics([200]), to: "a")
    for _ in 0..<600 where try await again().status == 304 { try await Task.sleep(for: .milliseconds(50)) }
    #expect(try await again().status == 200)
  }

  @Test func manyAskAtOnce() async throws {
    try run("a", metrics: metrics(Array(1...400)))
    let address = server.address
    let answers = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<60 { group.addTask { try await Answer("/live", from: address).status } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers == Array(repeating: 200, count: 60))
  }

  @Test func whatIsOddIsRefused() async throws {
    try run("a")
    let cases: [(method: String, target: String, host: String?, status: Int)] = [
      ("POST", "/", "localhost", 405), ("DELETE", "/live", "localhost", 405), ("PUT", "/replay/a", "localhost", 405),
      ("OPTIONS", "/", "localhost", 405), ("GET", "/", "evil.example", 403),
      ("GET", "/", "127.0.0.1.evil.example", 403),
      ("GET", "/", "localhost:80:80", 403), ("GET", "/", nil, 403), ("GET", "/", "localhost:9000", 200),
      ("GET", "/", "127.0.0.1", 200), ("GET", "/", "[::1]:22", 200), ("GET", "/../../etc/passwd", "localhost", 400),
      ("GET", "/replay/%2e%2e/%2e%2e/a", "localhost", 400), ("GET", "/replay/a%2fb", "localhost", 400),
      ("GET", "/replay/a%00", "localhost", 400), ("GET", "/%", "localhost", 400),
      ("GET", "http://localhost/", "localhost", 400), ("GET", "/replay/nothing", "localhost", 404),
      ("GET", "/replay", "localhost", 404), ("GET", "/live/", "localhost", 404),
      ("GET", "/a/config.yaml", "localhost", 404),
      ("GET", "/live?metric=%FF%00&metric", "localhost", 200), ("GET", "/watch.js", "localhost", 200),
    ]
    for (method, target, host, status) in cases {
      let answer = try await Answer(target, method, from: server.address, host: host)
      #expect(answer.status == status, "\(method) \(target) of \(host ?? "nobody")")
      #expect(answer.headers["x-content-type-options"] == "nosniff")
      if status >= 400 { #expect(answer.body.split(separator: "\n").count == 1) }
    }
  }

  @Test func aHugeAddressIsRefused() async throws {
    #expect(try await get("/" + String(repeating: "a", count: 3000)).status == 414)
    #expect(try await get("/live?metric=" + String(repeating: "a", count: 60000)).status == 414)
  }

  @Test func aHeadHasNoBody() async throws {
    let (whole, head) = try await (get("/watch.js"), Answer("/watch.js", "HEAD", from: server.address))
    #expect(head.status == 200 && head.body.isEmpty)
    #expect(head.headers["content-length"] == whole.headers["content-length"])
    #expect(whole.headers["content-type"] == "text/javascript; charset=utf-8")
  }

  /// Names and figures of a run are text, whatever is in them.
  @Test func whatRunsSayIsEscaped() async throws {
    try scratch.write(
      "algorithm: <script>a\nenvironment: <b>\nsteps: 1\nseed: 1\n", to: "<i>/config.yaml")
    try scratch.write(#"{"step":1,"<u>":2,"evaluation_return_mean":3}"# + "\n", to: "<i>/metrics.jsonl")
    let news = try await live { $0.html.contains("<svg") }
    for markup in ["<script", "<b>", "<i>", "<u>"] { #expect(!news.html.contains(markup), "\(markup)") }
    #expect(try await !get("/?metric=%3Cu%3E").body.contains("<u>"))
    #expect(news.html.contains("/replay/%3Ci%3E"))
  }

  @Test func aTakenPortIsOneLine() async throws {
    let port = try #require(URL(string: server.address)?.port.flatMap { UInt16(exactly: $0) })
    await #expect(throws: WatchError(description: "port \(port) is taken: name another, or 0 for any that is free")) {
      _ = try await WatchServer(watching: [], port: port, patience: Self.patience)
    }
  }

  @Test func itStops() async throws {
    let other = try await WatchServer(watching: [], port: 0, patience: Self.patience)
    #expect(try await Answer("/", from: other.address).status == 200)
    await other.stop()
    await #expect(throws: (any Error).self) { try await Answer("/", from: other.address) }
  }

  @Test func theNewestPolicyIsRecordedOnce() async throws {
    var settings = RunConfiguration(algorithm: "sac", environment: "pendulum")
    (settings.steps, settings.seed, settings.threads) = (20, 1, 1)
    (settings.evaluation.every, settings.evaluation.episodes, settings.checkpoint.every) = (10, 1, 10)
    let folder = scratch.url.appending(path: "a b.1")
    try Trainer(algorithm: .named("sac"), configuration: settings, folder: folder).run()
    let run = try RunFolder(folder)
    func replay(_ target: String) async throws -> Answer {
      for _ in 0..<600 {
        let answer = try await get(target)
        if answer.status != 202 { return answer }
        #expect(answer.body.contains("is being recorded"))
        try await Task.sleep(for: .milliseconds(50))
      }
      return try await get(target)
    }
    _ = try await live { $0.html.contains("href=\"/replay/a%20b%2E1\"") }
    for (target, name) in [("/replay/a%20b%2E1", "best"), ("/replay/a%20b.1/last", "step-20")] {
      let page = try await replay(target)
      #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
      #expect(page.body.contains("\(name) of") && page.body.contains("pendulum · sac"))
      // Kept: at once, and the same.
      #expect(try await get(target).status == 200)
    }
    // A newer checkpoint is recorded anew.
    let learner = run.url.appending(path: "best/learner.safetensors")
    try Data(contentsOf: learner).write(to: learner)
    #expect(try await get("/replay/a%20b%2E1").status == 202)
    #expect(try await replay("/replay/a%20b%2E1").status == 200)
    // Broken, it is one line.
    try Data("broken".utf8).write(to: learner)
    let broken = try await replay("/replay/a%20b%2E1")
    #expect(broken.status == 503 && broken.body.contains("best/learner.safetensors"))
    try FileManager.default.removeItem(at: run.url.appending(path: "checkpoints"))
    #expect(try await get("/replay/a%20b%2E1/last").status == 503)
  }
}
