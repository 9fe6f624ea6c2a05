import SinewTensor
import SinewTestSupport
import Testing

struct MemoryDemandTests {
  @Test func theLargestPartIsNamed() {
    var demand = MemoryDemand()
    demand.add("small", 3, numbers: 10)
    demand.add("large", [7, 8], numbers: 1e30)
    #expect(demand.bytes == 4e30 + 40)
    #expect(throws: SizeError("large is [7, 8], which would take about 4e+15 PB of memory; there are 1 kB")) {
      try demand.check(within: 1000)
    }
    #expect(throws: Never.self) { try demand.check(within: 1e31) }
  }

  @Test func parametersAreThoseOfTheLayers() throws {
    var generator = RandomGenerator(seed: 0)
    let network = MLP([5, 7, 3], using: &generator)
    #expect(MemoryDemand.parameters(ofLayers: [5, 7, 3]) == Double(network.parameterCount))
  }

  @Test func thisMachineHasMemory() { #expect(MemoryDemand.memory > 1e8 && MemoryDemand.memory < 1e15) }

  @Test func countsAndNumbersThatCannotBeAreNamed() throws {
    var state = StateDictionary()
    state[words: "count"] = [1 << 54]
    state[doubles: "share"] = [1.5]
    state[floats: "weights"] = [0, .nan]
    #expect(throws: StateError("the array 'count' holds 18014398509481984, which is no count")) {
      try state.count("count")
    }
    #expect(throws: StateError("the array 'share' holds 1.5, which cannot be")) {
      try state.double("share", in: 0..<1)
    }
    #expect(throws: StateError("the array 'weights' holds nan at 1, expected finite numbers")) {
      try state.floats("weights", count: 2)
    }
  }
}
