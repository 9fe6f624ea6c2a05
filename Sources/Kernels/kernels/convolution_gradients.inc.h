// The gradients of SINEW_CONVOLUTION by its images and by its weights.

namespace sinew {
namespace SINEW_SET {

/// The pixels that the same entries of the kernel reach: every stride-th, from a first one on. Their gradients are a
/// convolution of the results' gradients with those entries in reverse.
struct ReachedPixels {
  int64_t kind, stride, kernel, first, lead, entries, count;

  /// Along one side.
  ReachedPixels(const Convolution &c, int64_t kind, int64_t length) : kind(kind), stride(c.stride), kernel(c.kernel) {
    first = ((kind - c.padding) % stride + stride) % stride;
    entries = kind < kernel ? (kernel - kind - 1) / stride + 1 : 0;
    lead = entries - 1 - (first + c.padding - kind) / stride;
    count = first < length ? (length - first - 1) / stride + 1 : 0;
  }

  /// The kernel's entry for an entry of the windows.
  int64_t entry(int64_t index) const { return kind + (entries - 1 - index) * stride; }
};

template <class Pixels>
struct ByImages {
  const sinew_instruction &i;
  const Convolution c;

  explicit ByImages(const sinew_instruction &i) : i(i), c(i) {}

  static bool gains(const Convolution &c) { return c.channels >= 8 && c.kernel * c.kernel * c.outputs >= 16; }

  /// One kind of pixels.
  struct Kind {
    ReachedPixels y, x;
    Sweep sweep;
    RowBlocks blocks;
  };

  int64_t kinds() const { return c.stride * c.stride; }

  Kind kind(int64_t index) const {
    const ReachedPixels y(c, index / c.stride, c.height), x(c, index % c.stride, c.breadth);
    Windows2D w(c);
    w.height = c.outHeight;
    w.breadth = c.outBreadth;
    w.channels = c.outputs;
    w.kernelHeight = y.entries;
    w.kernelBreadth = x.entries;
    w.stride = 1;
    w.top = y.lead;
    w.left = x.lead;
    w.down = y.count;
    w.across = x.count;
    Sweep sweep = {w, c.channels, 0};
    return {y, x, sweep, RowBlocks(w, Pixels::numbers(c.outputs))};
  }

  /// Calls body(kind, its first block among all).
  template <class Body>
  void forEachKind(Body body) const {
    int64_t panels = 0, blocks = 0;
    for (int64_t index = 0; index < kinds(); ++index) {
      Kind one = kind(index);
      one.sweep.firstPanel = panels;
      body(one, blocks);
      panels += alignedFloats(one.sweep.template panelNumbers<Pixels>());
      blocks += one.blocks.count;
    }
  }

  struct Sizes {
    int64_t panels = 0, blocks = 0, rows = 0;
    uint16_t parts = 1;
  };

  Sizes sizes() const {
    Sizes sizes;
    forEachKind([&](const Kind &kind, int64_t) {
      const Windows2D &w = kind.sweep.windows;
      sizes.panels += alignedFloats(kind.sweep.template panelNumbers<Pixels>());
      sizes.blocks += kind.blocks.count;
      sizes.rows = std::max(
          sizes.rows, alignedFloats(w.spannedRows(kind.blocks.mostRows()) * w.span() * Pixels::numbers(c.outputs)));
    });
    sizes.parts = partCount(c.work(), 262144, std::max<int64_t>(sizes.blocks, 1));
    return sizes;
  }

  /// One row of results, where they do not lie side by side.
  int64_t rowNumbers() const { return c.stride > 1 ? alignedFloats(c.breadth * c.channels) : 0; }

  static Cut cut(const sinew_instruction &i) {
    const ByImages g(i);
    return {{partCount(g.c.weights(), 4096), g.sizes().parts}};
  }

  static size_t workspace(const sinew_instruction &i) {
    const ByImages g(i);
    const Sizes sizes = g.sizes();
    return static_cast<size_t>(sizes.panels + sizes.parts * (sizes.rows + g.rowNumbers())) * sizeof(float) + 64;
  }

  static void run(const sinew_instruction &i, const Part &part) {
    const ByImages g(i);
    float *const panels = reinterpret_cast<float *>(part.workspace);
    if (part.phase == 0) return g.forEachKind([&](const Kind &kind, int64_t) { g.pack(kind, panels, part); });
    const Sizes sizes = g.sizes();
    float *const memory = panels + sizes.panels + part.index * (sizes.rows + g.rowNumbers());
    const Range range = share(sizes.blocks, part);
    g.forEachKind([&](const Kind &kind, int64_t first) {
      const int64_t end = std::min(range.end - first, kind.blocks.count);
      for (int64_t index = std::max<int64_t>(range.begin - first, 0); index < end; ++index)
        g.run(kind, kind.blocks[index], panels, memory, memory + sizes.rows);
    });
  }

private:
  void pack(const Kind &kind, float *panels, const Part &part) const {
    const float *weights = static_cast<const float *>(i.pointer[2]);
    const Convolution &sizes = c;
    kind.sweep.template pack<Pixels>(
        panels, part, [&kind, weights, sizes](int64_t y, int64_t x, int64_t output, int64_t column, int64_t count) {
          const int64_t entry = kind.y.entry(y) * sizes.kernel + kind.x.entry(x);
          return loadStrided(
              weights + (entry * sizes.channels + column) * sizes.outputs + output, sizes.outputs, count);
        });
  }

  void run(const Kind &kind, const RowBlocks::Block &block, const float *panels, float *memory, float *results) const {
    const Windows2D &w = kind.sweep.windows;
    const bool isSpread = c.stride > 1;
    const BlockRows rows = blockRows<Pixels, false>(w, block, static_cast<const float *>(i.pointer[1]), memory);
    sinew_instruction result =
        isSpread ? resultOf(i, 0, w.across, c.channels, results)
                 : resultOf(i, i.mode, w.batch * w.down * w.across, c.channels, i.pointer[0]);
    if (!isSpread) result.pointer[4] = i.pointer[4];
    const Product product(result);
    for (int64_t row = 0; row < block.count(); ++row) {
      const int64_t y = block.rows.begin + row;
      kind.sweep.template multiply<Pixels>(
          rows.first + row * rows.pitch, rows.pitch, panels, product,
          isSpread ? 0 : (block.image * w.down + y) * w.across);
      if (isSpread) spread(kind, block.image * c.height + kind.y.first + y * c.stride, results);
    }
  }

  /// Puts a row of results where they belong, stride pixels apart.
  void spread(const Kind &kind, int64_t row, const float *results) const {
    for (int64_t x = 0; x < kind.x.count; ++x, results += c.channels) {
      const int64_t place = (row * c.breadth + kind.x.first + x * c.stride) * c.channels;
      float *out = static_cast<float *>(i.pointer[0]) + place;
      if (i.mode & SINEW_MATMUL_ACTIVATION_GRADIENT)
        applyUnaryGradient(
            i.mode >> 8, i.scalar[0], i.scalar[1], out, results, static_cast<const float *>(i.pointer[4]) + place,
            c.channels);
      else
        copyFloats(out, results, c.channels);
    }
  }
};

/// Every part has sums of its own, to which it adds its blocks; then the parts' are added up.
template <class Pixels>
struct ByWeights {
  const Convolution c;
  const Windows2D windows;
  const RowBlocks blocks;
  const uint16_t parts;

  explicit ByWeights(const sinew_instruction &i)
      : c(i), windows(c), blocks(windows, c.channels),
        parts(partCount(c.work(), 262144, std::max<int64_t>(std::min(blocks.count, mostParts(c)), 1))) {}

  /// Sums of large kernels take much memory: some 16 MB of it, or two parts.
  static int64_t mostParts(const Convolution &c) {
    return std::min<int64_t>(std::max<int64_t>(4194304 / std::max<int64_t>(c.weights(), 1), 2), 16);
  }

  static bool gains(const Convolution &c) {
    return c.outputs >= 8 && c.kernel * c.kernel * c.channels >= 16 && c.outBreadth > 1;
  }

  /// Of the weights, then of the biases.
  int64_t sums() const { return c.weights() + c.outputs; }
  /// Numbers of a row of results along which sums run.
  int64_t along() const { return quotientUp(c.outBreadth, Pixels::terms); }
  int64_t rowNumbers() const {
    return alignedFloats(windows.spannedRows(blocks.mostRows()) * windows.span() * c.channels);
  }
  int64_t partNumbers() const {
    return alignedFloats(sums()) + rowNumbers() + alignedFloats(blocks.mostRows() * along() * tileColumns);
  }

  static Cut cut(const sinew_instruction &i) {
    const ByWeights g(i);
    return {{g.parts, partCount(g.parts * g.sums(), 16384)}};
  }

  static size_t workspace(const sinew_instruction &i) {
    const ByWeights g(i);
    return static_cast<size_t>(g.parts * g.partNumbers()) * sizeof(float) + 64;
  }

  static void run(const sinew_instruction &i, const Part &part) {
    const ByWeights g(i);
    float *const memory = reinterpret_cast<float *>(part.workspace);
    if (part.phase == 1) {
      const Range range = share(g.sums(), part, 64);
      const int64_t weights = g.c.weights();
      g.addUp(memory, static_cast<float *>(i.pointer[0]), {range.begin, std::min(range.end, weights)}, 0);
      if (i.pointer[3])
        g.addUp(
            memory, static_cast<float *>(i.pointer[3]),
            {std::max<int64_t>(range.begin - weights, 0), range.end - weights}, weights);
      return;
    }
    float *const sums = memory + part.index * g.partNumbers();
    clearFloats(sums, g.sums());
    const Range range = share(g.blocks.count, part);
    for (int64_t index = range.begin; index < range.end; ++index) g.add(i, g.blocks[index], sums);
  }

private:
  /// Adds a block to the sums, behind which lies the part's other memory.
  void add(const sinew_instruction &i, const RowBlocks::Block &block, float *sums) const {
    float *const memory = sums + alignedFloats(this->sums()), *const packed = memory + rowNumbers();
    const BlockRows rows = blockRows<Pixels, true>(windows, block, static_cast<const float *>(i.pointer[1]), memory);
    const int64_t first = (block.image * c.outHeight + block.rows.begin) * c.outBreadth;
    const float *dy = static_cast<const float *>(i.pointer[2]) + first * c.outputs;
    if (i.pointer[3])
      sumColumns(sums + c.weights(), dy, c.outputs, block.count() * c.outBreadth, c.outputs, false);
    const sinew_instruction result =
        resultOf(i, SINEW_MATMUL_ACCUMULATE, c.kernel * c.kernel * c.channels, c.outputs, sums);
    const Product product(result);
    const int64_t step = c.stride * c.channels * Pixels::terms, length = c.kernel * c.channels;
    for (int64_t column = 0; column < c.outputs; column += tileColumns) {
      const int64_t count = std::min<int64_t>(c.outputs - column, tileColumns), wide = panelWidth(count);
      const float *panel = dy + column;
      int64_t panelStride = c.outputs;
      if (!Pixels::areNumbers || count != wide) {
        pack(packed, dy + column, block.count(), count, wide);
        panel = packed;
        panelStride = wide;
      }
      for (int64_t y = 0; y < c.kernel; ++y) {
        const Left left = {
            rows.first + y * rows.pitch, 1, step, nullptr, block.count(), c.stride * rows.pitch - along() * step};
        multiplyStretches<typename Pixels::Terms>(
            left, length, panel, panelStride, along(), Target(product, 0, y * length, column, count));
      }
    }
  }

  /// Rows of results' gradients as a panel.
  void pack(float *panel, const float *dy, int64_t rows, int64_t columns, int64_t wide) const {
    const int64_t stride = c.outputs;
    for (int64_t row = 0; row < rows; ++row, dy += c.outBreadth * stride)
      for (int64_t x = 0; x < c.outBreadth; x += Pixels::terms, panel += wide)
        for (int64_t v = 0; v < wide; v += width) {
          const int64_t count = std::min<int64_t>(columns - v, width);
          const float *const from = dy + x * stride + v;
          store(panel + v, Pixels::panelRow(c.outBreadth - x, [=](int64_t term) {
                  if (count <= 0) return splat(0.0f);
                  return count == width ? load(from + term * stride) : load(from + term * stride, count);
                }));
        }
  }

  /// out[j] = Σ over the parts, in order, of their sums from `first` on.
  void addUp(const float *memory, float *out, Range range, int64_t first) const {
    if (range.begin >= range.end) return;
    const int64_t count = range.end - range.begin;
    float *const to = out + range.begin;
    copyFloats(to, memory + first + range.begin, count);
    for (int64_t part = 1; part < parts; ++part) {
      const float *from = memory + part * partNumbers() + first + range.begin;
      forEachPacket(count, [=](int64_t, auto get, auto put) { put(to, get(to) + get(from)); });
    }
  }
};

}  // namespace SINEW_SET
}  // namespace sinew
