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
/// values[i] += mask[i], or -= if negative; wraps around. The mask lies anywhere, not at a multiple of 8.
void ck_add_mask(int64_t *values, const void *mask, long n, bool negative);
/// mean[i] = (float)(sum[i] * factor).
void ck_fixed_mean(float *mean, const int64_t *sum, long n, double factor);
/// sum[i] += factor * x[i].
void ck_add_scaled(float *sum, const float *x, long n, float factor);
