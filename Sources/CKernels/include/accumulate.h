#pragma once
// Sums of whole buffers, as the collectives need them. Arrays of one call do not overlap.
#include <stdint.h>

/// dst += src
void ck_add_f32(float *dst, const float *src, long n);
void ck_add_f64(double *dst, const double *src, long n);
void ck_add_i32(int32_t *dst, const int32_t *src, long n);
/// dst = a + b
void ck_sum2_f32(float *dst, const float *a, const float *b, long n);
void ck_sum2_f64(double *dst, const double *a, const double *b, long n);
void ck_sum2_i32(int32_t *dst, const int32_t *a, const int32_t *b, long n);
/// dst *= factor
void ck_scale_f32(float *dst, float factor, long n);
void ck_scale_f64(double *dst, double factor, long n);
void ck_scale_i32(int32_t *dst, int32_t factor, long n);
