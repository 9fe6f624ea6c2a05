import ArgumentParser
import Foundation

/// A family of environments that policies are evaluated over.
struct FamilyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Evaluate over a family: a YAML file whose key 'parameters' lists mass=uniform:0.8,1.2 and others.",
      valueName: "file"))
  var family: String?

  @Option(help: ArgumentHelp("Members of the family, drawn by the seed.", valueName: "n"))
  var members = 20

  @Option(
    help: ArgumentHelp(
      "Another run or policy, over the same members: how often is it ranked otherwise? Repeatable.", valueName: "run"))
  var against: [String] = []

  func validate() throws {
    try requireOption("members", members, in: 1...10_000)
    if family == nil && !against.isEmpty { throw ValidationError("--against is for --family") }
  }

  /// What the members' parameters are drawn from. Throws `UsageError` naming the file.
  func distributions(in file: String) throws -> [ParameterAssignment] {
    var tree = try ValueTree(encoding: Contents(parameters: []))
    try tree.overlay(yamlFile: URL(filePath: file))
    let texts = try tree.decoded(as: Contents.self).parameters
    if texts.isEmpty { throw UsageError("\(file): parameters lists nothing, such as mass=uniform:0.8,1.2") }
    let family = try texts.map { text in
      do { return try ParameterAssignment(text) } catch { throw UsageError("\(file): parameters: \(error)") }
    }
    if let twice = Dictionary(grouping: family, by: \.name).first(where: { $1.count > 1 })?.key {
      throw UsageError("\(file): parameters: \(twice) is there twice")
    }
    return family
  }

  private struct Contents: Codable {
    var parameters: [String]
  }
}

extension Evaluate {
  /// Evaluates policies in every member of a family, in the same episodes, and prints what they are worth over it.
  func runFamily(_ file: String, policy: any Policy, saved: RunFolder.SavedLearner) throws {
    let distributions = try family.distributions(in: file)
    let members = FamilyEvaluation.draw(distributions, count: family.members, seed: seed)
    let reference = self.environment.map { environmentReference($0) } ?? saved.environment
    let others = try family.against.map { name in
      let other = try RunFolder.SavedLearner.named(name, checkpoint: checkpoint)
      return (name: name, saved: other, policy: other.policy)
    }
    // What cannot act there, or have these values, is said before anything runs.
    let entrants = try ([(name: runFolder, saved: saved, policy: policy)] + others).map { name, saved, policy in
      let environment = try saved.makeEnvironment(
        reference == saved.environment ? nil : reference, adjusting: gymnasium.adjust)
      do { try environment.setParameters(distributions) } catch { throw UsageError("\(file): \(error)") }
      do { _ = try EpisodeRunner(policy: policy, environment: environment) } catch {
        throw UsageError("\(name): \(error)")
      }
      return (name: name, policy: policy, environment: environment)
    }
    let progress = ProgressLine()
    defer { progress.close() }
    let results = try entrants.map { name, policy, environment in
      let evaluation = try FamilyEvaluation(
        of: policy, in: environment, members: members, episodes: episodes, seed: seed,
        afterEpisode: { done in progress.tick { "\(name): episode \(done)/\((members.count + 1) * episodes)" } })
      return (name: name, family: evaluation)
    }
    progress.close()
    let report = FamilyReport(distributions: distributions, results: results)
    try output.print(report.text, json: report.json)
  }
}

/// What was measured over a family, for people and for programs.
private struct FamilyReport {
  let distributions: [ParameterAssignment]
  let results: [(name: String, family: FamilyEvaluation)]

  private static func columns(_ estimate: FamilyEvaluation.Estimate) -> [String] {
    [figure(estimate.value), "\(figure(estimate.interval.lowerBound)) to \(figure(estimate.interval.upperBound))"]
  }

  var text: String {
    guard let first = results.first?.family else { return "" }
    let heading =
      "\(first.members.count) members of \(first.nominal.environment) with "
      + "\(distributions.map(\.description).joined(separator: ", ")); \(first.nominal.returns.count) episodes in each, "
      + "seed \(first.nominal.seed)"
    let header = ["", "nominal", "over the family", "95 % interval", "worst tenth", "95 % interval"]
    let rows = results.map { result in
      [result.name, figure(result.family.nominal.returnMean)] + Self.columns(result.family.mean)
        + Self.columns(result.family.worstDecile)
    }
    let rankings = pairs.map { pair in
      let (one, other) = (results[pair.first], results[pair.second])
      let isOver = one.family.nominal.returnMean > other.family.nominal.returnMean
      let interval = pair.flips.interval
      return
        "\(isOver ? one.name : other.name) is better than \(isOver ? other.name : one.name) in the nominal environment, "
        + "and worse in \(figure(100 * pair.flips.value)) % of members (95 % interval "
        + "\(figure(100 * interval.lowerBound)) to \(figure(100 * interval.upperBound)) %)"
    }
    return ([heading] + aligned([header] + rows) + rankings).joined(separator: "\n")
  }

  private var pairs: [(first: Int, second: Int, flips: FamilyEvaluation.Estimate)] {
    results.indices.flatMap { first in
      results.indices.dropFirst(first + 1).map { second in
        (first, second, results[first].family.flips(against: results[second].family))
      }
    }
  }

  var json: ValueTree {
    func tree(_ estimate: FamilyEvaluation.Estimate) -> ValueTree {
      .table([
        ValueTree.Entry("value", .number(estimate.value)),
        ValueTree.Entry(
          "ci95", .list([.number(estimate.interval.lowerBound), .number(estimate.interval.upperBound)])),
      ])
    }
    let policies = results.map { result -> ValueTree in
      let family = result.family
      let members = zip(family.members, family.evaluations).map { member, evaluation -> ValueTree in
        .table([
          ValueTree.Entry("parameters", .list(member.map { .text($0.description) })),
          ValueTree.Entry("returnMean", .number(evaluation.returnMean)),
          ValueTree.Entry("returns", .list(evaluation.returns.map { .number($0) })),
        ])
      }
      return .table([
        ValueTree.Entry("run", .text(result.name)), ValueTree.Entry("nominal", .number(family.nominal.returnMean)),
        ValueTree.Entry("mean", tree(family.mean)), ValueTree.Entry("worstDecile", tree(family.worstDecile)),
        ValueTree.Entry("members", .list(members)),
      ])
    }
    let rankings = pairs.map { pair -> ValueTree in
      .table([
        ValueTree.Entry("first", .text(results[pair.first].name)),
        ValueTree.Entry("second", .text(results[pair.second].name)), ValueTree.Entry("flips", tree(pair.flips)),
      ])
    }
    return .table([
      ValueTree.Entry("environment", .text(results.first?.family.nominal.environment ?? "")),
      ValueTree.Entry("family", .list(distributions.map { .text($0.description) })),
      ValueTree.Entry("policies", .list(policies)), ValueTree.Entry("rankings", .list(rankings)),
    ])
  }
}
