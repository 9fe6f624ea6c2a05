import Foundation
import Testing

/// Mutated settings, checkpoints and exported policies, given to the built command: whatever they say, it ends with an
/// exit code of its own, in time, and within the memory that it may have.
///
/// `make fuzz` makes 2,000 mutations of each kind, `make test` a share of them. `SINEW_FUZZ=N` sets their number,
/// `SINEW_FUZZ_SEED` where they begin.
struct FuzzTests {
  let command: Command
  private static let variables = ProcessInfo.processInfo.environment
  private static let chosen = variables["SINEW_FUZZ"].flatMap { Int($0) }
  private static let seed = variables["SINEW_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
  private static let count = chosen ?? 25
  /// Seconds after which a command is asked to end, and after which it is stuck. An idle machine is needed for the
  /// short ones.
  private static let patience = chosen == nil ? 60.0 : 5.0

  init() throws { command = try Command() }

  // MARK: What is mutated

  @Test func settings() throws {
    try command.folder.makeRecipe()
    try #require(command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    for (index, algorithm) in ["sac", "td3", "bc", "td3-bc", "iql", "diffusion-policy", "flow-policy"].enumerated() {
      let source = index < 2 ? ["--env", "pendulum"] : ["--dataset", "./data-v0", "--env", "none"]
      let trained = try command.run(["train", algorithm, "--out", "base-\(algorithm)", "--steps", "2"] + source)
      try #require(trained.status == 0, "\(trained.errors)")
    }
    for number in 0..<Self.count {
      var noise = Noise(Self.seed, "settings", number)
      let algorithm = noise.element(["sac", "td3", "bc", "td3-bc", "iql", "diffusion-policy", "flow-policy"])
      let isOnline = ["sac", "td3"].contains(algorithm)
      let file = command.path("base-\(algorithm)/config.yaml")
      let text = noise.mutatedSettings(try String(contentsOf: file, encoding: .utf8))
      try Data(text.utf8).write(to: command.path("config.yaml"))
      try check(
        ["train", algorithm, "--config", "config.yaml", "--steps", isOnline ? "1200" : "4", "--out", "run-\(number)"],
        "settings \(number)", "\(text)")
      try? FileManager.default.removeItem(at: command.path("run-\(number)"))
    }
  }

  @Test func checkpoints() throws {
    let wrappers = #"wrappers=["frame_stack:2","action_delay:1",normalise_observation,normalise_reward]"#
    try #require(command.run(command.tiny("sac")).status == 0)
    try #require(command.run(command.tiny("wrapped", "--set", wrappers, "--num-envs", "2")).status == 0)
    try command.folder.makeRecipe()
    try #require(command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    let offline = ["--dataset", "./data-v0", "--env", "pendulum", "--steps", "3", "--set", "evaluation.episodes=1"]
    try #require(command.run(["train", "iql", "--out", "iql", "--set", "hidden_sizes=[4]"] + offline).status == 0)
    try #require(
      command.run(["train", "flow-policy", "--out", "flow", "--set", "width=8", "--set", "blocks=1"] + offline).status
        == 0)
    for number in 0..<Self.count {
      var noise = Noise(Self.seed, "checkpoints", number)
      let base = noise.element(["sac", "wrapped", "iql", "flow"])
      let run = command.path("run-\(number)")
      try FileManager.default.copyItem(at: command.path(base), to: run)
      let files = try FileManager.default.subpathsOfDirectory(atPath: run.path).filter {
        $0.hasSuffix(".safetensors") || $0.hasSuffix(".yaml") || $0.hasSuffix(".jsonl")
      }.sorted()
      let name = noise.element(files)
      let file = run.appending(path: name)
      if name.hasSuffix(".yaml") {
        try Data(noise.mutatedSettings(String(contentsOf: file, encoding: .utf8)).utf8).write(to: file)
      } else {
        try noise.mutatedArrays(Data(contentsOf: file)).write(to: file)
      }
      let isResumed = noise.below(2) == 0
      let checkpoint = noise.element(["last", "best"])
      let steps = ["sac", "wrapped"].contains(base) ? "26" : "5"
      try check(
        isResumed
          ? ["resume", "run-\(number)", "--steps", steps]
          : ["evaluate", "run-\(number)", "--episodes", "1", "--checkpoint", checkpoint],
        "checkpoints \(number)", "\(base)/\(name)")
      try? FileManager.default.removeItem(at: run)
    }
  }

  @Test func exportedPolicies() throws {
    try #require(command.run(command.tiny("sac", "--set", "wrappers=[normalise_observation]")).status == 0)
    try #require(command.run(["export", "sac", "--output", "sac.safetensors"]).status == 0)
    try command.folder.makeRecipe()
    try #require(command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    for (algorithm, settings) in [
      ("diffusion-policy", ["width=8", "blocks=1"]), ("flow-policy", ["backbone=unet", "channels=[8,8]"]),
    ] {
      let trained = try command.run(
        [
          "train", algorithm, "--dataset", "./data-v0", "--env", "pendulum", "--steps", "2", "--out", algorithm,
          "--set", "evaluation.episodes=1",
        ]
          + settings.flatMap { ["--set", $0] })
      try #require(trained.status == 0, "\(trained.errors)")
      try #require(command.run(["export", algorithm, "--output", "\(algorithm).safetensors"]).status == 0)
    }
    for number in 0..<Self.count {
      var noise = Noise(Self.seed, "policies", number)
      let base = noise.element(["sac", "diffusion-policy", "flow-policy"])
      let data = noise.mutatedArrays(try Data(contentsOf: command.path("\(base).safetensors")))
      try data.write(to: command.path("p.safetensors"))
      try check(["evaluate", "p.safetensors", "--episodes", "1"], "policies \(number)", base)
    }
  }

  // MARK: What must be so

  /// Runs a command within 1 GB beyond what an idle one has, and looks at how it ended.
  private func check(_ arguments: [String], _ name: String, _ what: String) throws {
    let process = try command.start(arguments, memory: 1 << 30)
    let asked = wait(process, Self.patience)
    if !asked { process.send(SIGTERM) }
    let ended = asked || wait(process, Self.patience)
    process.send(SIGKILL)
    let result = try process.finish()
    #expect(ended, "\(name) does not end: \(arguments)\n\(what)")
    let isCrash = result.wasKilled && ![SIGTERM, SIGKILL].contains(result.status)
    #expect(
      !isCrash && (0...2).contains(result.status) || (result.wasKilled && !isCrash),
      "\(name) ends with \(result.status): \(arguments)\n\(result.errors)\n\(what)")
    if !result.wasKilled, result.status != 0 {
      let line = result.errors.split(separator: "\n").last ?? ""
      #expect(line.hasPrefix("sinew: ") && !line.contains("NSCocoa"), "\(name): \(result.errors)")
    }
    // The command's files of output would add up.
    for file in [process.output, process.errors] { try? FileManager.default.removeItem(at: file) }
  }

  private func wait(_ process: Command.Started, _ seconds: Double) -> Bool {
    for _ in 0..<Int(seconds * 200) {
      if !process.process.isRunning { return true }
      usleep(5000)
    }
    return !process.process.isRunning
  }
}

/// Seeded mutations.
private struct Noise {
  private var state: UInt64

  init(_ seed: UInt64, _ kind: String, _ number: Int) {
    state = kind.utf8.reduce(seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    for _ in 0..<4 { _ = next() }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(count, 1))) }

  mutating func element<Element>(_ all: [Element]) -> Element { all[below(all.count)] }

  private static let integers = [
    "0", "-1", "1", "2", "3", "4", "7", "8", "16", "100", "1000", "65536", "1000000", "1000000000", "2147483648",
    "4294967296",
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e17",
  ]
  private static let numbers = [
    "0", "-1", "1", "0.5", "-0.0", "1e-320", "1e-9", "0.999", "2", "1e6", "1e17", "1e38", "1e308", "-1e308", "1e400",
    ".nan",
    ".inf", "-.inf",
  ]
  private static let lists = [
    "[]", "[0]", "[1]", "[-1]", "[4, 4]", "[64]", "[1, 2]", "[1000000, 1000000]", "[9223372036854775807]", "[8, 8, 8]",
    "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
    "[\"frame_stack:1000\", \"frame_stack:1000\"]",
    "[\"observation_delay:1000\"]", "[\"frame_stack:2\", normalise_observation]", "[normalise_reward]", "[\"mass=2\"]",
  ]
  private static let words = [
    "null", "~", "true", "false", "''", "x", "{}", "{a: 1}", "\"\\u001b[2J\"", "unet", "mlp", "epsilon", "velocity",
    "sample",
    "flow-velocity", "exponential", "bf16", "return", "advantage", "top-1%", "top-1e-9%", "pendulum", "none", "../x",
  ]

  /// Values that people and enemies write, most of them of the kind of what is there.
  private mutating func value(like old: String = "") -> String {
    let all = [Self.integers, Self.numbers, Self.lists, Self.words]
    guard below(5) > 0 else { return element(element(all)) }
    let text = old.trimmingCharacters(in: .whitespaces)
    if text.isEmpty { return element(element(all)) }
    if Int(text) != nil { return element(Self.integers) }
    if Double(text) != nil { return element(Self.numbers) }
    return text.hasPrefix("[") ? element(Self.lists) : element(Self.words)
  }

  /// One to three changes of the lines of a YAML file.
  mutating func mutatedSettings(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0...below(3) {
      let index = below(lines.count)
      switch below(12) {
      case 0: lines.remove(at: index)
      case 1: lines.insert(lines[index], at: index)
      case 2: lines[index] = String(decoding: mutatedBytes(Data(lines[index].utf8)), as: UTF8.self)
      default:
        if let colon = lines[index].firstIndex(of: ":") {
          lines[index] =
            lines[index][...colon] + " " + value(like: String(lines[index][lines[index].index(after: colon)...]))
        }
      }
      if lines.isEmpty { lines = [""] }
    }
    return lines.joined(separator: "\n")
  }

  private mutating func mutatedBytes(_ data: Data) -> Data {
    var bytes = Array(data)
    guard !bytes.isEmpty else { return data }
    switch below(4) {
    case 0: bytes.removeLast(below(bytes.count) + 1)
    case 1:
      let place = below(bytes.count)
      bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(16)))
    default: for _ in 0...below(8) { bytes[below(bytes.count)] = UInt8(truncatingIfNeeded: next()) }
    }
    return Data(bytes)
  }

  /// A safetensors file with other bytes, other numbers in its arrays, or a header that says something else.
  mutating func mutatedArrays(_ data: Data) -> Data {
    guard below(5) > 0, data.count > 8 else { return mutatedBytes(data) }
    let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    guard length < data.count - 8,
      var header = (try? JSONSerialization.jsonObject(with: data[8..<8 + length])) as? [String: Any]
    else { return mutatedBytes(data) }
    var body = Array(data[(8 + length)...])
    for _ in 0...below(2) {
      switch below(6) {
      case 0, 1:
        // A number of an array becomes an extreme one.
        let patterns: [UInt64] = [
          0x7FF8_0000_7FC0_0000, 0x7FF0_0000_7F80_0000, 0xFFF0_0000_FF80_0000, .max, 1 << 63, 0, 0xBFF0_0000_BF80_0000,
          0x7FEF_FFFF_7F7F_FFFF, UInt64(Int64.max), 1 << 53,
        ]
        let pattern = element(patterns)
        let place = below(max(body.count / 8, 1)) * 8
        for offset in 0..<8 where place + offset < body.count {
          body[place + offset] = UInt8(truncatingIfNeeded: pattern >> (8 * UInt64(offset)))
        }
      case 2:
        var metadata = header["__metadata__"] as? [String: String] ?? [:]
        guard let key = metadata.isEmpty ? nil : element(metadata.keys.sorted()) else { continue }
        if key == "configuration", let text = metadata[key] {
          metadata[key] = mutatedSettings(text)
        } else {
          metadata[key] = below(4) == 0 ? nil : value()
        }
        if below(4) == 0 { metadata["shape.\(element(header.keys.sorted()))"] = "\(value()) \(value())" }
        header["__metadata__"] = metadata
      case 3:
        header[element(header.keys.sorted())] = nil
      default:
        let name = element(header.keys.sorted())
        guard var entry = header[name] as? [String: Any], name != "__metadata__" else { continue }
        switch below(3) {
        case 0: entry["dtype"] = element(["F32", "F64", "U64", "BF16", "U8", "X"])
        case 1: entry["shape"] = (0..<below(4)).map { _ in element([0, 1, 2, 4, 1 << 31, 1 << 52, -1]) }
        default: entry["data_offsets"] = [below(body.count + 1), below(body.count + 1)]
        }
        header[name] = entry
      }
    }
    guard let json = try? JSONSerialization.data(withJSONObject: header, options: [.sortedKeys]) else { return data }
    var size = UInt64(json.count).littleEndian
    return withUnsafeBytes(of: &size) { Data($0) } + json + Data(body)
  }
}
