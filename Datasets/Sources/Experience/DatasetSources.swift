import SinewTensor

/// Transitions of a dataset, drawn with its trajectories' weights.
public final class DatasetTransitions: Source {
  private let dataset: Dataset
  private let sampler: TransitionSampler
  /// By row; empty where nobody asks.
  private let returnsToGo: [Float]

  /// Transitions of `dataset`.
  ///
  /// - Parameter returnDiscount: γ of ``Transitions/returnToGo``; nil where it is not wanted.
  public init(_ dataset: Dataset, _ weighting: TrajectoryWeighting = .none, returnDiscount: Float? = nil) {
    self.dataset = dataset
    sampler = TransitionSampler(dataset, weighting: weighting)
    returnsToGo = returnDiscount.map(dataset.returnsToGo) ?? []
  }

  public var isEmpty: Bool { dataset.count == 0 }

  public func fill(_ range: Range<Int>, of batch: Transitions, using generator: inout RandomGenerator) {
    let (observationSize, actionSize) = (dataset.info.observationSize, dataset.info.actionSize)
    precondition(
      batch.observation.shape[1] == observationSize && batch.action.shape[1] == actionSize,
      "a minibatch of other sizes than the dataset's")
    let (length, place, request) = (dataset.rowLength, observationSize + actionSize, batch.request)
    batch.withRows { rows in
      dataset.rows.forEachDrawn(
        range, length: length + observationSize, longest: request.steps * length + observationSize + actionSize
      ) { () -> (Int, (row: Int, left: Int)) in
        let (row, left) = sampler.drawRow(using: &generator)
        return (row * length, (row, left))
      } body: { index, row, note in
        let left = note.left
        rows.returnToGo?[index] = returnsToGo[note.row]
        rows.observation.setRow(index, to: row, count: observationSize)
        rows.action.setRow(index, to: row + observationSize, count: actionSize)
        var (reward, discount, steps) = (row[place], request.discount, 1)
        // Within the episode: its last step is the only one that may have terminated.
        while steps < min(request.steps, left) {
          reward += discount * row[steps * length + place]
          discount *= request.discount
          steps += 1
        }
        let end = row + (steps - 1) * length
        let isOver = end[place + 1] != 0
        rows.reward[index] = reward
        rows.discount[index] = isOver ? 0 : discount
        rows.nextObservation.setRow(index, to: end + length, count: observationSize)
        rows.nextAction?.setRow(
          index, to: (steps < left ? end + length : end) + observationSize, count: actionSize)
      }
    }
  }
}

/// Windows of a dataset's episodes, drawn with its trajectories' weights.
public final class DatasetWindows: Source {
  private let dataset: Dataset
  private let sampler: TransitionSampler

  /// Windows of `dataset`.
  public init(_ dataset: Dataset, _ weighting: TrajectoryWeighting = .none) {
    self.dataset = dataset
    sampler = TransitionSampler(dataset, weighting: weighting)
  }

  public var isEmpty: Bool { dataset.count == 0 }

  public func fill(_ range: Range<Int>, of batch: Windows, using generator: inout RandomGenerator) {
    precondition(
      batch.observationSize == dataset.info.observationSize && batch.actionSize == dataset.info.actionSize,
      "a minibatch of other sizes than the dataset's")
    batch.observation.withMutableFloats { observation in
      batch.action.withMutableFloats { action in
        for index in range {
          let (episode, step) = sampler.draw(using: &generator)
          fill(batch, index, dataset.episodes[episode], step, observation, action)
          if let outcome = batch.outcome { fill(outcome, batch.request, index, dataset.episodes[episode], step) }
        }
      }
    }
  }

  /// The window at `step`: observations step − To + 1 … step, actions step − To + 1 … step − To + Tp; indices before or
  /// beyond the episode are those of its first or last step.
  private func fill(
    _ batch: Windows, _ index: Int, _ episode: Dataset.Episode, _ step: Int,
    _ observation: UnsafeMutableBufferPointer<Float>, _ action: UnsafeMutableBufferPointer<Float>
  ) {
    let (observationSize, actionSize) = (batch.observationSize, batch.actionSize)
    let rowLength = dataset.rowLength
    let first = step - batch.observationHorizon + 1
    let lowest = min(max(first, 0), episode.count - 1)
    let highest = min(max(first + batch.predictionHorizon - 1, step), episode.count - 1)
    let start = (episode.firstRow + lowest) * rowLength
    dataset.rows.withNumbers(from: start, atMost: (highest - lowest + 1) * rowLength) { numbers in
      func copy(
        _ step: Int, _ offset: Int, _ length: Int, _ target: UnsafeMutableBufferPointer<Float>, _ place: Int
      ) {
        let start = (min(max(step, 0), episode.count - 1) - lowest) * rowLength + offset
        for element in 0..<length { target[place * length + element] = numbers[start + element] }
      }
      for place in 0..<batch.observationHorizon {
        copy(first + place, 0, observationSize, observation, index * batch.observationHorizon + place)
      }
      for place in 0..<batch.predictionHorizon {
        copy(first + place, observationSize, actionSize, action, index * batch.predictionHorizon + place)
      }
    }
  }

  private func fill(
    _ outcome: Windows.Outcome, _ request: Windows.Request, _ index: Int, _ episode: Dataset.Episode, _ step: Int
  ) {
    let horizon = request.actions - request.observations + 1
    let taken = min(horizon, episode.count - step)
    let gamma = request.discount ?? 1
    var (reward, discount): (Float, Float) = (0, 1)
    for offset in 0..<taken {
      reward += discount * dataset.reward(inRow: episode.firstRow + step + offset)
      discount *= gamma
    }
    let isOver = step + taken == episode.count && episode.terminated
    outcome.reward.withMutableFloats { $0[index] = reward }
    outcome.discount.withMutableFloats { $0[index] = isOver ? 0 : discount }
    outcome.isTaken.withMutableFloats { floats in
      for offset in 0..<horizon { floats[index * horizon + offset] = offset < taken ? 1 : 0 }
    }
    let next = dataset.observation(inRow: episode.firstRow + step + taken)
    outcome.nextObservation.withMutableFloats { floats in
      for (offset, value) in next.enumerated() { floats[index * next.count + offset] = value }
    }
  }
}
