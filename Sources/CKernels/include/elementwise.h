#pragma once
// Elementwise loops over flat arrays. Sources and results may be the same array.
#include <stdint.h>

typedef enum { CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_FIRST } ck_operation;

/// y = x < 0 ? slope * x : x, and 0 for a slope of 0
void ck_rectify(const float *x, float *y, long n, float slope);
/// dx = saved > 0 ? dy : slope * dy
void ck_rectify_gradient(const float *dy, const float *saved, float *dx, long n, float slope);
/// y = x Phi(x), off by at most 5e-7
void ck_gelu(const float *x, float *y, long n);
void ck_gelu_gradient(const float *dy, const float *x, float *dx, long n);
/// y = factor * x
void ck_scale_to(const float *x, float *y, long n, float factor);
/// c = a op b
void ck_binary(const float *a, const float *b, float *c, long n, ck_operation op);

/// y[row, :] += bias
void ck_add_bias(float *y, const float *bias, long rows, long columns);
/// y[row, :] = x[row, :] + bias
void ck_add_bias_to(const float *x, const float *bias, float *y, long rows, long columns);

enum { CK_MAX_RANK = 12 };
/// Extents of a row-major result and the strides of two operands, 0 where an axis is repeated.
typedef struct {
  int rank;
  long extents[CK_MAX_RANK], first[CK_MAX_RANK], second[CK_MAX_RANK];
} ck_broadcast;
void ck_broadcast_set(ck_broadcast *b, int axis, long extent, long first, long second);
void ck_broadcast_binary(const float *a, const float *b, float *c, const ck_broadcast *geometry,
                         ck_operation op);

/// Zeroes where the random word of (sample key, salt, element) is below threshold, else scales.
/// The word of element j is word j % 4 of Philox-4x32-10 with counter (j / 4, salt, 0, 0).
void ck_dropout(const float *x, const int32_t *keys, float *y, long samples, long count,
                uint32_t salt, uint32_t threshold, float factor);
