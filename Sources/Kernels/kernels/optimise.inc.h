// Optimiser steps over flat buffers: Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019),
// target averaging and the scale that clips a gradient's norm.

namespace sinew {
namespace SINEW_SET {

inline Cut flatCut(const sinew_instruction &i) { return {{partCount(i.dim[0], 8192)}}; }
inline Cut singleCut(const sinew_instruction &) { return {{1}}; }

inline void adamAdvance(const sinew_instruction &i, const Part &) {
  sinew_adam_state &state = *static_cast<sinew_adam_state *>(i.pointer[0]);
  if (state.step == 0) state.beta1_power = state.beta2_power = 1.0f;
  state.step += 1;
  state.beta1_power *= state.beta1;
  state.beta2_power *= state.beta2;
}

inline void adam(const sinew_instruction &i, const Part &part) {
  const Range range = share(i.dim[0], part, 64);
  const auto at = [&](int index) {
    return i.pointer[index] ? static_cast<float *>(i.pointer[index]) + range.begin : nullptr;
  };
  float *parameters = at(0), *first = at(2), *second = at(3), *target = at(5);
  const float *gradients = at(1);
  const sinew_adam_state &state = *static_cast<const sinew_adam_state *>(i.pointer[4]);
  const float *scale = static_cast<const float *>(i.pointer[6]);
  const Packet gradientScale = splat(scale ? *scale : 1.0f);
  const Packet beta1 = splat(state.beta1), rest1 = splat(1.0f - state.beta1);
  const Packet beta2 = splat(state.beta2), rest2 = splat(1.0f - state.beta2);
  const Packet rate = splat(state.learning_rate / (1.0f - state.beta1_power));
  const Packet correction = splat(1.0f / std::sqrt(1.0f - state.beta2_power)), epsilon = splat(state.epsilon);
  const Packet keep = splat(1.0f - state.learning_rate * state.weight_decay), averaging = splat(i.scalar[0]);
  const auto step = [=](auto get, auto put) {
    const Packet g = get(gradients) * gradientScale;
    const Packet m = get(first) * beta1 + g * rest1;
    const Packet v = get(second) * beta2 + g * g * rest2;
    const Packet p = get(parameters) * keep - rate * m / (squareRoot(v) * correction + epsilon);
    put(first, m);
    put(second, v);
    put(parameters, p);
    return p;
  };
  const int64_t count = range.end - range.begin;
  if (!target) return forEachPacket(count, [=](int64_t, auto get, auto put) { step(get, put); });
  forEachPacket(count, [=](int64_t, auto get, auto put) {
    const Packet p = step(get, put), t = get(target);
    put(target, t + averaging * (p - t));
  });
}

inline void polyak(const sinew_instruction &i, const Part &part) {
  const Range range = share(i.dim[0], part, 64);
  float *target = static_cast<float *>(i.pointer[0]) + range.begin;
  const float *source = static_cast<const float *>(i.pointer[1]) + range.begin;
  const Packet averaging = splat(i.scalar[0]);
  forEachPacket(range.end - range.begin, [=](int64_t, auto get, auto put) {
    const Packet t = get(target);
    put(target, t + averaging * (get(source) - t));
  });
}

inline Cut clipScaleCut(const sinew_instruction &i) { return {{sliceCount(i.dim[0], 16384), 1}}; }
inline size_t clipScaleWorkspace(const sinew_instruction &) { return maximumParts * sizeof(double); }

inline void clipScale(const sinew_instruction &i, const Part &part) {
  double *partial = reinterpret_cast<double *>(part.workspace);
  if (part.phase == 0) {
    const Range range = share(i.dim[0], part, 64);
    const float *in = static_cast<const float *>(i.pointer[1]) + range.begin;
    partial[part.index] = foldTerms<SumFold>(range.end - range.begin, [=](auto get) {
      const Packet x = get(in);
      return x * x;
    });
    return;
  }
  double sum = 0;
  for (int p = 0; p < clipScaleCut(i).parts[0]; ++p) sum += partial[p];
  const float norm = static_cast<float>(std::sqrt(sum)), limit = i.scalar[0];
  float *out = static_cast<float *>(i.pointer[0]);
  out[0] = limit <= 0 ? 1.0f : std::min(1.0f, limit / (norm + 1e-6f));
  out[1] = norm;
}

}  // namespace SINEW_SET
}  // namespace sinew
