#pragma once
#include <stdbool.h>
#include <stdint.h>

// What happens to every element of every client's update.

/// y[i] -= x[i].
void ck_subtract(float *y, const float *x, long n);
/// g[i] += pull * (p[i] - anchor[i]) + linear[i]; linear may be null.
void ck_correct_gradient(float *g, const float *p, const float *anchor, const float *linear, long n,
                         float pull);
/// sum[i] += weight * round(clamp(u[i], -limit, limit) * scale), round to even; wraps around.
/// Returns how many elements were cut. u must be finite.
long ck_fixed_add(int64_t *sum, const float *u, long n, double scale, double limit, int64_t weight);
/// values[i] += first[i] + second[i], or minus what is negative; wraps around. Masks lie anywhere, not at a
/// multiple of 8; the second may be null.
void ck_add_masks(int64_t *values, const void *first, bool first_negative, const void *second,
                  bool second_negative, long n);
/// mean[i] = (float)(sum[i] * factor).
void ck_fixed_mean(float *mean, const int64_t *sum, long n, double factor);
/// sum[i] += factor * x[i].
void ck_add_scaled(float *sum, const float *x, long n, float factor);
