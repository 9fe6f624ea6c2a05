// SINEW_CONVOLUTION, as a product whose left operand is read from the images where they lie: a window is several
// stretches, one in each of the image's rows that it spans. Where windows reach beyond the image, its rows are copied
// with zeros around them first, a block of rows at a time, which stays in the second cache.

namespace sinew {
namespace SINEW_SET {

/// Numbers of a block of image rows.
constexpr int64_t blockNumbers = 32768;

SINEW_INLINE void copyFloats(float *to, const float *from, int64_t count) {
  forEachPacket(count, [=](int64_t, auto get, auto put) { put(to, get(from)); });
}

SINEW_INLINE void clearFloats(float *to, int64_t count) {
  std::memset(to, 0, static_cast<size_t>(std::max<int64_t>(count, 0)) * sizeof(float));
}

inline int64_t alignedFloats(int64_t count) { return roundUp(count, 16); }

/// The sizes of a convolution instruction.
struct Convolution {
  int64_t batch, height, breadth, channels, kernel, stride, padding, outHeight, outBreadth, outputs;

  explicit Convolution(const sinew_instruction &i)
      : batch(i.dim[0]), height(i.dim[1]), breadth(i.dim[2]), channels(i.dim[3]), kernel(i.dim[4]), stride(i.dim[5]),
        padding(i.dim[6]), outHeight(i.dim[7]), outBreadth(i.dim[8]), outputs(i.dim[9]) {}

  int64_t weights() const { return kernel * kernel * channels * outputs; }
  /// Multiply-adds, zeros beyond the images included.
  int64_t work() const { return batch * outHeight * outBreadth * weights(); }
};

/// Windows over images [batch, height, breadth, channels]: `down` × `across` of them in each, `stride` apart; the first
/// begins `top` rows above the image and `left` columns beside it. Beyond the image lie zeros.
struct Windows2D {
  int64_t batch, height, breadth, channels, kernelHeight, kernelBreadth, stride, top, left, down, across;

  explicit Windows2D(const Convolution &c)
      : batch(c.batch), height(c.height), breadth(c.breadth), channels(c.channels), kernelHeight(c.kernel),
        kernelBreadth(c.kernel), stride(c.stride), top(c.padding), left(c.padding), down(c.outHeight),
        across(c.outBreadth) {}

  /// Whether a window reaches beyond the image.
  bool leavesImage() const {
    return top > 0 || left > 0 || (down - 1) * stride - top + kernelHeight > height ||
           (across - 1) * stride - left + kernelBreadth > breadth;
  }
  /// Pixels of an image row that windows span.
  int64_t span() const { return across > 0 ? (across - 1) * stride + kernelBreadth : 0; }
  /// Image rows under so many rows of windows.
  int64_t spannedRows(int64_t rows) const { return rows > 0 ? (rows - 1) * stride + kernelHeight : 0; }
};

/// Rows of windows that are worked on together: of one image, nearly equally many each time.
struct RowBlocks {
  int64_t down, inImage, count;

  /// `numbers`: of a pixel.
  RowBlocks(const Windows2D &w, int64_t numbers) : down(w.down) {
    const int64_t spanned = std::max<int64_t>(w.span() * std::max<int64_t>(numbers, 1) * w.stride, 1);
    inImage = quotientUp(down, std::max<int64_t>(blockNumbers / spanned, 1));
    count = w.across > 0 ? w.batch * inImage : 0;
  }

  struct Block {
    int64_t image;
    Range rows;
    int64_t count() const { return rows.end - rows.begin; }
  };
  Block operator[](int64_t index) const {
    const int64_t place = index % inImage;
    return {index / inImage, {down * place / inImage, down * (place + 1) / inImage}};
  }
  int64_t mostRows() const { return inImage > 0 ? quotientUp(down, inImage) : 0; }
  /// Parts for so many multiply-adds.
  uint16_t parts(int64_t work) const { return partCount(work, 262144, std::max<int64_t>(count, 1)); }
};

/// Pixels as they are multiplied in float32.
struct FloatPixels {
  using Terms = FloatTerms;
  /// Whether the images' own numbers can be read.
  static constexpr bool areNumbers = true;
  /// Terms of the depth that one number holds.
  static constexpr int64_t terms = 1;

  static int64_t numbers(int64_t channels) { return channels; }
  /// Writes a row of `span` pixels, of which [inside.begin, inside.end) are `from`'s and the others zero, for sums over
  /// channels.
  static void take(float *to, const float *from, Range inside, int64_t span, int64_t channels) {
    clearFloats(to, inside.begin * channels);
    copyFloats(to + inside.begin * channels, from + inside.begin * channels, (inside.end - inside.begin) * channels);
    clearFloats(to + inside.end * channels, (span - inside.end) * channels);
  }
  /// The same for sums over pixels that lie `stride` apart.
  static void takeAlong(float *to, const float *from, Range inside, int64_t span, int64_t channels, int64_t) {
    take(to, from, inside, span, channels);
  }
  /// One row of a panel, from the rows of its terms, of which so many are left.
  template <class Row>
  static SINEW_INLINE Packet panelRow(int64_t, Row row) { return row(0); }
};

/// A block of image rows as windows see it.
struct BlockRows {
  const float *first;
  /// Numbers from one row to the next.
  int64_t pitch;
};

/// The image rows under a block, where they lie if windows stay within the image, else copied with zeros around.
template <class Pixels, bool IsAlong>
BlockRows blockRows(const Windows2D &w, const RowBlocks::Block &block, const float *images, float *memory) {
  const float *const image = images + block.image * w.height * w.breadth * w.channels;
  const int64_t row = block.rows.begin * w.stride - w.top, count = w.spannedRows(block.count());
  if (Pixels::areNumbers && !w.leavesImage())
    return {image + (row * w.breadth - w.left) * w.channels, w.breadth * w.channels};
  const int64_t numbers = IsAlong ? w.channels : Pixels::numbers(w.channels), span = w.span();
  // Pixels of a row that lie in the image.
  const int64_t begin = std::min(std::max<int64_t>(w.left, 0), span);
  const Range inside = {begin, std::max(std::min(w.breadth + w.left, span), begin)};
  for (int64_t k = 0; k < count; ++k) {
    float *const to = memory + k * span * numbers;
    const float *from = image + ((row + k) * w.breadth - w.left) * w.channels;
    if (row + k < 0 || row + k >= w.height)
      clearFloats(to, span * numbers);
    else if (IsAlong)
      Pixels::takeAlong(to, from, inside, span, w.channels, w.stride);
    else
      Pixels::take(to, from, inside, span, w.channels);
  }
  return {memory, span * numbers};
}

/// How wide the panel of a strip of columns is.
inline int64_t panelWidth(int64_t columns) { return columns <= width ? width : tileColumns; }

/// Rows of a product, whose depth comes in stretches, against one panel.
template <class Terms>
inline void multiplyStretches(
    const Left &left, int64_t rows, const float *panel, int64_t panelStride, int64_t depth, const Target &target) {
  if (target.columns <= width)
    multiplyRows<Terms, 1, tileRows, false, true>(left, rows, panel, panelStride, depth, target);
  else
    multiplyRows<Terms, tileVectors, tileRows, false, true>(left, rows, panel, panelStride, depth, target);
}

/// A result as a product's, without operands: `columns` wide.
inline sinew_instruction resultOf(const sinew_instruction &i, int mode, int64_t rows, int64_t columns, void *out) {
  sinew_instruction product = {};
  product.operation = SINEW_MATMUL;
  product.mode = mode;
  product.dim[0] = 1;
  product.dim[1] = rows;
  product.dim[2] = columns;
  std::copy_n(i.scalar, 4, product.scalar);
  product.pointer[0] = out;
  return product;
}

/// Windows against the weights of one kind, results of `columns` numbers a window.
struct Sweep {
  Windows2D windows;
  int64_t columns;
  /// Where its panels begin, in numbers.
  int64_t firstPanel;

  int64_t strips() const { return quotientUp(columns, tileColumns); }
  template <class Pixels>
  int64_t depth() const { return windows.kernelHeight * windows.kernelBreadth * Pixels::numbers(windows.channels); }
  template <class Pixels>
  int64_t panelNumbers() const { return strips() * depth<Pixels>() * tileColumns; }

  /// Packs the panels' share of rows; weight(y, x, channel, column, count) gives `count` columns of a kernel entry.
  template <class Pixels, class Weight>
  void pack(float *memory, const Part &part, Weight weight) const {
    const int64_t perEntry = Pixels::numbers(windows.channels), all = depth<Pixels>();
    const Range rows = share(all, part);
    for (int64_t strip = 0; strip < strips(); ++strip) {
      const int64_t column = strip * tileColumns, wide = panelWidth(columns - column);
      float *const panel = memory + firstPanel + strip * all * tileColumns;
      for (int64_t row = rows.begin; row < rows.end; ++row) {
        const int64_t entry = row / perEntry, channel = row % perEntry * Pixels::terms;
        for (int64_t v = 0; v < wide; v += width) {
          const int64_t count = std::min<int64_t>(columns - column - v, width);
          store(panel + row * wide + v, Pixels::panelRow(windows.channels - channel, [=](int64_t term) {
                  return count <= 0 ? splat(0.0f)
                                    : weight(
                                          entry / windows.kernelBreadth, entry % windows.kernelBreadth, channel + term,
                                          column + v, count);
                }));
        }
      }
    }
  }

  /// One row of windows against all panels; `row` counts results within `target`'s.
  template <class Pixels>
  void multiply(const float *at, int64_t pitch, const float *memory, const Product &result, int64_t row) const {
    const int64_t perEntry = Pixels::numbers(windows.channels), length = windows.kernelBreadth * perEntry;
    const Left left = {at, windows.stride * perEntry, 1, nullptr, windows.kernelHeight, pitch - length};
    for (int64_t strip = 0; strip < strips(); ++strip) {
      const int64_t column = strip * tileColumns, count = std::min<int64_t>(columns - column, tileColumns);
      const float *panel = memory + firstPanel + strip * depth<Pixels>() * tileColumns;
      multiplyStretches<typename Pixels::Terms>(
          left, windows.across, panel, panelWidth(count), length, Target(result, 0, row, column, count));
    }
  }
};

template <class Pixels>
struct Forward {
  const Convolution c;
  const Sweep sweep;
  const RowBlocks blocks;
  const uint16_t parts;

  explicit Forward(const sinew_instruction &i)
      : c(i), sweep{Windows2D(c), c.outputs, 0}, blocks(sweep.windows, Pixels::numbers(c.channels)),
        parts(blocks.parts(c.work())) {}

  /// Whether bfloat16 is worth it.
  static bool gains(const Convolution &c) { return c.outputs >= 8 && c.kernel * c.kernel * c.channels >= 16; }

  /// Numbers of a part's image rows.
  int64_t partNumbers() const {
    const Windows2D &w = sweep.windows;
    return alignedFloats(w.spannedRows(blocks.mostRows()) * w.span() * Pixels::numbers(c.channels));
  }

  static Cut cut(const sinew_instruction &i) {
    const Forward f(i);
    return {{partCount(f.c.weights(), 16384), f.parts}};
  }

  static size_t workspace(const sinew_instruction &i) {
    const Forward f(i);
    const int64_t numbers = alignedFloats(f.sweep.template panelNumbers<Pixels>()) + f.parts * f.partNumbers();
    return static_cast<size_t>(numbers) * sizeof(float) + 64;
  }

  static void run(const sinew_instruction &i, const Part &part) {
    const Forward f(i);
    const Convolution &c = f.c;
    const Windows2D &w = f.sweep.windows;
    float *const panels = reinterpret_cast<float *>(part.workspace);
    if (part.phase == 0) {
      const float *weights = static_cast<const float *>(i.pointer[2]);
      return f.sweep.template pack<Pixels>(
          panels, part, [=](int64_t y, int64_t x, int64_t channel, int64_t column, int64_t count) {
            const float *from = weights + ((y * c.kernel + x) * c.channels + channel) * c.outputs + column;
            return count == width ? load(from) : load(from, count);
          });
    }
    const int64_t panelNumbers = alignedFloats(f.sweep.template panelNumbers<Pixels>());
    float *const memory = panels + panelNumbers + part.index * f.partNumbers();
    sinew_instruction result = resultOf(i, i.mode, w.batch * w.down * w.across, c.outputs, i.pointer[0]);
    result.pointer[3] = i.pointer[3];
    result.pointer[4] = i.pointer[4];
    const Product product(result);
    const Range range = share(f.blocks.count, part);
    for (int64_t index = range.begin; index < range.end; ++index) {
      const RowBlocks::Block block = f.blocks[index];
      const BlockRows rows = blockRows<Pixels, false>(w, block, static_cast<const float *>(i.pointer[1]), memory);
      for (int64_t row = 0; row < block.count(); ++row)
        f.sweep.template multiply<Pixels>(
            rows.first + row * w.stride * rows.pitch, rows.pitch, panels, product,
            (block.image * w.down + block.rows.begin + row) * w.across);
    }
  }
};

template <class Kind>
constexpr Operation convolutionOperation = {Kind::cut, Kind::run, Kind::workspace};

}  // namespace SINEW_SET
}  // namespace sinew
