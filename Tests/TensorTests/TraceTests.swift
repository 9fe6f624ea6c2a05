import Foundation
import SinewKernels
import Testing

@testable import SinewTensor

@Suite(.serialized) struct TraceTests {
  private struct File: Decodable {
    struct Event: Decodable {
      struct Arguments: Decodable {
        var instruction: Int?
        var shape: String?
        var flop: Int?
        var name: String?
      }
      var ph: String
      var name: String
      var pid: Int
      var tid: Int?
      var ts: Double?
      var dur: Double?
      var args: Arguments
    }
    var traceEvents: [Event]
  }

  private func regression() -> (step: () -> Void, recorded: Recorded) {
    var generator = RandomGenerator(seed: 1)
    let model = MLP([3, 40, 2], activation: .relu, using: &generator)
    let optimiser = Adam(model, learningRate: 1e-3)
    let x = RandomStream(generator).normal([300, 3])
    let recorded = Recorded()
    let step = {
      _ = recorded([x]) {
        let (loss, gradients) = valueAndGradient(of: model) { model(x).squared().mean() }
        optimiser.update(gradients)
        return [loss]
      }
    }
    return (step, recorded)
  }

  @Test(arguments: [1, 2]) func theFileHoldsEveryInstruction(threads: Int) throws {
    let before = Execution.threads
    Execution.threads = threads
    defer { Execution.threads = before }
    let url = FileManager.default.temporaryDirectory.appending(path: "sinew-trace-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }

    let (step, recorded) = regression()
    let collection = PlanCollection()
    PlanCollection.$current.withValue(collection) { step() }
    step()
    let plan = try #require(collection.plans.last)
    let trace = Trace(url)
    plan.run(into: trace)
    plan.run(into: trace)

    let events = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).traceEvents
    for process in 1...2 {
      let work = events.filter { $0.ph == "X" && $0.pid == process }
      #expect(Set(work.compactMap(\.args.instruction)) == Set(0..<recorded.instructionCount))
      #expect(work.allSatisfy { ($0.dur ?? -1) >= 0 && ($0.ts ?? -1) >= 0 && !($0.args.shape ?? "").isEmpty })
      #expect(work.allSatisfy { (0..<threads).contains($0.tid ?? -1) })
      #expect(work.map { $0.ts ?? .nan }.min() == 0)
    }
    let names = Set(events.map(\.name))
    #expect(names.isSuperset(of: ["matmul + bias + relu", "matmul + bias", "adam", "mean"]), "\(names)")
    let first = try #require(events.first { $0.name == "matmul + bias + relu" })
    #expect(first.args.shape == "300×3 · 3×40" && first.args.flop == 2 * 300 * 3 * 40)
  }

  @Test func everyOperationHasAName() {
    for operation in 0..<Int32(SINEW_OPERATION_COUNT.rawValue) {
      var instruction = sinew_instruction()
      instruction.operation = operation
      #expect(!instruction.name.contains("operation \(operation)"), "operation \(operation) has no name")
    }
    for function in 0..<Int32(SINEW_UNARY_COUNT.rawValue) {
      #expect(!sinew_instruction(SINEW_UNARY, mode: function).name.hasPrefix("unary"), "function \(function)")
    }
    for function in 0..<Int32(SINEW_BINARY_COUNT.rawValue) {
      #expect(!sinew_instruction(SINEW_BINARY, mode: function).name.hasPrefix("binary"), "function \(function)")
    }
  }

  @Test func aFileThatCannotBeWrittenDoesNotStopTheWork() throws {
    let (step, _) = regression()
    let collection = PlanCollection()
    PlanCollection.$current.withValue(collection) { step() }
    let plan = try #require(collection.plans.last)
    plan.run(into: Trace(URL(filePath: "/nonexistent/trace.json")))
    #expect(plan.runCount == 2)
  }

  /// The products alone leave parameters and optimiser as they were; the next update does not notice them.
  @Test func productsAloneChangeNoParameters() {
    func trained(runsProducts: Bool) -> [Float] {
      var generator = RandomGenerator(seed: 2)
      let model = MLP([3, 20, 2], activation: .tanh, using: &generator)
      let optimiser = Adam(model, learningRate: 1e-2)
      let x = RandomStream(generator).normal([50, 3])
      let recorded = Recorded()
      var profiles: [PlanProfile] = []
      for _ in 0..<5 {
        profiles += PlanProfile.plans {
          recorded([x]) {
            let (loss, gradients) = valueAndGradient(of: model) { model(x).squared().mean() }
            optimiser.update(gradients)
            return [loss]
          }
        }
        if runsProducts { for profile in profiles { profile.runProducts() } }
      }
      return model.parameters.flatMap(\.value.floats)
    }
    #expect(trained(runsProducts: true) == trained(runsProducts: false))
  }

  @Test func productsAreThoseOfThePlan() throws {
    let (step, recorded) = regression()
    let profiles = PlanProfile.plans { step() }
    #expect(PlanProfile.plans { step() }.isEmpty, "a later run records nothing")
    let profile = try #require(profiles.first)
    #expect(profile.instructionCount == recorded.instructionCount && profile.runCount == 2)
    // Two layers forward, two weight gradients, and one gradient back through the second layer.
    var expected = [
      ProductShape(rows: 300, columns: 40, depth: 3), ProductShape(rows: 300, columns: 2, depth: 40),
      ProductShape(rows: 300, columns: 40, depth: 2, transposesRight: true),
      ProductShape(rows: 40, columns: 2, depth: 300, transposesLeft: true),
      ProductShape(rows: 3, columns: 40, depth: 300, transposesLeft: true),
    ]
    for product in profile.products {
      let place = try #require(expected.firstIndex(of: product), "\(product) is not expected")
      expected.remove(at: place)
    }
    #expect(expected.isEmpty, "\(expected)")
  }
}
