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
              rows.forEachDrawn(batch.size, length: rowLength + observationSize) {
                sampler.drawRow(using: &generator) * rowLength
              } body: { index, row in
                observation.setRow(index, to: row, count: observationSize)
                action.setRow(index, to: row + observationSize, count: actionSize)
                reward[index] = row[place]
                terminated[index] = row[place + 1]
                nextObservation.setRow(index, to: row + rowLength, count: observationSize)
              }
            }
          }
        }
      }
    }
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
