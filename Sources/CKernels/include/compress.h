#pragma once
#include <stdint.h>

// Loops that shorten gradients; see Collectives/Compression. `x` is a gradient with what was left over
// of earlier ones; what is left over now goes to `rest`. Arrays do not overlap.

/// Rounds `x` to 16 bits; `rest` is what rounding takes away.
void ck_narrow_bf16(const float *x, uint16_t *half, float *rest, long n);
void ck_narrow_f16(const float *x, uint16_t *half, float *rest, long n);
/// The values of 16-bit floats.
void ck_widen_bf16(const uint16_t *half, float *x, long n);
void ck_widen_f16(const uint16_t *half, float *x, long n);

/// The sum of absolute values, in a fixed order.
double ck_sum_absolute(const float *x, long n);
/// Bit i % 32 of word i / 32 says whether x[i] is negative; `rest` is x[i] less the signed `size`.
void ck_take_signs(const float *x, float size, uint32_t *words, float *rest, long n);
/// Adds the signed `size` to each element.
void ck_add_signs(const uint32_t *words, float size, float *sum, long n);

/// Writes the `k` elements of the largest magnitude in ascending order of place, ties to the first
/// places: first k places, then k values as bits. `rest` is `x` without them.
void ck_take_largest(const float *x, long k, uint32_t *words, float *rest, long n);

/// The product of two vectors, in a fixed order.
float ck_dot(const float *a, const float *b, long n);
/// Adds `factor` times `source` to `target`.
void ck_add_times(float *target, const float *source, float factor, long n);

/// Multiplies `target` by `factors`.
void ck_multiply(float *target, const float *factors, long n);

/// The product of two vectors in double precision, in a fixed order.
double ck_dot64(const float *a, const float *b, long n);
/// `target` = `x` a + `y` b; the target may be a or b.
void ck_combine(float *target, const float *a, float x, const float *b, float y, long n);
