// Vectors of one register of the instruction set in hand, over Eigen's packet types, and the mathematical functions on
// them. Products and sums written in one expression are contracted to fused multiply-adds where the set has them.
// Comparisons give lanes of all ones or zeros and choose with `?:`. Every function passes NaN on.

namespace sinew {
namespace SINEW_SET {

#define SINEW_INLINE inline __attribute__((always_inline))
/// Unrolls a loop whole, so that arrays of packets stay in registers.
#define SINEW_UNROLL _Pragma("clang loop unroll(full)")

using Packet = Eigen::internal::packet_traits<float>::type;
constexpr int width = Eigen::internal::packet_traits<float>::size;
typedef int32_t IntegerPacket __attribute__((vector_size(width * 4)));
typedef uint32_t WordPacket __attribute__((vector_size(width * 4)));

SINEW_INLINE Packet splat(float value) { return Eigen::internal::pset1<Packet>(value); }
SINEW_INLINE Packet load(const float *from) { return Eigen::internal::ploadu<Packet>(from); }
SINEW_INLINE void store(float *to, Packet value) { Eigen::internal::pstoreu(to, value); }

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All ones in the first `count` lanes.
SINEW_INLINE __m256i firstLanes(int64_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/// The first `count` < width floats, and zeros.
SINEW_INLINE Packet load(const float *from, int64_t count) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
#elif defined(__AVX2__)
  return _mm256_maskload_ps(from, firstLanes(count));
#else
  alignas(64) float lanes[width] = {};
  for (int64_t i = 0; i < count; ++i) lanes[i] = from[i];
  return Eigen::internal::pload<Packet>(lanes);
#endif
}

SINEW_INLINE void store(float *to, Packet value, int64_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), value);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(to, firstLanes(count), value);
#else
  alignas(64) float lanes[width];
  Eigen::internal::pstore(lanes, value);
  for (int64_t i = 0; i < count; ++i) to[i] = lanes[i];
#endif
}

SINEW_INLINE Packet loadStrided(const float *from, int64_t stride, int64_t count = width) {
  alignas(64) float lanes[width] = {};
  for (int64_t i = 0; i < count; ++i) lanes[i] = from[i * stride];
  return Eigen::internal::pload<Packet>(lanes);
}

SINEW_INLINE Packet absolute(Packet x) { return (Packet)((IntegerPacket)x & 0x7fffffff); }
SINEW_INLINE Packet squareRoot(Packet x) { return __builtin_elementwise_sqrt(x); }
SINEW_INLINE Packet maximum(Packet a, Packet b) { return ((a > b) | (a != a)) ? a : b; }
SINEW_INLINE Packet minimum(Packet a, Packet b) { return ((a < b) | (a != a)) ? a : b; }
SINEW_INLINE Packet clamp(Packet x, Packet low, Packet high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// Lanes folded in a fixed tree: halves onto each other.
template <class Fold>
SINEW_INLINE float foldLanes(Packet x, Fold fold) {
  alignas(64) float lanes[width];
  Eigen::internal::pstore(lanes, x);
  for (int half = width / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) lanes[i] = fold(lanes[i], lanes[i + half]);
  return lanes[0];
}
/// The sum of the lanes, in the instruction set's own fixed order.
SINEW_INLINE float sumLanes(Packet x) { return Eigen::internal::predux(x); }

/// Calls `body(offset, load, store)` for whole vectors, then for the remainder with partial loads and stores.
template <class Body>
SINEW_INLINE void forEachPacket(int64_t count, Body body) {
  int64_t i = 0;
  for (; i + width <= count; i += width)
    body(
        i, [i](const float *from) { return load(from + i); },
        [i](float *to, Packet value) { store(to + i, value); });
  if (const int64_t rest = count - i)
    body(
        i, [i, rest](const float *from) { return load(from + i, rest); },
        [i, rest](float *to, Packet value) { store(to + i, value, rest); });
}

// The polynomials below are minimax fits made for these ranges (Remez exchange, 40 digits).

constexpr float logTwoHigh = 0.693145751953125f, logTwoLow = 1.42860677e-6f;
constexpr float roundingShift = 12582912.0f;  // 1.5·2^23: adding it rounds to an integer in the low bits

/// exp(x) = 2^n·(1 + r + r²·p(r)), |r| <= ½ log 2; gives n as an integer and r + r²·p(r).
SINEW_INLINE Packet reducedExp(Packet x, IntegerPacket &n) {
  const Packet shifted = x * 1.44269504f + roundingShift;
  n = (IntegerPacket)shifted - (IntegerPacket)splat(roundingShift);
  const Packet whole = shifted - roundingShift;
  const Packet r = (x - whole * logTwoHigh) - whole * logTwoLow;
  Packet p = r * 0.0013950448f + 0.008368886f;
  p = p * r + 0.041666206f;
  p = p * r + 0.1666652f;
  p = p * r + 0.5f;
  return p * (r * r) + r;
}

SINEW_INLINE Packet powerOfTwo(IntegerPacket n) { return (Packet)((n + 127) << 23); }

SINEW_INLINE Packet exponential(Packet x) {
  IntegerPacket n;
  const Packet p = reducedExp(clamp(x, splat(-104.0f), splat(89.0f)), n) + 1.0f;
  const IntegerPacket half = n >> 1;  // in two steps, for results beyond the normal range
  return p * powerOfTwo(half) * powerOfTwo(n - half);
}

/// exp(x) − 1, exact to rounding near 0; for x in [−80, 80].
SINEW_INLINE Packet exponentialMinusOne(Packet x) {
  IntegerPacket n;
  const Packet p = reducedExp(clamp(x, splat(-80.0f), splat(80.0f)), n);
  const Packet scale = powerOfTwo(n);
  return p * scale + (scale - 1.0f);
}

/// log(1 + f) for f in [1/√2 − 1, √2 − 1], to which e·log 2 is added.
SINEW_INLINE Packet reducedLog(Packet f, Packet e) {
  Packet p = f * 0.069332756f - 0.117992796f;
  p = p * f + 0.1186951f;
  p = p * f - 0.12382892f;
  p = p * f + 0.14219154f;
  p = p * f - 0.16669331f;
  p = p * f + 0.20002188f;
  p = p * f - 0.24999985f;
  p = p * f + 0.3333331f;
  const Packet square = f * f;
  const Packet tail = (p * f - 0.5f) * square + e * logTwoLow;
  return e * logTwoHigh + (f + tail);
}

SINEW_INLINE Packet logarithm(Packet x) {
  const IntegerPacket tiny = x < 1.17549435e-38f;
  const Packet scaled = tiny ? x * 8388608.0f : x;
  const IntegerPacket bits = (IntegerPacket)scaled;
  const IntegerPacket shift = (bits - 0x3f3504f3) >> 23;  // 0x3f3504f3 is 1/√2
  const Packet mantissa = (Packet)(bits - (shift << 23));
  const Packet e = __builtin_convertvector(shift, Packet) - (tiny ? splat(23.0f) : splat(0.0f));
  Packet result = reducedLog(mantissa - 1.0f, e);
  result = x == std::numeric_limits<float>::infinity() ? x : result;
  result = x == 0.0f ? splat(-std::numeric_limits<float>::infinity()) : result;
  return ((x < 0.0f) | (x != x)) ? splat(std::numeric_limits<float>::quiet_NaN()) : result;
}

/// log(1 + t) for t in [0, 1].
SINEW_INLINE Packet logarithmOfOnePlus(Packet t) {
  const IntegerPacket upper = t > 0.41421357f;
  return reducedLog(upper ? (t - 1.0f) * 0.5f : t, upper ? splat(1.0f) : splat(0.0f));
}

SINEW_INLINE Packet tangentHyperbolic(Packet x) {
  const Packet m = exponentialMinusOne(clamp(x, splat(-10.0f), splat(10.0f)) * 2.0f);
  return m / (m + 2.0f);
}

SINEW_INLINE Packet sigmoid(Packet x) { return 1.0f / (exponential(-x) + 1.0f); }

SINEW_INLINE Packet softplus(Packet x) {
  const Packet positive = x < 0.0f ? splat(0.0f) : x;
  return positive + logarithmOfOnePlus(exponential(-absolute(x)));
}

/// The standard normal's distribution function, relatively exact in the lower tail too: erfc(z)·exp(z²) is t times a
/// polynomial in t = 1/(1 + 0.4 z).
SINEW_INLINE Packet normalDistribution(Packet x) {
  const Packet z = absolute(x) * 0.707106781f;
  const Packet t = 1.0f / (z * 0.4f + 1.0f);
  Packet p = t * -0.018379055f + 0.07746637f;
  p = p * t - 0.07535531f;
  p = p * t - 0.09663207f;
  p = p * t + 0.17060749f;
  p = p * t - 0.04984004f;
  p = p * t + 0.17404711f;
  p = p * t + 0.15680327f;
  p = p * t + 0.21016882f;
  p = p * t + 0.22542714f;
  p = p * t + 0.22568631f;
  const Packet tail = exponential(x * x * -0.5f) * (p * t * 0.5f);
  return x < 0.0f ? tail : 1.0f - tail;
}

SINEW_INLINE Packet normalDensity(Packet x) { return exponential(x * x * -0.5f) * 0.398942280f; }

/// sin and cos of 2π·u, u in [0, 1).
SINEW_INLINE void sineCosineOfTurn(Packet u, Packet &sine, Packet &cosine) {
  const Packet shifted = u * 4.0f + roundingShift;
  const IntegerPacket quarter = (IntegerPacket)shifted;
  const Packet f = u - (shifted - roundingShift) * 0.25f;
  const Packet square = f * f;
  Packet s = square * -75.40207f + 81.59255f;
  s = s * square - 41.341663f;
  s = (s * square + 6.2831855f) * f;
  Packet c = square * 59.220406f - 85.442856f;
  c = c * square + 64.939316f;
  c = c * square - 19.739208f;
  c = c * square + 1.0f;
  const IntegerPacket swapped = (quarter & 1) != 0;
  sine = (Packet)((IntegerPacket)(swapped ? c : s) ^ ((quarter & 2) << 30));
  cosine = (Packet)((IntegerPacket)(swapped ? s : c) ^ (((quarter + 1) & 2) << 30));
}

}  // namespace SINEW_SET
}  // namespace sinew
