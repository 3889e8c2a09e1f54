#pragma once
// oneDNN as Swift sees it. oneDNN 2 makes a primitive descriptor in two calls (an operation
// descriptor, then the primitive descriptor), oneDNN 3 in one; the functions below have the shape of
// version 3, so that the difference ends in this file.
#include <dlfcn.h>
#include <dnnl.h>
#include <stdbool.h>
#include <stddef.h>

#if DNNL_VERSION_MAJOR != 2
#error "COneDNN is written for oneDNN 2"
#endif

/// Geometry of a window; dilation counts holes, 0 is dense (oneDNN's convention).
typedef struct {
  dnnl_dims_t size, strides, dilation, padding_before, padding_after;
} conednn_window;

// The arrays are tuples in Swift; this writes one entry.
static inline void conednn_window_set(conednn_window *w, int axis, int64_t size, int64_t stride,
                                      int64_t dilation, int64_t before, int64_t after) {
  w->size[axis] = size;
  w->strides[axis] = stride;
  w->dilation[axis] = dilation;
  w->padding_before[axis] = before;
  w->padding_after[axis] = after;
}

// Row-major layout, or `any` for the library to choose.
static inline dnnl_status_t conednn_layout(dnnl_memory_desc_t *md, int rank, const int64_t *dims,
                                           dnnl_data_type_t type, bool any) {
  int64_t strides[DNNL_MAX_NDIMS];
  if (any)
    return dnnl_memory_desc_init_by_tag(md, rank, dims, type, dnnl_format_tag_any);
  int64_t stride = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis] > 0 ? dims[axis] : 1;
  }
  return dnnl_memory_desc_init_by_strides(md, rank, dims, type, strides);
}

// Images with 16 channels side by side: nChw16c.
static inline dnnl_status_t conednn_layout_blocked_images(dnnl_memory_desc_t *md,
                                                          const int64_t *dims) {
  return dnnl_memory_desc_init_by_tag(md, 4, dims, dnnl_f32, dnnl_nChw16c);
}

// Filters with 16 channels of each kind side by side. Results of a convolution lie innermost, in
// OIhw16i16o, or its inputs, in IOhw16o16i: then it is the filter of the convolution backward.
static inline dnnl_status_t conednn_layout_blocked_filter(dnnl_memory_desc_t *md,
                                                          const int64_t *dims, bool backward) {
  return dnnl_memory_desc_init_by_tag(md, 4, dims, dnnl_f32,
                                      backward ? dnnl_IOhw16o16i : dnnl_OIhw16i16o);
}

static inline int64_t conednn_dim(const dnnl_memory_desc_t *md, int axis) { return md->dims[axis]; }

#define CONEDNN_CONVOLUTION(INIT, HINT, ...)                                                       \
  dnnl_convolution_desc_t op;                                                                      \
  dnnl_status_t status =                                                                           \
      INIT(__VA_ARGS__, w->strides, w->dilation, w->padding_before, w->padding_after);             \
  return status != dnnl_success ? status                                                           \
                                : dnnl_primitive_desc_create(pd, &op, attr, engine, HINT);

static inline dnnl_status_t conednn_convolution_forward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool training, const dnnl_memory_desc_t *src,
    const dnnl_memory_desc_t *weights, const dnnl_memory_desc_t *bias,
    const dnnl_memory_desc_t *dst, const conednn_window *w, const_dnnl_primitive_attr_t attr) {
  CONEDNN_CONVOLUTION(
      dnnl_dilated_convolution_forward_desc_init, NULL, &op,
      training ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct, src,
      weights, bias, dst)
}

static inline dnnl_status_t conednn_convolution_backward_data(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, const dnnl_memory_desc_t *diff_src,
    const dnnl_memory_desc_t *weights, const dnnl_memory_desc_t *diff_dst, const conednn_window *w,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attr) {
  CONEDNN_CONVOLUTION(
      dnnl_dilated_convolution_backward_data_desc_init, forward, &op, dnnl_convolution_direct,
      diff_src, weights, diff_dst)
}

static inline dnnl_status_t conednn_convolution_backward_weights(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, const dnnl_memory_desc_t *src,
    const dnnl_memory_desc_t *diff_weights, const dnnl_memory_desc_t *diff_bias,
    const dnnl_memory_desc_t *diff_dst, const conednn_window *w,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attr) {
  CONEDNN_CONVOLUTION(
      dnnl_dilated_convolution_backward_weights_desc_init, forward, &op, dnnl_convolution_direct,
      src, diff_weights, diff_bias, diff_dst)
}

static inline dnnl_status_t conednn_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
                                           const dnnl_memory_desc_t *src,
                                           const dnnl_memory_desc_t *weights,
                                           const dnnl_memory_desc_t *bias,
                                           const dnnl_memory_desc_t *dst,
                                           const_dnnl_primitive_attr_t attr) {
  dnnl_matmul_desc_t op;
  dnnl_status_t status = dnnl_matmul_desc_init(&op, src, weights, bias, dst);
  return status != dnnl_success ? status : dnnl_primitive_desc_create(pd, &op, attr, engine, NULL);
}

static inline dnnl_status_t conednn_pooling_forward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool training, dnnl_alg_kind_t alg,
    const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *dst, const conednn_window *w,
    const_dnnl_primitive_attr_t attr) {
  dnnl_pooling_v2_desc_t op;
  dnnl_status_t status = dnnl_pooling_v2_forward_desc_init(
      &op, training ? dnnl_forward_training : dnnl_forward_inference, alg, src, dst, w->strides,
      w->size, w->dilation, w->padding_before, w->padding_after);
  return status != dnnl_success ? status : dnnl_primitive_desc_create(pd, &op, attr, engine, NULL);
}

static inline dnnl_status_t conednn_pooling_backward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t alg,
    const dnnl_memory_desc_t *diff_src, const dnnl_memory_desc_t *diff_dst,
    const conednn_window *w, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attr) {
  dnnl_pooling_v2_desc_t op;
  dnnl_status_t status = dnnl_pooling_v2_backward_desc_init(
      &op, alg, diff_src, diff_dst, w->strides, w->size, w->dilation, w->padding_before,
      w->padding_after);
  return status != dnnl_success ? status
                                : dnnl_primitive_desc_create(pd, &op, attr, engine, forward);
}

static inline dnnl_status_t conednn_eltwise_forward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t alg,
    const dnnl_memory_desc_t *data, float alpha, float beta, const_dnnl_primitive_attr_t attr) {
  dnnl_eltwise_desc_t op;
  dnnl_status_t status =
      dnnl_eltwise_forward_desc_init(&op, dnnl_forward_training, alg, data, alpha, beta);
  return status != dnnl_success ? status : dnnl_primitive_desc_create(pd, &op, attr, engine, NULL);
}

static inline dnnl_status_t conednn_eltwise_backward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t alg,
    const dnnl_memory_desc_t *diff, const dnnl_memory_desc_t *data, float alpha, float beta,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attr) {
  dnnl_eltwise_desc_t op;
  dnnl_status_t status = dnnl_eltwise_backward_desc_init(&op, alg, diff, data, alpha, beta);
  return status != dnnl_success ? status
                                : dnnl_primitive_desc_create(pd, &op, attr, engine, forward);
}

static inline dnnl_status_t conednn_softmax_forward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool logarithm,
    const dnnl_memory_desc_t *data, int axis, const_dnnl_primitive_attr_t attr) {
  dnnl_softmax_v2_desc_t op;
  dnnl_status_t status = dnnl_softmax_v2_forward_desc_init(
      &op, dnnl_forward_training, logarithm ? dnnl_softmax_log : dnnl_softmax_accurate, data, data,
      axis);
  return status != dnnl_success ? status : dnnl_primitive_desc_create(pd, &op, attr, engine, NULL);
}

static inline dnnl_status_t conednn_softmax_backward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool logarithm,
    const dnnl_memory_desc_t *data, int axis, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attr) {
  dnnl_softmax_v2_desc_t op;
  dnnl_status_t status = dnnl_softmax_v2_backward_desc_init(
      &op, logarithm ? dnnl_softmax_log : dnnl_softmax_accurate, data, data, data, axis);
  return status != dnnl_success ? status
                                : dnnl_primitive_desc_create(pd, &op, attr, engine, forward);
}

static inline dnnl_status_t conednn_batch_norm_forward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, bool given_statistics,
    const dnnl_memory_desc_t *data, float epsilon, const_dnnl_primitive_attr_t attr) {
  dnnl_batch_normalization_desc_t op;
  unsigned flags = dnnl_use_scale | dnnl_use_shift;
  if (given_statistics)
    flags |= dnnl_use_global_stats;
  dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(
      &op, given_statistics ? dnnl_forward_inference : dnnl_forward_training, data, epsilon, flags);
  return status != dnnl_success ? status : dnnl_primitive_desc_create(pd, &op, attr, engine, NULL);
}

static inline dnnl_status_t conednn_batch_norm_backward(
    dnnl_primitive_desc_t *pd, dnnl_engine_t engine, const dnnl_memory_desc_t *diff,
    const dnnl_memory_desc_t *data, float epsilon, const_dnnl_primitive_desc_t forward,
    const_dnnl_primitive_attr_t attr) {
  dnnl_batch_normalization_desc_t op;
  dnnl_status_t status = dnnl_batch_normalization_backward_desc_init(
      &op, dnnl_backward, diff, data, epsilon, dnnl_use_scale | dnnl_use_shift);
  return status != dnnl_success ? status
                                : dnnl_primitive_desc_create(pd, &op, attr, engine, forward);
}

static inline dnnl_status_t conednn_reorder(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
                                            const dnnl_memory_desc_t *src,
                                            const dnnl_memory_desc_t *dst,
                                            const_dnnl_primitive_attr_t attr) {
  return dnnl_reorder_primitive_desc_create(pd, src, engine, dst, engine, attr);
}

// A memory object over memory that somebody else owns; NULL until bound.
static inline dnnl_status_t conednn_memory(dnnl_memory_t *memory, dnnl_engine_t engine,
                                           const dnnl_memory_desc_t *md) {
  return dnnl_memory_create(memory, md, engine, NULL);
}

// The layout of one operand that the library chose; NULL if the primitive has no such operand.
static inline const dnnl_memory_desc_t *conednn_operand(const_dnnl_primitive_desc_t pd, int arg) {
  return dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
}

static inline const char *conednn_implementation(const_dnnl_primitive_desc_t pd) {
  const char *text = "";
  dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &text);
  return text;
}

// Kernels called from this thread use one thread. oneDNN takes the number from OpenMP, whose run-time
// library comes with it; looked up by name, because its development files may be missing. A oneDNN
// built without OpenMP has no such function and needs none.
static inline void conednn_use_one_thread(void) {
  void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  if (set)
    set(1);
}

// The operand of the post-operation at `position`.
static inline int conednn_arg_post_operation(int position) {
  return DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1;
}

// Whether this processor multiplies bfloat16, and the environment (DNNL_MAX_CPU_ISA) lets it.
static inline bool conednn_has_bfloat16(void) {
  return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) ==
         dnnl_cpu_isa_avx512_core_bf16;
}

// Macros that Swift does not import.
enum {
  conednn_arg_src = DNNL_ARG_SRC_0,
  conednn_arg_dst = DNNL_ARG_DST_0,
  conednn_arg_weights = DNNL_ARG_WEIGHTS_0,
  conednn_arg_bias = DNNL_ARG_BIAS,
  conednn_arg_scale = DNNL_ARG_SCALE,
  conednn_arg_shift = DNNL_ARG_SHIFT,
  conednn_arg_mean = DNNL_ARG_MEAN,
  conednn_arg_variance = DNNL_ARG_VARIANCE,
  conednn_arg_workspace = DNNL_ARG_WORKSPACE,
  conednn_arg_scratchpad = DNNL_ARG_SCRATCHPAD,
  conednn_arg_diff_src = DNNL_ARG_DIFF_SRC_0,
  conednn_arg_diff_dst = DNNL_ARG_DIFF_DST_0,
  conednn_arg_diff_weights = DNNL_ARG_DIFF_WEIGHTS_0,
  conednn_arg_diff_bias = DNNL_ARG_DIFF_BIAS,
  conednn_arg_diff_scale = DNNL_ARG_DIFF_SCALE,
  conednn_arg_diff_shift = DNNL_ARG_DIFF_SHIFT,
  conednn_arg_from = DNNL_ARG_FROM,
  conednn_arg_to = DNNL_ARG_TO,
};
