// SINEW_FILL, SINEW_UNARY, SINEW_UNARY_GRADIENT, and the activations that products apply.

namespace sinew {
namespace SINEW_SET {

/// Hands `body` the value and the derivative of a unary function as callables: value(x) and derivative(x, y).
template <class Body>
SINEW_INLINE void withUnary(int function, float first, float second, Body body) {
  const Packet a = splat(first), b = splat(second);
  const Packet zero = splat(0.0f), one = splat(1.0f);
  switch (function) {
  case SINEW_NEGATE:
    return body([](Packet x) { return -x; }, [](Packet, Packet) { return splat(-1.0f); });
  case SINEW_EXP:
    return body([](Packet x) { return exponential(x); }, [](Packet, Packet y) { return y; });
  case SINEW_LOG:
    return body([](Packet x) { return logarithm(x); }, [](Packet x, Packet) { return 1.0f / x; });
  case SINEW_SQRT:
    return body([](Packet x) { return squareRoot(x); }, [](Packet, Packet y) { return 0.5f / y; });
  case SINEW_SQUARE:
    return body([](Packet x) { return x * x; }, [](Packet x, Packet) { return x + x; });
  case SINEW_ABS:
    return body(
        [](Packet x) { return absolute(x); },
        [zero, one](Packet x, Packet) { return x > 0.0f ? one : (x < 0.0f ? -one : zero); });
  case SINEW_RECIPROCAL:
    return body([](Packet x) { return 1.0f / x; }, [](Packet, Packet y) { return -(y * y); });
  case SINEW_SIN:
    return body(
        [](Packet x) { return Eigen::internal::psin(x); }, [](Packet x, Packet) { return Eigen::internal::pcos(x); });
  case SINEW_COS:
    return body(
        [](Packet x) { return Eigen::internal::pcos(x); }, [](Packet x, Packet) { return -Eigen::internal::psin(x); });
  case SINEW_TANH:
    return body([](Packet x) { return tangentHyperbolic(x); }, [](Packet, Packet y) { return 1.0f - y * y; });
  case SINEW_SIGMOID:
    return body([](Packet x) { return sigmoid(x); }, [](Packet, Packet y) { return y * (1.0f - y); });
  case SINEW_SOFTPLUS:  // the derivative is sigmoid(x) = 1 − exp(−y)
    return body([](Packet x) { return softplus(x); }, [](Packet, Packet y) { return -exponentialMinusOne(-y); });
  case SINEW_RELU:
    return body(
        [zero](Packet x) { return x < 0.0f ? zero : x; },
        [zero, one](Packet, Packet y) { return y > 0.0f ? one : zero; });
  case SINEW_SILU:
    return body(
        [](Packet x) { return x * sigmoid(x); },
        [](Packet x, Packet) {
          const Packet s = sigmoid(x);
          return s * (x * (1.0f - s) + 1.0f);
        });
  case SINEW_MISH:  // tanh(softplus(x)) = w/(w + 2) with w = eˣ(eˣ + 2); beyond 20 it is 1 to rounding
    return body(
        [](Packet x) {
          const Packet e = exponential(x > 20.0f ? splat(20.0f) : x);
          const Packet w = e * (e + 2.0f);
          return x * (w / (w + 2.0f));
        },
        [](Packet x, Packet) {
          const Packet e = exponential(x > 20.0f ? splat(20.0f) : x);
          const Packet w = e * (e + 2.0f);
          const Packet inverse = 1.0f / (w + 2.0f);
          return w * inverse + x * (e / (e + 1.0f)) * (4.0f * (w + 1.0f) * inverse * inverse);
        });
  case SINEW_GELU:
    return body(
        [](Packet x) { return x * normalDistribution(x); },
        [](Packet x, Packet) { return normalDistribution(x) + x * normalDensity(x); });
  case SINEW_CLAMP:
    return body(
        [a, b](Packet x) { return clamp(x, a, b); },
        [a, b, zero, one](Packet x, Packet) { return ((x >= a) & (x <= b)) ? one : zero; });
  case SINEW_AFFINE:
    return body([a, b](Packet x) { return x * a + b; }, [a](Packet, Packet) { return a; });
  default:
    return body([](Packet x) { return x; }, [one](Packet, Packet) { return one; });
  }
}

/// Floats that are worth a part of their own.
inline int64_t unaryGrain(int function) {
  switch (function) {
  case SINEW_NEGATE:
  case SINEW_SQUARE:
  case SINEW_ABS:
  case SINEW_RELU:
  case SINEW_CLAMP:
  case SINEW_AFFINE:
  case SINEW_IDENTITY:
    return 16384;
  default:
    return 4096;
  }
}

inline void applyUnary(int function, float first, float second, float *out, const float *in, int64_t count) {
  withUnary(function, first, second, [=](auto value, auto) {
    forEachPacket(count, [=](int64_t, auto get, auto put) { put(out, value(get(in))); });
  });
}

/// dx = dy·f'(x or y); `saved` is what the derivative is written in.
inline void applyUnaryGradient(
    int function, float first, float second, float *dx, const float *dy, const float *saved, int64_t count) {
  withUnary(function, first, second, [=](auto, auto derivative) {
    forEachPacket(count, [=](int64_t, auto get, auto put) {
      const Packet s = get(saved);
      put(dx, get(dy) * derivative(s, s));
    });
  });
}

inline Cut fillCut(const sinew_instruction &i) { return {{partCount(i.dim[0], 65536)}}; }

inline void fill(const sinew_instruction &i, const Part &part) {
  const Range range = share(i.dim[0], part, 64);
  float *out = static_cast<float *>(i.pointer[0]) + range.begin;
  const Packet value = splat(i.scalar[0]);
  forEachPacket(range.end - range.begin, [=](int64_t, auto, auto put) { put(out, value); });
}

inline Cut unaryCut(const sinew_instruction &i) { return {{partCount(i.dim[0], unaryGrain(i.mode))}}; }

inline void unary(const sinew_instruction &i, const Part &part) {
  const Range range = share(i.dim[0], part, 64);
  applyUnary(
      i.mode, i.scalar[0], i.scalar[1], static_cast<float *>(i.pointer[0]) + range.begin,
      static_cast<const float *>(i.pointer[1]) + range.begin, range.end - range.begin);
}

inline void unaryGradient(const sinew_instruction &i, const Part &part) {
  const Range range = share(i.dim[0], part, 64);
  const float *saved = static_cast<const float *>(i.pointer[sinew_unary_gradient_uses_output(i.mode) ? 3 : 2]);
  const float *dy = static_cast<const float *>(i.pointer[1]) + range.begin;
  // Functions of constant derivative may come without their operand.
  saved = saved ? saved + range.begin : dy;
  applyUnaryGradient(
      i.mode, i.scalar[0], i.scalar[1], static_cast<float *>(i.pointer[0]) + range.begin, dy, saved,
      range.end - range.begin);
}

}  // namespace SINEW_SET
}  // namespace sinew
