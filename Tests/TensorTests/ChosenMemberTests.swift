import SinewKernels
import Testing

@testable import SinewTensor

/// The gradient through a choice among an ensemble's members, whose products leave rows and columns out.
@Suite(.serialized) struct ChosenMemberTests {
  private struct Case {
    let network: MLP
    let members: Int
    let observation, action: Tensor

    init(members: Int, rows: Int, activation: Activation) {
      var generator = RandomGenerator(seed: UInt64(rows))
      network = MLP([5, 24, 40, 1], members: members, activation: activation, using: &generator)
      self.members = members
      let stream = RandomStream(generator)
      (observation, action) = (stream.normal([rows, 3]), stream.normal([rows, 2]))
    }

    func values() -> Tensor { network(concatenated([observation, action], axis: -1)) }

    /// The gradient of the sum of what is chosen, by the actions.
    func gradient(_ chosen: (Tensor) -> Tensor) -> [Float] {
      let (_, gradients) = valueAndGradient(of: [action]) { chosen(values()).sum() }
      return gradients[action]?.floats ?? []
    }

    /// The same by a product with ones and zeros, of which the graph knows nothing.
    func gradient(where isChosen: (_ member: Int, _ row: Int) -> Bool) -> [Float] {
      let rows = action.shape[0]
      let mask = (0..<members).flatMap { member in (0..<rows).map { isChosen(member, $0) ? Float(1) : 0 } }
      return gradient { $0 * Tensor(mask, shape: [members, rows, 1]) }
    }
  }

  @Test(arguments: [1, 7, 300], [Activation.relu, .tanh, .silu])
  func gradientsAreThoseOfTheWholeProduct(rows: Int, activation: Activation) {
    for members in [2, 3] {
      let example = Case(members: members, rows: rows, activation: activation)
      let values = example.values().floats
      func smallest(_ row: Int) -> Int {
        (0..<members).min { values[$0 * rows + row] < values[$1 * rows + row] } ?? 0
      }
      #expect(example.gradient { $0.minimum(axis: 0) } == example.gradient { $0 == smallest($1) })
      #expect(example.gradient { $0.slice(1..<2, axis: 0) } == example.gradient { member, _ in member == 1 })
    }
  }

  @Test func theSameBitsForAnyNumberOfThreads() {
    let example = Case(members: 2, rows: 600, activation: .relu)
    let before = Execution.threads
    defer { Execution.threads = before }
    let results = [1, 2, 5].map { threads in
      Execution.threads = threads
      return example.gradient { $0.minimum(axis: 0) }
    }
    #expect(results[1] == results[0] && results[2] == results[0])
    Execution.threads = 1 << 20
    #expect(Execution.threads == Execution.mostThreads && (8...4096).contains(Execution.mostThreads))
  }

  /// Of the gradient by the first layer's inputs only the actions are multiplied.
  @Test func onlyUsedColumnsAreMultiplied() {
    let example = Case(members: 2, rows: 50, activation: .relu)
    let recorded = Recorded()
    let profiles = PlanProfile.plans { recorded([example.action]) { [Tensor(0)] + gradients(example) } }
    let products = profiles.flatMap(\.products)
    #expect(products.contains { $0.columns == 2 && $0.depth == 24 && $0.transposesRight }, "\(products)")
    #expect(!products.contains { $0.columns == 5 }, "\(products)")
  }

  private func gradients(_ example: Case) -> [Tensor] {
    let (_, gradients) = valueAndGradient(of: [example.action]) { example.values().minimum(axis: 0).sum() }
    return [gradients[example.action]].compactMap { $0 }
  }
}
