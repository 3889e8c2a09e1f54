#pragma once
// Stored numbers to normalised floats.
#include <stdint.h>

/// y = ((float)x - mean) / deviation. Returns 1 if every y is finite, else 0.
int ck_convert_i8(const int8_t *x, float *y, long n, float mean, float deviation);
int ck_convert_i16(const int16_t *x, float *y, long n, float mean, float deviation);
int ck_convert_i32(const int32_t *x, float *y, long n, float mean, float deviation);
int ck_convert_i64(const int64_t *x, float *y, long n, float mean, float deviation);
int ck_convert_u8(const uint8_t *x, float *y, long n, float mean, float deviation);
int ck_convert_u16(const uint16_t *x, float *y, long n, float mean, float deviation);
int ck_convert_u32(const uint32_t *x, float *y, long n, float mean, float deviation);
int ck_convert_u64(const uint64_t *x, float *y, long n, float mean, float deviation);
int ck_convert_f32(const float *x, float *y, long n, float mean, float deviation);
int ck_convert_f64(const double *x, float *y, long n, float mean, float deviation);
