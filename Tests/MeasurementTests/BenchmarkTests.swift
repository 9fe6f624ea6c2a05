import Foundation
import SinewAllocationCounter
import SinewSettings
import SinewTensor
import SinewTraining
import Testing

@testable import SinewMeasurement

@Suite(.serialized) struct BenchmarkTests {
  private func benchmark(batchSize: Int? = nil, hiddenSizes: [Int]? = nil) throws -> UpdateBenchmark {
    var benchmark = UpdateBenchmark(try Algorithm.named("sac").with(batchSize: batchSize, hiddenSizes: hiddenSizes))
    (benchmark.seconds, benchmark.transitionCount, benchmark.threads) = (0, 100, 1)
    return benchmark
  }

  private func keys(_ value: some Encodable) throws -> Set<String> {
    let json = try ValueTree(encoding: value).indentedJSON
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    return Set(try #require(object).keys)
  }

  /// SAC's products, counted by hand for 17 observations, 6 actions, two hidden layers of 256 and 256 transitions.
  @Test func productsOfAnUpdateAreThoseOfTheEquations() throws {
    let measurement = try benchmark().measure()
    // Forward: critics on (s, a), actor on s′, target critics on (s′, a′), actor on s, critics on (s, ã), three layers
    // each. Backward: critics by three weights and two activations; critics by three inputs, down to ã; actor by three
    // weights and two activations. Both critics share a product.
    let count: Int = 5 * 3 + (3 + 2) + 3 + (3 + 2)
    #expect(measurement.gemmsPerUpdate == Double(count))

    let critic: Int = 2 * (23 * 256 + 256 * 256 + 256 * 1)
    let actor: Int = 17 * 256 + 256 * 256 + 256 * 12
    let criticBackward: Int = critic + 2 * (256 * 256 + 256 * 1)
    let actorBackward: Int = actor + 256 * 256 + 256 * 12
    // Of their first layer's input only ã; rows whose gradient is zero, as the other critic is less there, are counted.
    let criticToAction: Int = 2 * (6 * 256 + 256 * 256 + 256 * 1)
    let multiplyAdds: Int = 256 * (3 * critic + 2 * actor + criticBackward + criticToAction + actorBackward)
    #expect(measurement.flopPerUpdate == Double(2 * multiplyAdds))
  }

  @Test func sizesCanBeChosen() throws {
    let measurement = try benchmark(batchSize: 32, hiddenSizes: [16, 24, 8]).measure()
    #expect(measurement.batchSize == 32 && measurement.hiddenSizes == [16, 24, 8])
    let count: Int = 5 * 4 + (4 + 3) + 4 + (4 + 3)
    #expect(measurement.gemmsPerUpdate == Double(count))
    #expect(throws: UsageError.self) { try benchmark(batchSize: 0).measure() }
  }

  @Test func differentProductsAreListedOnce() throws {
    let products = try benchmark().products()
    #expect(Set(products).count == products.count)
    #expect(products.contains(ProductShape(rows: 256, columns: 256, depth: 256)))
    #expect(products.contains { $0.members == 2 && $0.columns == 1 && $0.depth == 256 })
    #expect(Set(products.map(\.layout)) == ["nn", "tn", "nt"])
  }

  /// Whatever an update is made of, once recorded it allocates nothing.
  @Test(arguments: [
    "sac", "tqc", "crossq", "xqc", "flash-sac", "simba-v2", "fast-td3", "fast-sac", "awac", "cql", "rebrac", "edac",
    "a2pr",
  ])
  func updatesAllocateNothing(name: String) throws {
    guard sinew_counts_allocations() else { return }
    var tree = try Algorithm.named(name).with(batchSize: 16, hiddenSizes: [16, 16]).hyperparameters
    _ = tree.replace("critic_hidden_sizes", with: .list([.integer(16)]))
    var benchmark = UpdateBenchmark(try Algorithm.named(name).with(hyperparameters: tree))
    (benchmark.seconds, benchmark.transitionCount, benchmark.threads) = (0, 100, 1)
    // Of this thread: other tests allocate at the same time.
    let measurement = try benchmark.measure(allocationCount: { sinew_allocation_count_of_thread() })
    #expect(measurement.allocationsPerUpdate == 0)
  }

  @Test func allocationsAreCounted() throws {
    guard sinew_counts_allocations() else { return }
    var kept: [UnsafeMutableRawPointer] = []
    kept.reserveCapacity(64)
    // Other tests allocate at the same time, on threads of their own.
    func count(_ body: () -> Void) -> UInt64 {
      let (before, all) = (sinew_allocation_count_of_thread(), sinew_allocation_count())
      body()
      let counted = sinew_allocation_count_of_thread() - before
      #expect(sinew_allocation_count() - all >= counted)
      return counted
    }
    #expect(count {} == 0)
    #expect(count { kept.append(.allocate(byteCount: 100, alignment: 8)) } == 1)
    #expect(count { kept.append(.allocate(byteCount: 100, alignment: 64)) } == 1, "aligned")
    #expect(count { if let copy = strdup("made by the C library") { kept.append(UnsafeMutableRawPointer(copy)) } } == 1)
    for memory in kept { free(memory) }
  }

  @Test func anUpdateReportsWhatItIsAskedFor() throws {
    var calls: UInt64 = 0
    let measurement = try benchmark(batchSize: 8, hiddenSizes: [8]).measure(allocationCount: {
      calls += 1_000_000
      return calls
    })
    #expect(try #require(measurement.allocationsPerUpdate) >= 10_000)
    let expected: Set = [
      "algo", "precision", "threads", "ms_per_update", "ms_per_update_min", "ms_per_update_p90", "gemm_ms",
      "allocations_per_update", "instruction_set", "updates_per_second", "flop_per_update", "share_of_peak",
    ]
    #expect(try expected.subtracting(keys(measurement)).isEmpty)
    #expect(try keys(benchmark(batchSize: 8, hiddenSizes: [8]).measure()).contains("allocations_per_update"))
    #expect(measurement.msPerUpdate > 0 && measurement.gemmMs > 0 && measurement.peakGflopPerSecond > 0)
    #expect(
      measurement.msPerUpdateMin <= measurement.msPerUpdate && measurement.msPerUpdate <= measurement.msPerUpdateP90)
  }

  @Test func threadsAreAsBeforeAfterAMeasurement() throws {
    let before = Execution.threads
    var benchmark = try benchmark(batchSize: 8, hiddenSizes: [8])
    benchmark.threads = before + 1
    #expect(try benchmark.measure().threads == before + 1)
    #expect(Execution.threads == before)
  }

  @Test func productsAreMeasuredInEveryLayoutAndNumberOfThreads() throws {
    let shapes = [
      ProductShape(rows: 5, columns: 4, depth: 3),
      ProductShape(members: 2, rows: 5, columns: 4, depth: 3, transposesLeft: true),
      ProductShape(members: 2, rows: 5, columns: 4, depth: 3, transposesRight: true),
    ]
    var benchmark = ProductBenchmark(shapes, threadCounts: [1, 2])
    benchmark.seconds = 0
    let measurement = benchmark.measure()
    #expect(measurement.products.map(\.layout) == ["nn", "tn", "nt", "nn", "tn", "nt"])
    #expect(measurement.products.map(\.threads) == [1, 1, 1, 2, 2, 2])
    #expect(measurement.products.map(\.members) == [1, 2, 2, 1, 2, 2])
    #expect(measurement.products.allSatisfy { $0.gflopPerSecond > 0 })
    let expected: Set = ["rows", "columns", "depth", "layout", "threads", "gflop_per_second", "share_of_peak"]
    #expect(try expected.subtracting(keys(measurement.products[0])).isEmpty)
  }

  @Test func latenciesAreReportedForEveryPolicy() throws {
    var benchmark = LatencyBenchmark()
    (benchmark.calls, benchmark.chunkCalls) = (20, 3)
    let measurement = try benchmark.measure()
    #expect(measurement.action.calls == 20 && measurement.diffusion.calls == 3 && measurement.flow.calls == 3)
    #expect(try keys(measurement).isSuperset(of: ["action", "diffusion", "flow", "threads", "instruction_set"]))
    #expect(try keys(measurement.action).isSuperset(of: ["p50_us", "p99_us", "calls", "allocations_per_call"]))
  }
}
