import FlyingFox
import Foundation
import SinewRendering
import SinewTraining

/// The answers to what a browser asks.
actor WatchPages {
  private let paths: [String]
  private let runs: WatchedRuns
  nonisolated let replays: RecordedReplays
  /// What tells the tags of this process from those of one before.
  private let process = UInt64.random(in: 0 ... .max)
  private var drawn: [String: Drawing] = [:]

  /// What changes on the page, as it was last drawn for a metric.
  private struct Drawing {
    let version: Int
    let metrics: [String]
    let html: String
    let end: ContinuousClock.Instant
    let duration: Duration
  }

  init(_ paths: [String]) {
    (self.paths, runs) = (paths, WatchedRuns(paths))
    replays = RecordedReplays(.current)
  }

  /// The answer to a request.
  func response(to request: HTTPRequest) async -> HTTPResponse {
    var response = await answer(to: request)
    // The length as it would be.
    if request.method == .HEAD, let body = try? await response.bodyData {
      response = HTTPResponse(statusCode: response.statusCode, headers: response.headers)
      response.headers[.contentLength] = "\(body.count)"
    }
    return response
  }

  private func answer(to request: HTTPRequest) async -> HTTPResponse {
    guard request.method == .GET || request.method == .HEAD else {
      var refusal = text(.methodNotAllowed, "only GET and HEAD are answered")
      refusal.headers[HTTPHeader("Allow")] = "GET, HEAD"
      return refusal
    }
    // A page of another site whose name leads to this machine must not read what is here.
    guard Self.isLoopback(request.headers[.host]) else {
      return text(.forbidden, "this is answered under the names 127.0.0.1 and localhost alone")
    }
    let path = request.target.path(percentEncoded: true)
    guard path.utf8.count + request.target.query(percentEncoded: true).utf8.count <= 2048 else {
      return text(.uriTooLong, "the address is longer than 2048 bytes")
    }
    guard let names = Self.names(in: path) else { return text(.badRequest, "this is no path of a page") }
    switch (names.first, names.count) {
    case (nil, _):
      let metric = metric(of: request)
      let drawing = await drawing(metric)
      let page = WatchPage.html(paths: paths, metric: metric, metrics: drawing.metrics, content: drawing.html)
      return html(page, policy: Self.ownScripts)
    case ("live", 1): return await news(request)
    case ("watch.js", 1):
      return content(Data(PackageResources.watch_js), type: "text/javascript; charset=utf-8")
    case ("replay", 2): return await replay(names[1], last: false)
    case ("replay", 3) where names[2] == "last": return await replay(names[1], last: true)
    default: return text(.notFound, "there is no page of that name")
    }
  }

  /// What changes, drawn once however many ask, and so seldom that drawing takes at most a tenth of the time of a
  /// processor that has runs to train.
  private func drawing(_ metric: String) async -> Drawing {
    let sight = await runs.look()
    if let last = drawn[metric], last.version == sight.version || last.end.duration(to: .now) < last.duration * 10 {
      return last
    }
    let begin = ContinuousClock.now
    let page = WatchPage(sight: sight, paths: paths, metric: metric)
    let (metrics, html) = (page.metrics, page.content())
    let end = ContinuousClock.now
    let drawing = Drawing(
      version: sight.version, metrics: metrics, html: html, end: end, duration: begin.duration(to: end))
    // Names that nobody reports must not fill the memory.
    if drawn.count > 32 { drawn = [:] }
    drawn[metric] = drawing
    return drawing
  }

  private func metric(of request: HTTPRequest) -> String {
    let name = request.query.first { $0.name == "metric" }?.value ?? ""
    return name.isEmpty ? WatchPage.defaultMetric : String(name.prefix(200))
  }

  private struct News: Encodable {
    let metrics: [String]
    let html: String
  }

  /// What has changed since the request's tag.
  private func news(_ request: HTTPRequest) async -> HTTPResponse {
    let drawing = await drawing(metric(of: request))
    let tag = "\"\(process)-\(drawing.version)\""
    if request.headers[.ifNoneMatch] == tag {
      return HTTPResponse(statusCode: .notModified, headers: HTTPHeaders([.eTag: tag]))
    }
    guard let body = try? JSONEncoder().encode(News(metrics: drawing.metrics, html: drawing.html)) else {
      return text(.internalServerError, "the figures cannot be written")
    }
    var response = content(body, type: "application/json")
    response.headers[.eTag] = tag
    return response
  }

  private func replay(_ name: String, last: Bool) async -> HTTPResponse {
    guard let run = await runs.look().runs.first(where: { $0.name == name }) else {
      return text(.notFound, "no run is called \(name)")
    }
    switch await replays.replay(of: run.folder, last: last) {
    case .page(let page): return html(page, policy: Self.inlineScripts)
    case .recording:
      let body = "<meta http-equiv=\"refresh\" content=\"1\"><p>An episode of \(escaped(name)) is being recorded …</p>"
      return html(SinewRendering.page(title: "Replay", body: body), policy: Self.ownScripts, status: .accepted)
    case .failed(let line):
      return html(
        SinewRendering.page(title: "No replay of \(name)", body: "<p>\(escaped(line))</p>"), policy: Self.ownScripts,
        status: .serviceUnavailable)
    }
  }
}

extension WatchPages {
  /// A request's host without its port, which is another where it comes through a tunnel.
  static func isLoopback(_ host: String?) -> Bool {
    guard let host = host?.lowercased() else { return false }
    return host.wholeMatch(of: /(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?/) != nil
  }

  /// The parts of a path, decoded; nil for one that no page of ours has.
  static func names(in path: String) -> [String]? {
    guard path.hasPrefix("/") else { return nil }
    var names: [String] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let name = part.removingPercentEncoding, name != ".", name != "..", !name.contains("/"),
        !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
      else { return nil }
      names.append(name)
    }
    return names == [""] ? [] : names
  }

  static let ownScripts =
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
  /// A replay's page is one file.
  static let inlineScripts =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; frame-ancestors 'none'"

  private func html(_ text: String, policy: String, status: HTTPStatusCode = .ok) -> HTTPResponse {
    var response = content(Data(text.utf8), type: "text/html; charset=utf-8", status: status)
    response.headers[HTTPHeader("Content-Security-Policy")] = policy
    return response
  }

  private func text(_ status: HTTPStatusCode, _ line: String) -> HTTPResponse {
    content(Data((line + "\n").utf8), type: "text/plain; charset=utf-8", status: status)
  }

  private func content(_ data: Data, type: String, status: HTTPStatusCode = .ok) -> HTTPResponse {
    HTTPResponse(
      statusCode: status,
      headers: HTTPHeaders([
        .contentType: type, .cacheControl: "no-store", HTTPHeader("X-Content-Type-Options"): "nosniff",
        HTTPHeader("Referrer-Policy"): "no-referrer",
      ]), body: data)
  }
}
