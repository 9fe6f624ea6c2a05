import ArgumentParser
import Foundation

/// What is done to a trained policy at test time: composing it with others, steering it by a critic.
struct SteeringOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Act together with this run's policy, which has the weight; the run itself has the rest. Repeatable.",
      valueName: "run:weight"))
  var compose: [String] = []

  @Option(help: ArgumentHelp("Let the critic of this run choose among candidates.", valueName: "run"))
  var steer: String?

  @Option(help: ArgumentHelp("Candidates for each choice of --steer (default: 16).", valueName: "n"))
  var samples: Int?

  @Option(
    help: ArgumentHelp(
      "How --steer chooses: 0 takes the best, more is nearer to chance (default: 0.1).", valueName: "t"))
  var temperature: Double?

  @Option(
    name: .customLong("action-horizon"),
    help: ArgumentHelp("Actions of a plan that are carried out before the next.", valueName: "n"))
  var actionHorizon: Int?

  static let defaultSamples = 16
  static let defaultTemperature = 0.1

  func validate() throws {
    if steer == nil, samples != nil || temperature != nil {
      throw ValidationError("--samples and --temperature need --steer RUN")
    }
    if let samples { try requireOption("samples", samples, in: 1...100_000) }
    if let temperature, !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be 0 or more, not \(temperature)")
    }
    if let actionHorizon, actionHorizon < 1 {
      throw ValidationError("--action-horizon must be at least 1, not \(actionHorizon)")
    }
    _ = try weights()
  }

  var isUsed: Bool { !compose.isEmpty || steer != nil }

  /// The runs to compose with and their weights.
  private func weights() throws -> [(run: String, weight: Double)] {
    let parts = try compose.map { text in
      guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
        let weight = Double(text[text.index(after: colon)...]), (0...1).contains(weight)
      else { throw ValidationError("--compose \(text): expected RUN:WEIGHT with a weight from 0 to 1") }
      return (run: String(text[..<colon]), weight: weight)
    }
    let sum = parts.reduce(0) { $0 + $1.weight }
    if sum > 1 + 1e-9 {
      throw ValidationError("the weights of --compose sum to \(sum), which leaves nothing for the run")
    }
    return parts
  }

  /// The policy that acts: a run's own, composed and steered as asked.
  func policy(_ saved: RunFolder.SavedLearner, of run: String, seed: Int) throws -> any Policy {
    var policy = saved.policy
    if !compose.isEmpty {
      let others = try weights().map { part in
        (name: part.run, saved: try RunFolder.SavedLearner.named(part.run), weight: part.weight)
      }
      let rest = max(0, 1 - others.reduce(0) { $0 + $1.weight })
      policy = try RunFolder.SavedLearner.compose([(run, saved, rest)] + others, seed: seed)
    }
    if let steer {
      let (critic, owner) = try RunFolder(URL(filePath: steer)).loadCritic()
      policy = try saved.steer(
        policy, name: run, by: (critic, owner, steer), samples: samples ?? Self.defaultSamples,
        temperature: temperature ?? Self.defaultTemperature, seed: seed)
    }
    if let actionHorizon {
      guard let chunked = policy as? any ChunkPolicy else {
        throw UsageError("\(run) does not plan ahead: leave --action-horizon out")
      }
      guard actionHorizon <= chunked.horizons.maximumAction else {
        throw UsageError(
          "--action-horizon is \(actionHorizon), but a plan has \(chunked.horizons.maximumAction) actions")
      }
      chunked.horizons = chunked.horizons.acting(for: actionHorizon)
    }
    return policy
  }

  /// What was done, for programs.
  var entries: [ValueTree.Entry] {
    get throws {
      let composition = try weights().map { part in
        ValueTree.table([ValueTree.Entry("run", .text(part.run)), ValueTree.Entry("weight", .number(part.weight))])
      }
      var entries = composition.isEmpty ? [] : [ValueTree.Entry("compose", .list(composition))]
      if let steer {
        entries += [
          ValueTree.Entry("steer", .text(steer)), ValueTree.Entry("samples", .integer(samples ?? Self.defaultSamples)),
          ValueTree.Entry("temperature", .number(temperature ?? Self.defaultTemperature)),
        ]
      }
      return entries
    }
  }

  /// What was done, for people.
  var text: String? {
    let parts =
      compose.map { "composed with \($0)" }
      + (steer.map {
        [
          "steered by \($0), \(samples ?? Self.defaultSamples) candidates, temperature \(temperature ?? Self.defaultTemperature)"
        ]
      } ?? [])
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
