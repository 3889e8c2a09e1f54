#include "elementwise.h"
#include "exponential.h"
#include "targets.h"

// Not 0 * x for a slope of 0: minus infinity would become NaN. NaN stays what it is.
CK_VECTOR void ck_rectify(const float *x, float *y, long n, float slope) {
  if (slope == 0)
    for (long i = 0; i < n; i++)
      y[i] = x[i] < 0 ? 0 : x[i];
  else
    for (long i = 0; i < n; i++)
      y[i] = x[i] < 0 ? slope * x[i] : x[i];
}

CK_VECTOR void ck_rectify_gradient(const float *dy, const float *saved, float *dx, long n,
                                   float slope) {
  for (long i = 0; i < n; i++)
    dx[i] = saved[i] > 0 ? dy[i] : slope * dy[i];
}

// Phi, the normal distribution's integral, and exp(-x^2 / 2), which it is made of: Abramowitz and Stegun
// 7.1.26, off by at most 2e-7.
static inline __attribute__((always_inline)) float phi(float x, float *bell) {
  float a = (x < 0 ? -x : x) * 0.70710678f;
  float t = 1 / (1 + 0.3275911f * a);
  float e = ck_exp(-a * a);
  float p = 1.061405429f * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  float tail = 0.5f * p * t * e;
  *bell = e;
  return x < 0 ? tail : 1 - tail;
}

CK_VECTOR void ck_gelu(const float *x, float *y, long n) {
  CK_BY_16 for (long i = 0; i < n; i++) {
    float bell;
    y[i] = x[i] * phi(x[i], &bell);
  }
}

// (x Phi(x))' = Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)
CK_VECTOR void ck_gelu_gradient(const float *dy, const float *x, float *dx, long n) {
  CK_BY_16 for (long i = 0; i < n; i++) {
    float bell, p = phi(x[i], &bell);
    dx[i] = dy[i] * (p + x[i] * 0.39894228f * bell);
  }
}

CK_VECTOR void ck_scale_to(const float *x, float *y, long n, float factor) {
  for (long i = 0; i < n; i++)
    y[i] = factor * x[i];
}

CK_VECTOR static void add(const float *a, const float *b, float *c, long n) {
  for (long i = 0; i < n; i++)
    c[i] = a[i] + b[i];
}

CK_VECTOR static void subtract(const float *a, const float *b, float *c, long n) {
  for (long i = 0; i < n; i++)
    c[i] = a[i] - b[i];
}

CK_VECTOR static void multiply(const float *a, const float *b, float *c, long n) {
  for (long i = 0; i < n; i++)
    c[i] = a[i] * b[i];
}

CK_VECTOR static void divide(const float *a, const float *b, float *c, long n) {
  for (long i = 0; i < n; i++)
    c[i] = a[i] / b[i];
}

void ck_binary(const float *a, const float *b, float *c, long n, ck_operation op) {
  switch (op) {
  case CK_ADD: add(a, b, c, n); break;
  case CK_SUBTRACT: subtract(a, b, c, n); break;
  case CK_MULTIPLY: multiply(a, b, c, n); break;
  case CK_DIVIDE: divide(a, b, c, n); break;
  case CK_FIRST: ck_scale_to(a, c, n, 1); break;
  }
}

CK_VECTOR void ck_add_bias(float *y, const float *bias, long rows, long columns) {
  for (long row = 0; row < rows; row++, y += columns)
    for (long i = 0; i < columns; i++)
      y[i] += bias[i];
}

CK_VECTOR void ck_add_bias_to(const float *x, const float *bias, float *y, long rows,
                              long columns) {
  for (long row = 0; row < rows; row++, x += columns, y += columns)
    for (long i = 0; i < columns; i++)
      y[i] = x[i] + bias[i];
}

void ck_broadcast_set(ck_broadcast *b, int axis, long extent, long first, long second) {
  b->extents[axis] = extent;
  b->first[axis] = first;
  b->second[axis] = second;
}

// One row of the innermost axis; each stride is 0 or 1 there, or that of a permuted operand.
static void broadcast_row(const float *a, long sa, const float *b, long sb, float *c, long n,
                          ck_operation op) {
  if (sa == 1 && sb == 1) {
    ck_binary(a, b, c, n, op);
    return;
  }
  for (long i = 0; i < n; i++) {
    float x = a[i * sa], y = b[i * sb];
    switch (op) {
    case CK_ADD: c[i] = x + y; break;
    case CK_SUBTRACT: c[i] = x - y; break;
    case CK_MULTIPLY: c[i] = x * y; break;
    case CK_DIVIDE: c[i] = x / y; break;
    case CK_FIRST: c[i] = x; break;
    }
  }
}

void ck_broadcast_binary(const float *a, const float *b, float *c, const ck_broadcast *g,
                         ck_operation op) {
  int last = g->rank - 1;
  long index[CK_MAX_RANK] = {0};
  long n = g->extents[last];
  for (int axis = 0; axis < g->rank; axis++)
    if (g->extents[axis] == 0)
      return;
  for (;;) {
    broadcast_row(a, g->first[last], b, g->second[last], c, n, op);
    c += n;
    // The odometer: the next index of the outer axes.
    int axis = last - 1;
    for (; axis >= 0; axis--) {
      a += g->first[axis];
      b += g->second[axis];
      if (++index[axis] < g->extents[axis])
        break;
      a -= g->first[axis] * g->extents[axis];
      b -= g->second[axis] * g->extents[axis];
      index[axis] = 0;
    }
    if (axis < 0)
      return;
  }
}

static inline void philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    uint64_t first = (uint64_t)0xD2511F53 * c[0], second = (uint64_t)0xCD9E8D57 * c[2];
    uint32_t n0 = (uint32_t)(second >> 32) ^ c[1] ^ k0, n2 = (uint32_t)(first >> 32) ^ c[3] ^ k1;
    c[1] = (uint32_t)second;
    c[3] = (uint32_t)first;
    c[0] = n0;
    c[2] = n2;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

CK_VECTOR void ck_dropout(const float *x, const int32_t *keys, float *y, long samples, long count,
                          uint32_t salt, uint32_t threshold, float factor) {
  for (long s = 0; s < samples; s++, x += count, y += count) {
    uint32_t k0 = (uint32_t)keys[2 * s], k1 = (uint32_t)keys[2 * s + 1];
    for (long j = 0; j < count; j += 4) {
      uint32_t c[4] = {(uint32_t)(j / 4), salt, 0, 0};
      philox(c, k0, k1);
      for (long i = j; i < j + 4 && i < count; i++)
        y[i] = c[i - j] >= threshold ? factor * x[i] : 0;
    }
  }
}
