#pragma once
#include <stdint.h>
#include <string.h>
// exp, tanh and the sigmoid for loops under CK_VECTOR: no calls, no branches, so that they vectorise.
// NaN stays NaN. The largest errors, among every seventh of all floats, in units in the last place:
//
//     ck_exp      2; exactly 0 below -87, and above 88 what it is at 88: 1.7e38
//     ck_tanh     3
//     ck_sigmoid  3; beyond -87 and 87 what it is there: 1.6e-38 and 1
//
// Method: x = k ln 2 + r with abs(r) <= ln 2 / 2; e^r - 1 by its Taylor series up to r^7, whose
// remainder is below 2e-8 of it; 2^k is put together from the exponent's bits.

#define CK_INLINE static inline __attribute__((always_inline))

/// e^x = scale * (1 + rest), with scale a power of two.
typedef struct {
  float scale, rest;
} ck_power;

/// The power for -87 <= x <= 88.
CK_INLINE ck_power ck_power_of(float x) {
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the mantissa.
  const float magic = 12582912.0f;
  float shifted = x * 1.44269504f + magic, k = shifted - magic;
  // ln 2 in two parts; the first has so few bits that k times it is exact.
  float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float series = 1.0f / 5040;
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 0.5f;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3F800000u;
  ck_power power;
  memcpy(&power.scale, &bits, sizeof bits);
  power.rest = r + r * r * series;
  return power;
}

/// x cut to [lower, upper].
CK_INLINE float ck_clamp(float x, float lower, float upper) {
  x = x < lower ? lower : x;
  return x > upper ? upper : x;
}

CK_INLINE float ck_exp(float x) {
  ck_power p = ck_power_of(ck_clamp(x, -87, 88));
  float y = p.scale + p.scale * p.rest;
  return x < -87 ? 0 : y;
}

/// (e^2x - 1) / (e^2x + 1); beyond 9.01 it rounds to 1.
CK_INLINE float ck_tanh(float x) {
  ck_power p = ck_power_of(ck_clamp(2 * x, -19, 19));
  float minus_one = (p.scale - 1) + p.scale * p.rest;
  return minus_one / (minus_one + 2);
}

CK_INLINE float ck_sigmoid(float x) {
  ck_power p = ck_power_of(ck_clamp(-x, -87, 87));
  return 1 / ((1 + p.scale) + p.scale * p.rest);
}
