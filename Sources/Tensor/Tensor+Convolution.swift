import SinewKernels

extension Tensor {
  /// Windows of a sequence side by side: [batch, length, channels] → [batch, windows, kernel·channels], zeros beyond
  /// the ends.
  func windows(kernel: Int, stride: Int, padding: Int) -> Tensor {
    let (batch, length, channels) = (shape[0], shape[1], shape[2])
    let count = (length + 2 * padding - kernel) / stride + 1
    let dimensions = [batch, length, channels, kernel, stride, padding, count]
    return emit(
      sinew_instruction(SINEW_IM2COL, dimensions: dimensions), reads: [(1, self)],
      outputs: [(0, [batch, count, kernel * channels])], inputs: [self]
    ) { gradients in
      guard let gradient = gradients[0] else { return [nil] }
      return [gradient.summedWindows(to: self.shape, dimensions)]
    }[0]
  }

  /// The transpose of ``windows(kernel:stride:padding:)``: every window's numbers are added where they came from.
  func summedWindows(to shape: [Int], _ dimensions: [Int]) -> Tensor {
    emit(
      sinew_instruction(SINEW_COL2IM, dimensions: dimensions), reads: [(1, self)], outputs: [(0, shape)], inputs: [self]
    ) { gradients in
      [gradients[0].map { $0.windows(kernel: dimensions[3], stride: dimensions[4], padding: dimensions[5]) }]
    }[0]
  }

  /// Rows of a table: [rows, length] at whole-numbered `indices` [count] → [count, length]. The gradient is scattered
  /// back.
  public func rows(at indices: Tensor) -> Tensor {
    precondition(rank == 2 && indices.rank == 1, "rows(at:) takes a matrix and a vector")
    let dimensions = [indices.count, shape[1], shape[0]]
    return emit(
      sinew_instruction(SINEW_GATHER, dimensions: dimensions), reads: [(1, self), (2, indices)],
      outputs: [(0, [indices.count, shape[1]])], inputs: [self]
    ) { gradients in
      guard let gradient = gradients[0] else { return [nil] }
      return emit(
        sinew_instruction(SINEW_SCATTER_ADD, dimensions: dimensions), reads: [(1, gradient), (2, indices)],
        outputs: [(0, self.shape)])
    }[0]
  }
}
