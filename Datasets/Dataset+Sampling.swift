import SinewTensor

extension Dataset {
  /// Fills `batch` with transitions that `sampler`, one of this dataset, draws.
  public func sample(
    into batch: Batch, from sampler: TransitionSampler, using generator: inout RandomGenerator
  ) {
    let (observationSize, actionSize) = (info.observationSize, info.actionSize)
    precondition(
      batch.observation.shape[1] == observationSize && batch.action.shape[1] == actionSize,
      "a minibatch of other sizes than the dataset's")
    batch.observation.withMutableFloats { observation in
      batch.action.withMutableFloats { action in
        batch.reward.withMutableFloats { reward in
          batch.nextObservation.withMutableFloats { nextObservation in
            batch.terminated.withMutableFloats { terminated in
              let place = observationSize + actionSize
              forEachDraw(batch.size, from: sampler, using: &generator) { index, row in
                copy(row, to: observation, at: index, observationSize)
                copy(row + observationSize, to: action, at: index, actionSize)
                reward[index] = row[place]
                terminated[index] = row[place + 1]
                copy(row + rowLength, to: nextObservation, at: index, observationSize)
              }
            }
          }
        }
      }
    }
  }

  /// Draws rows and hands each to `body`, which reads the transition that begins there.
  ///
  /// Rows are anywhere in a memory that no cache holds. So every cache line of a block of them is asked for first: these reads
  /// do not wait for each other, as those of `body` would.
  private func forEachDraw(
    _ count: Int, from sampler: TransitionSampler, using generator: inout RandomGenerator,
    body: (Int, UnsafePointer<Float>) -> Void
  ) {
    let last = rowLength + info.observationSize - 1
    rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      // Small enough for the stack; the second half takes what was read, so that it is read.
      withUnsafeTemporaryAllocation(of: (row: UnsafePointer<Float>, seen: Float).self, capacity: 32) { block in
        for start in stride(from: 0, to: count, by: block.count) {
          let size = min(block.count, count - start)
          for index in 0..<size { block[index].row = base + sampler.drawRow(using: &generator) * rowLength }
          for index in 0..<size {
            let row = block[index].row
            var seen = row[last]
            for offset in stride(from: 0, to: last, by: 16) { seen += row[offset] }
            block[index].seen = seen
          }
          for index in 0..<size { body(start + index, block[index].row) }
        }
      }
    }
  }

  private func copy(
    _ source: UnsafePointer<Float>, to target: UnsafeMutableBufferPointer<Float>, at row: Int, _ length: Int
  ) {
    target.baseAddress.map { ($0 + row * length).update(from: source, count: length) }
  }

  /// Fills `batch` with windows of episodes around the steps that `sampler` draws.
  public func sample(
    into batch: ChunkBatch, from sampler: TransitionSampler, using generator: inout RandomGenerator
  ) {
    precondition(
      batch.observationSize == info.observationSize && batch.actionSize == info.actionSize,
      "a minibatch of other sizes than the dataset's")
    batch.observation.withMutableFloats { observation in
      batch.action.withMutableFloats { action in
        rows.withUnsafeBufferPointer { rows in
          for index in 0..<batch.size {
            let (episode, step) = sampler.draw(using: &generator)
            fill(batch, index, episodes[episode], step, rows, observation, action)
          }
        }
      }
    }
  }

  /// The window at `step`: observations step − To + 1 … step, actions step − To + 1 … step − To + Tp; indices before or beyond the
  /// episode are those of its first or last step.
  private func fill(
    _ batch: ChunkBatch, _ index: Int, _ episode: Episode, _ step: Int, _ rows: UnsafeBufferPointer<Float>,
    _ observation: UnsafeMutableBufferPointer<Float>, _ action: UnsafeMutableBufferPointer<Float>
  ) {
    let (observationSize, actionSize) = (batch.observationSize, batch.actionSize)
    func copy(_ step: Int, _ offset: Int, _ length: Int, _ target: UnsafeMutableBufferPointer<Float>, _ place: Int) {
      let start = (episode.firstRow + min(max(step, 0), episode.count - 1)) * rowLength + offset
      for element in 0..<length { target[place * length + element] = rows[start + element] }
    }
    let first = step - batch.observationHorizon + 1
    for place in 0..<batch.observationHorizon {
      copy(first + place, 0, observationSize, observation, index * batch.observationHorizon + place)
    }
    for place in 0..<batch.predictionHorizon {
      copy(first + place, observationSize, actionSize, action, index * batch.predictionHorizon + place)
    }
  }
}
