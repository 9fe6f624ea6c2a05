// The one C interface over the C++ kernels: an instruction is one operation on float32 buffers, a plan is an array of
// instructions run in order. Swift builds plans; nothing here allocates while a plan runs.
#ifndef SINEW_KERNELS_H
#define SINEW_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------- instructions

/// What an instruction does. `pointer[0]` is always the result. All tensors are float32, contiguous, row-major, unless
/// strides are given (in elements; 0 repeats).
typedef enum {
  /// out[i] = scalar[0], i < dim[0].
  SINEW_FILL,
  /// out[i] = f(in[i]); mode = sinew_unary; pointers out, in; dim[0] = count; scalar[0], scalar[1] as the function
  /// says.
  SINEW_UNARY,
  /// dx[i] = dy[i]·f'(x[i]); mode = sinew_unary; pointers dx, dy, x, y. For functions whose derivative is written in y
  /// (see sinew_unary_gradient_uses_output) x may be null, for the others y may be null.
  SINEW_UNARY_GRADIENT,
  /// out = f(a, b) over a 4-dimensional index space dim[0…3]; mode = sinew_binary; a strides dim[4…7], b strides
  /// dim[8…11]; out contiguous; pointers out, a, b.
  SINEW_BINARY,
  /// out = mask != 0 ? a : b, same index space: mask strides dim[4…7], a dim[8…11], b dim[12…15]; pointers out, mask,
  /// a, b.
  SINEW_SELECT,
  /// out[4-d with strides dim[4…7]] = in[strides dim[8…11]] over dim[0…3] (slice, concatenate, transpose, broadcast).
  /// mode = 1 adds to out instead of overwriting.
  SINEW_COPY,
  /// out[o, i] = reduction over r of in[o, r, i]; dims outer, reduced, inner; mode = sinew_reduction; fixed order.
  SINEW_REDUCE,
  /// dx[o, r, i] = dy[o, i] where r is the first index that attains y[o, i], else 0; pointers dx, dy, x, y (max and
  /// min).
  SINEW_REDUCE_EXTREMUM_GRADIENT,
  /// out[b] = epilogue(opA(A[b]) · opB(B[b])), the product being M×K by K×N. dims: batch, M, N, K, batch stride of A,
  /// batch stride of B (0 shares it). mode = sinew_matmul_flags | activation << 8 (a sinew_unary).
  /// pointers: out, A, B, bias [batch, N] or null, saved, column_sums, marks.
  ///  - SINEW_MATMUL_TRANSPOSE_A: A is stored K×M. SINEW_MATMUL_TRANSPOSE_B: B is stored N×K.
  ///  - SINEW_MATMUL_BIAS: adds bias[b, n] (its batch stride is N, or 0 where dim[6] == 0).
  ///  - SINEW_MATMUL_ACTIVATION: then applies the activation. If it is one whose gradient needs its input and `saved`
  ///    is not null, the pre-activation is stored in saved [batch, M, N].
  ///  - SINEW_MATMUL_ACTIVATION_GRADIENT: multiplies by the activation's derivative at saved [batch, M, N] (the output
  ///    of the activation or its input, as sinew_unary_gradient_uses_output says).
  ///  - SINEW_MATMUL_COLUMN_SUMS: also column_sums[b, n] = Σ_k opB(B[b])[k, n] (the gradient of a bias).
  ///  - SINEW_MATMUL_ACCUMULATE: out += instead of out =  (no activation with it).
  ///  - SINEW_MATMUL_BF16: operands rounded to bfloat16 (to nearest, ties to even), products summed in float32; the
  ///    rest as in float32. Sets without instructions for it, and products of fewer than 16 rows, 8 columns or 16
  ///    terms, which would not gain, ignore it.
  ///  - marks [batch, M], if not null, promise that row m of A[b] is all zero where marks[b, m] is zero: the row of
  ///    the result may be zeros without being multiplied. Not with a bias, an activation or an A that is shared or
  ///    transposed.
  SINEW_MATMUL,
  /// Rows of length dim[1]: out = softmax(in); dim[0] rows. pointers out, in.
  SINEW_SOFTMAX,
  /// pointers dx, dy, y.
  SINEW_SOFTMAX_GRADIENT,
  /// out[row] = log Σ exp(in[row, :]); dims rows, length. pointers out, in.
  SINEW_LOG_SUM_EXP,
  /// y = (x − mean)/sqrt(var + scalar[0])·gain + bias over rows of length dim[2]; x [groups dim[0], rows dim[1],
  /// dim[2]], gain and bias [groups, dim[2]] (either may be null); pointers y, x, gain, bias, statistics [groups, rows,
  /// 2] (mean, 1/std).
  SINEW_LAYER_NORM,
  /// pointers dx, dy, x, gain, statistics.
  SINEW_LAYER_NORM_GRADIENT,
  /// d_gain, d_bias [groups, dim[2]]: pointers d_gain, dy, x, d_bias, statistics.
  SINEW_LAYER_NORM_PARAMETER_GRADIENT,
  /// out[i] uniform in [scalar[0], scalar[1]); pointers out, state (sinew_random_state*); dim[0] = count. Advances
  /// state. Value 4i + j is the upper 24 bits of word j of block i, × 2⁻²⁴.
  SINEW_RANDOM_UNIFORM,
  /// out[i] standard normal × scalar[1] + scalar[0], by Box–Muller; as above. With u_j the uniform value of word j of a
  /// block: r = sqrt(−2 log(1 − u₀)), values r·cos 2πu₁, r·sin 2πu₁; the other two from u₂ and u₃.
  SINEW_RANDOM_NORMAL,
  /// Squashed Gaussian, one pass. dims: rows, actions. in: parameters [rows, 2·actions] (mean, raw log-std), noise
  /// [rows, actions]. log-std = clamp(raw, scalar[0], scalar[1]) when mode = 0, scalar[0] + ½(scalar[1] −
  /// scalar[0])(tanh(raw) + 1) when mode = 1. u = mean + exp(log-std)·noise; action = tanh(u); log-probability = Σ_j
  /// −½noise² − log-std − ½log 2π − 2(log 2 − u − softplus(−2u)). pointers action [rows, actions], parameters, noise,
  /// log_probability [rows].
  SINEW_SQUASHED_GAUSSIAN,
  /// pointers d_parameters [rows, 2·actions], parameters, noise, action, d_action [rows, actions] (or null),
  /// d_log_probability [rows] (or null).
  SINEW_SQUASHED_GAUSSIAN_GRADIENT,
  /// One Adam or AdamW step over a flat buffer of dim[0] floats. pointers parameters, gradients, first moments, second
  /// moments, state (sinew_adam_state*), target or null, gradient scale (one float) or null.
  /// With a target: target += scalar[0]·(parameters_new − target).
  SINEW_ADAM,
  /// Moves an Adam state on by one step (count, β powers; a state whose step is 0 starts afresh); pointer[0] = state.
  /// Comes once before SINEW_ADAM.
  SINEW_ADAM_ADVANCE,
  /// target += scalar[0]·(source − target); pointers target, source; dim[0] = count.
  SINEW_POLYAK,
  /// out[0] = scalar[0] <= 0 ? 1 : min(1, scalar[0]/(‖in‖ + 1e-6)); out[1] = ‖in‖, fixed order; pointers out, in;
  /// dim[0] = count.
  SINEW_CLIP_SCALE,
  /// out[i, :] = in[index[i], :]; dims rows out, row length, rows in; pointers out, in, index (float, cut to a whole
  /// number). An index outside [0, rows in) gives a row of NaN.
  SINEW_GATHER,
  /// The transpose of GATHER: out [rows in, row length] is zeroed, then out[index[i], :] += dy[i, :]; dims as GATHER;
  /// pointers out, dy, index. Indices outside are left out.
  SINEW_SCATTER_ADD,
  /// x [batch, length, channels] → columns [batch, out length, kernel·channels]; dims batch, length, channels, kernel,
  /// stride, padding, out length. Zero padding. pointers out, in.
  SINEW_IM2COL,
  /// The transpose of SINEW_IM2COL: sums columns back; out is zeroed first.
  SINEW_COL2IM,
  /// out [batch, out height, out width, outputs] = epilogue(x [batch, height, width, channels] convolved with w
  /// [kernel, kernel, channels, outputs]), zeros beyond the images: out[b, y, x, o] = Σ over i, j, c of x[b, y·stride +
  /// i − padding, x·stride + j − padding, c]·w[i, j, c, o]. dims: batch, height, width, channels, kernel, stride,
  /// padding, out height, out width, outputs. mode and what follows as for SINEW_MATMUL, with its flags BIAS,
  /// ACTIVATION and BF16 (ignored where a result has fewer than 8 channels or sums fewer than 16 terms; on AMX the
  /// instructions are AVX512-BF16's). pointers out, x, w, bias [outputs] or null, saved (of out's shape) or null.
  SINEW_CONVOLUTION,
  /// dx of the above, dims alike; mode with SINEW_MATMUL's flags ACTIVATION_GRADIENT and BF16. pointers dx, dy, w,
  /// null, saved (of x's shape).
  SINEW_CONVOLUTION_INPUT_GRADIENT,
  /// dw, and d_bias[o] = Σ dy over all but the outputs; dims alike; mode with BF16 (ignored also where the results are
  /// one pixel wide). pointers dw, x, dy, d_bias or null.
  SINEW_CONVOLUTION_WEIGHT_GRADIENT,
  /// Mean and population variance of every column: x [groups dim[0], rows dim[1], dim[2]] → statistics [groups, 2,
  /// dim[2]]; pointers statistics, x.
  SINEW_BATCH_STATISTICS,
  /// y = (x − mean)/sqrt(variance + scalar[0])·gain + bias; dims as above, gain and bias [groups, dim[2]]; pointers y,
  /// x, gain, bias, statistics.
  SINEW_BATCH_NORM,
  /// d_gain, d_bias [groups, dim[2]]; scalar as above; pointers d_gain, dy, x, d_bias, statistics.
  SINEW_BATCH_NORM_PARAMETER_GRADIENT,
  /// dx, the statistics being those of x; scalar as above; pointers dx, dy, x, gain, statistics, d_gain, d_bias.
  SINEW_BATCH_NORM_GRADIENT,
  /// out[c, b] = Σ_m Σ_t weight[b, t]·|τ_m − 1(e < 0)|·huber₁(e), e = target[b, t] − prediction[c, b, m],
  /// τ_m = (m + ½)/quantiles; dims members, rows, quantiles, targets; pointers out, prediction, target, weight.
  SINEW_QUANTILE_HUBER,
  /// By predictions: pointers d_prediction, dy [members, rows], prediction, target, weight.
  SINEW_QUANTILE_HUBER_GRADIENT,
  /// Probabilities at any places moved to the two nearest of dim[1] atoms that lie evenly from scalar[0] to scalar[1],
  /// in proportion to nearness; places outside count as the ends. dims rows, atoms; pointers out, probability, place
  /// (both [rows, atoms]). A place that is NaN makes its row NaN.
  SINEW_CATEGORICAL_PROJECTION,
  SINEW_OPERATION_COUNT
} sinew_operation;

typedef enum {
  SINEW_NEGATE, SINEW_EXP, SINEW_LOG, SINEW_SQRT, SINEW_SQUARE, SINEW_ABS, SINEW_RECIPROCAL, SINEW_SIN, SINEW_COS,
  SINEW_TANH, SINEW_SIGMOID, SINEW_SOFTPLUS, SINEW_RELU, SINEW_SILU, SINEW_MISH,
  /// The exact GELU, x·Φ(x).
  SINEW_GELU,
  /// clamp(x, scalar[0], scalar[1]); derivative 1 inside (ends included), 0 outside.
  SINEW_CLAMP,
  /// x·scalar[0] + scalar[1].
  SINEW_AFFINE,
  SINEW_IDENTITY,
  SINEW_UNARY_COUNT
} sinew_unary;

typedef enum {
  SINEW_ADD, SINEW_SUBTRACT, SINEW_MULTIPLY, SINEW_DIVIDE, SINEW_MINIMUM, SINEW_MAXIMUM,
  /// 1 or 0.
  SINEW_GREATER, SINEW_GREATER_EQUAL, SINEW_EQUAL,
  SINEW_BINARY_COUNT
} sinew_binary;

typedef enum { SINEW_SUM, SINEW_MEAN, SINEW_MAX, SINEW_MIN } sinew_reduction;

enum {
  SINEW_MATMUL_TRANSPOSE_A = 1, SINEW_MATMUL_TRANSPOSE_B = 2, SINEW_MATMUL_BIAS = 4, SINEW_MATMUL_ACTIVATION = 8,
  SINEW_MATMUL_ACTIVATION_GRADIENT = 16, SINEW_MATMUL_COLUMN_SUMS = 32, SINEW_MATMUL_ACCUMULATE = 64, SINEW_MATMUL_BF16 = 128
};

#define SINEW_MAXIMUM_POINTERS 8
#define SINEW_MAXIMUM_DIMENSIONS 16

/// One operation with its operands.
typedef struct {
  int32_t operation;
  int32_t mode;
  int64_t dim[SINEW_MAXIMUM_DIMENSIONS];
  float scalar[4];
  void *pointer[SINEW_MAXIMUM_POINTERS];
} sinew_instruction;

/// A Philox4x32-10 stream: 64-bit key, 128-bit counter of which the upper half names the stream.
/// Block i of a draw uses counter (counter + i); a draw of n values advances the counter by ceil(n/4).
typedef struct {
  uint64_t key;
  uint64_t stream;
  uint64_t counter;
} sinew_random_state;

/// The state of Adam or AdamW. Decoupled weight decay (AdamW): p −= learning_rate·weight_decay·p.
typedef struct {
  float learning_rate, beta1, beta2, epsilon, weight_decay;
  float beta1_power, beta2_power;
  uint64_t step;
} sinew_adam_state;

/// True where the derivative is computed from y = f(x) (tanh, sigmoid, relu, exp, sqrt, reciprocal, softplus), false
/// where from x.
bool sinew_unary_gradient_uses_output(int32_t function);

// ---------------------------------------------------------------- running

/// The instruction sets that kernels are built for.
typedef enum { SINEW_BASELINE = 0, SINEW_AVX2 = 1, SINEW_AVX512 = 2, SINEW_AVX512_BF16 = 3, SINEW_AMX = 4 } sinew_instruction_set;

/// The best set this processor and system offer, or the one that
/// SINEW_INSTRUCTION_SET=baseline|avx2|avx512|avx512bf16|amx forces (never more than the machine has; a line on
/// standard error says where it is not the one asked for).
sinew_instruction_set sinew_active_instruction_set(void);
bool sinew_instruction_set_available(sinew_instruction_set set);
/// For tests: makes later runs that this thread starts use this set. Returns false where the machine lacks it.
bool sinew_force_instruction_set(sinew_instruction_set set);
const char *sinew_instruction_set_name(sinew_instruction_set set);

typedef struct sinew_pool sinew_pool;

/// A pool of `threads − 1` workers beside the caller; they spin briefly after work and then sleep.
sinew_pool *sinew_pool_create(int threads);
void sinew_pool_destroy(sinew_pool *pool);
int sinew_pool_threads(const sinew_pool *pool);

/// Scratch memory that the kernels need (packed operands): bytes for this plan; `workspace` below is at least that,
/// 64-byte aligned.
size_t sinew_workspace_size(const sinew_instruction *instructions, size_t count, int threads);

/// Timing of one instruction on one thread, nanoseconds of the monotonic clock.
typedef struct { int32_t instruction, thread; uint64_t begin, end; } sinew_trace_event;

/// Runs the instructions in order; pool may be null (one thread). The result does not depend on the number of threads:
/// work is cut by shape alone. `events`, if not null, has room for count × threads events; returns how many were
/// written.
size_t sinew_run(sinew_pool *pool, const sinew_instruction *instructions, size_t count, void *workspace, sinew_trace_event *events);

// ---------------------------------------------------------------- random numbers on the host

/// Philox4x32-10: four 32-bit words of block (stream, counter) under key.
void sinew_philox(uint64_t key, uint64_t stream, uint64_t counter, uint32_t output[4]);

// ---------------------------------------------------------------- the recording of this thread

/// An opaque pointer per thread, for the recording in progress (null when there is none).
void *sinew_thread_recording(void);
void sinew_set_thread_recording(void *recording);

#ifdef __cplusplus
}
#endif
#endif
