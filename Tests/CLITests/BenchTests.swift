import Foundation
import Testing

/// The figures that `sinew bench` prints for programs.
struct BenchTests {
  let command: Command

  init() throws { command = try Command() }

  private func figures(_ arguments: String, environment: [String: String] = [:]) throws -> [String: Any] {
    let words = arguments.split(separator: " ").map(String.init)
    let result = try command.start(words, environment: environment).finish()
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(object as? [String: Any])
  }

  @Test(arguments: [1, 2]) func anUpdateAllocatesNothingAndIsTraced(threads: Int) throws {
    let trace = command.path("trace.json")
    let result = try figures(
      "bench update --threads \(threads) --batch-size 64 --hidden 32,32 --seconds 0.01 --json",
      environment: ["SINEW_TRACE": trace.path])
    #expect(result["algo"] as? String == "sac" && result["precision"] as? String == "f32")
    #expect(result["threads"] as? Int == threads)
    for key in ["ms_per_update", "gemm_ms", "updates_per_second", "flop_per_update", "share_of_peak"] {
      #expect(try #require(result[key] as? Double, "\(key)") > 0)
    }
    #expect(result["allocations_per_update"] as? Double == 0)

    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: trace)) as? [String: Any]
    let events = try #require(file?["traceEvents"] as? [[String: Any]])
    let numbers = events.filter { $0["ph"] as? String == "X" }
      .compactMap { ($0["args"] as? [String: Any])?["instruction"] as? Int }
    #expect(Set(numbers) == Set(0..<(try #require(result["instructions_per_update"] as? Int))))
  }

  @Test func bfloat16IsMeasuredToo() throws {
    let result = try figures("bench update --precision bf16 --batch-size 16 --hidden 16 --seconds 0 --json")
    #expect(result["precision"] as? String == "bf16")
  }

  @Test(arguments: ["baseline", "avx2", "avx512", "avx512bf16", "amx", "sse9"])
  func theEnvironmentChoosesTheInstructions(set: String) throws {
    let result = try command.start(
      ["bench", "latency", "--calls", "1", "--json"], environment: ["SINEW_INSTRUCTION_SET": set]
    ).finish()
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let used = try #require(object?["instruction_set"] as? String)
    #expect(result.status == 0 && !used.isEmpty)
    // A machine that lacks the set says so.
    #expect(used == set ? result.errors.isEmpty : result.errors.hasPrefix("SINEW_INSTRUCTION_SET: \(set) is "))
    #expect(set != "baseline" || used == set)
    #expect(set != "sse9" || used != set)
  }

  /// Half the step, half the error, and the energy with it.
  @Test func mechanicsIsMeasured() throws {
    let result = try command.run(
      ["bench", "mechanics", "--scene", "geared", "--timesteps", "2,4", "--iterations", "20", "--json"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let rows = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(rows.map { $0["iterations"] as? Int } == [nil, nil, 20, 20])
    let errors = try rows.map { try #require($0["error"] as? Double) }
    let drifts = try rows.map { try #require($0["energy_drift"] as? Double) }
    #expect(errors[0] < 0.6 * errors[1] && errors[1] < 0.01 && drifts[0] < 0.6 * drifts[1] && drifts[1] < 0.02)
    #expect(try #require(rows[0]["times_real_time"] as? Double) > 0)
    for (option, value) in [("--timesteps", "3"), ("--iterations", "0"), ("--scene", "x")] {
      let refused = try command.run(["bench", "mechanics", option, value])
      #expect(refused.status == 2 && !refused.errors.isEmpty)
    }
  }

  @Test func stepsOfAnEnvironmentAreTimedAndAllocateNothing() throws {
    let result = try figures("bench env half-cheetah --num-envs 3 --threads 2 --steps 3000 --json")
    #expect(result["env"] as? String == "half-cheetah")
    #expect(result["num_envs"] as? Int == 3 && result["threads"] as? Int == 2)
    #expect(try #require(result["steps_per_second"] as? Double) > 0)
    // Where threads wait for each other the system may allocate now and then; a step does not.
    #expect(try #require(result["allocations_per_step"] as? Double) < 0.01)
  }

  /// Two processes, and one, two and five threads: the same bits.
  @Test(arguments: ["hopper", "ant --parameter mass=uniform:0.8,1.2 --parameter pushes.force=20"])
  func trajectoriesAreTheSameInEveryProcess(_ environment: String) throws {
    let digests = try [1, 2, 5, 1].map { threads in
      let result = try figures("bench env \(environment) --num-envs 5 --threads \(threads) --digest --json")
      return try #require(result["digest"] as? String)
    }
    #expect(digests[0].count == 16 && Set(digests).count == 1)
    #expect(try figures("bench env hopper --num-envs 4 --digest --json")["digest"] as? String != digests[0])
  }

  @Test func everyProductHasAFigure() throws {
    let result = try figures("bench gemm --batch-size 16 --hidden 16 --threads 2 --seconds 0 --json")
    let products = try #require(result["products"] as? [[String: Any]])
    #expect(products.allSatisfy { ($0["gflop_per_second"] as? Double ?? 0) > 0 })
    for threads in [1, 2] {
      let squares = products.filter { $0["rows"] as? Int == 1024 && $0["threads"] as? Int == threads }
      #expect(squares.compactMap { $0["layout"] as? String } == ["nn", "tn", "nt"])
    }
  }

  @Test(arguments: ["f32", "bf16"]) func trainingAnEncoderIsTimedAndAllocatesNothing(_ precision: String) throws {
    let result = try figures(
      "bench encoder --size 20 --frames 2 --batch-size 8 --seconds 0 --threads 2 --precision \(precision) --json")
    for key in ["ms_per_update", "cpu_ms_per_update"] { #expect(try #require(result[key] as? Double) > 0) }
    #expect(result["allocations_per_update"] as? Int == 0)
  }

  @Test func answersAreTimed() throws {
    let result = try figures("bench latency --calls 40 --json")
    for (key, calls) in [("action", 40), ("diffusion", 10), ("flow", 10)] {
      let latency = try #require(result[key] as? [String: Any])
      #expect(latency["calls"] as? Int == calls)
      #expect(latency["allocations_per_call"] as? Double == 0)
      #expect(try #require(latency["p50_us"] as? Double) <= #require(latency["p99_us"] as? Double))
    }
  }
}
