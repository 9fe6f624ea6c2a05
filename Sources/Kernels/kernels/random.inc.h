// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011), a block per lane.
// Value 4i + j of a draw is word j of block i; normals take words in pairs.

namespace sinew {
namespace SINEW_SET {

typedef uint64_t LongPacket __attribute__((vector_size(width * 4)));

struct Blocks {
  WordPacket word[4];
};

/// The upper and lower words of a·m.
SINEW_INLINE void multiply(WordPacket a, uint32_t m, WordPacket &high, WordPacket &low) {
  const LongPacket mask = LongPacket{} + 0xffffffffu;
  const LongPacket even = ((LongPacket)a & mask) * (LongPacket{} + m);
  const LongPacket odd = ((LongPacket)a >> 32) * (LongPacket{} + m);
  high = (WordPacket)((even >> 32) | (odd & ~mask));
  low = (WordPacket)((even & mask) | (odd << 32));
}

/// Blocks counter, counter + 1, … counter + width − 1.
SINEW_INLINE Blocks philoxBlocks(uint64_t key, uint64_t stream, uint64_t counter) {
  alignas(64) uint32_t lanes[width];
  for (int i = 0; i < width; ++i) lanes[i] = static_cast<uint32_t>(i);
  WordPacket lane;
  std::memcpy(&lane, lanes, sizeof lane);
  const WordPacket zero = {};
  WordPacket c0 = lane + static_cast<uint32_t>(counter);
  WordPacket c1 = zero + static_cast<uint32_t>(counter >> 32);
  c1 -= (WordPacket)(c0 < static_cast<uint32_t>(counter));  // the carry
  WordPacket c2 = zero + static_cast<uint32_t>(stream), c3 = zero + static_cast<uint32_t>(stream >> 32);
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    WordPacket high0, low0, high1, low1;
    multiply(c0, 0xD2511F53u, high0, low0);
    multiply(c2, 0xCD9E8D57u, high1, low1);
    c0 = high1 ^ c1 ^ k0;
    c2 = high0 ^ c3 ^ k1;
    c1 = low1;
    c3 = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

template <int... I>
SINEW_INLINE Packet zipLow(Packet a, Packet b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (I / 2 + I % 2 * width)...);
}
template <int... I>
SINEW_INLINE Packet zipHigh(Packet a, Packet b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (width / 2 + I / 2 + I % 2 * width)...);
}

/// Stores lane i of value j at out[4i + j].
SINEW_INLINE void storeInterleaved(float *out, const Packet (&value)[4]) {
  using Lanes = std::make_integer_sequence<int, width>;
  const Packet lowEven = zipLow(value[0], value[2], Lanes{}), highEven = zipHigh(value[0], value[2], Lanes{});
  const Packet lowOdd = zipLow(value[1], value[3], Lanes{}), highOdd = zipHigh(value[1], value[3], Lanes{});
  store(out, zipLow(lowEven, lowOdd, Lanes{}));
  store(out + width, zipHigh(lowEven, lowOdd, Lanes{}));
  store(out + 2 * width, zipLow(highEven, highOdd, Lanes{}));
  store(out + 3 * width, zipHigh(highEven, highOdd, Lanes{}));
}

/// The upper 24 bits as a number in [0, 1).
SINEW_INLINE Packet unitInterval(WordPacket words) {
  return __builtin_convertvector((IntegerPacket)(words >> 8), Packet) * 0x1p-24f;
}

/// Two standard normals of two words (Box and Muller 1958): the radius from 1 − u, which is never 0.
SINEW_INLINE void boxMuller(WordPacket first, WordPacket second, Packet &a, Packet &b) {
  const Packet radius = squareRoot(logarithm(1.0f - unitInterval(first)) * -2.0f);
  Packet sine, cosine;
  sineCosineOfTurn(unitInterval(second), sine, cosine);
  a = radius * cosine;
  b = radius * sine;
}

/// Fills this part of out, `values` making four vectors of a set of blocks; the last phase moves the state on.
template <class Values>
SINEW_INLINE void draw(const sinew_instruction &i, const Part &part, Values values) {
  sinew_random_state &state = *static_cast<sinew_random_state *>(i.pointer[1]);
  const int64_t count = i.dim[0];
  if (part.phase == 0) {
    const Range range = share(count, part, 64);
    float *out = static_cast<float *>(i.pointer[0]);
    for (int64_t k = range.begin; k < range.end; k += 4 * width) {
      Packet value[4];
      values(philoxBlocks(state.key, state.stream, state.counter + static_cast<uint64_t>(k / 4)), value);
      if (range.end - k >= 4 * width) {
        storeInterleaved(out + k, value);
      } else {
        alignas(64) float rest[4 * width];
        storeInterleaved(rest, value);
        std::memcpy(out + k, rest, static_cast<size_t>(range.end - k) * sizeof(float));
      }
    }
  }
  if (part.phase == 1 || part.count == 1) state.counter += static_cast<uint64_t>(quotientUp(count, 4));
}

inline Cut randomCut(const sinew_instruction &i) {
  const uint16_t parts = partCount(i.dim[0], 8192);
  return {{parts, static_cast<uint16_t>(parts > 1 ? 1 : 0)}};
}

inline void randomUniform(const sinew_instruction &i, const Part &part) {
  const Packet low = splat(i.scalar[0]), extent = splat(i.scalar[1] - i.scalar[0]);
  const Packet high = splat(i.scalar[1]), below = splat(std::nextafter(i.scalar[1], i.scalar[0]));
  draw(i, part, [=](const Blocks &blocks, Packet(&value)[4]) {
    for (int j = 0; j < 4; ++j) {
      const Packet x = unitInterval(blocks.word[j]) * extent + low;
      value[j] = x < high ? x : below;  // rounding may reach the upper end
    }
  });
}

inline void randomNormal(const sinew_instruction &i, const Part &part) {
  const Packet mean = splat(i.scalar[0]), deviation = splat(i.scalar[1]);
  draw(i, part, [=](const Blocks &blocks, Packet(&value)[4]) {
    boxMuller(blocks.word[0], blocks.word[1], value[0], value[1]);
    boxMuller(blocks.word[2], blocks.word[3], value[2], value[3]);
    for (int j = 0; j < 4; ++j) value[j] = value[j] * deviation + mean;
  });
}

}  // namespace SINEW_SET
}  // namespace sinew
