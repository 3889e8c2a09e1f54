#pragma once
// Sums and maxima over rows in sixteen lanes, which are then combined pairwise: the order is written
// out and the same for every instruction set. As vectors, because the compiler does not make good ones
// of arrays of lanes.
#include <string.h>

#define CK_INLINE static inline __attribute__((always_inline))
typedef float ck_lanes __attribute__((vector_size(64)));

// The lanes of x, or as many as there are, the rest filled with other.
CK_INLINE void ck_load_lanes(ck_lanes *lanes, const float *x, long n, float other) {
  if (n >= 16) {
    memcpy(lanes, x, sizeof *lanes);
    return;
  }
  float part[16];
  for (int lane = 0; lane < 16; lane++)
    part[lane] = lane < n ? x[lane] : other;
  memcpy(lanes, part, sizeof part);
}

#define CK_HALVES(OPERATION, v)                                                              \
  {                                                                                          \
    v = OPERATION(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, \
                                             4, 5, 6, 7));                                   \
    v = OPERATION(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15,   \
                                             8, 9, 10, 11));                                 \
    v = OPERATION(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, \
                                             15, 12, 13));                                   \
    v = OPERATION(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, \
                                             12, 15, 14));                                   \
  }
#define CK_PLUS(a, b) ((a) + (b))

// The largest of start and x; NaN is passed over.
CK_INLINE float ck_largest(const float *x, long n, float start) {
  ck_lanes m = start - (ck_lanes){0}, next;
  for (long i = 0; i < n; i += 16) {
    ck_load_lanes(&next, x + i, n - i, start);
    m = __builtin_elementwise_max(m, next);
  }
  CK_HALVES(__builtin_elementwise_max, m)
  return m[0];
}

CK_INLINE float ck_sum(const float *x, long n) {
  ck_lanes s = {0}, next;
  for (long i = 0; i < n; i += 16) {
    ck_load_lanes(&next, x + i, n - i, 0);
    s += next;
  }
  CK_HALVES(CK_PLUS, s)
  return s[0];
}

CK_INLINE float ck_dot(const float *x, const float *y, long n) {
  ck_lanes s = {0}, a, b;
  for (long i = 0; i < n; i += 16) {
    ck_load_lanes(&a, x + i, n - i, 0);
    ck_load_lanes(&b, y + i, n - i, 0);
    s += a * b;
  }
  CK_HALVES(CK_PLUS, s)
  return s[0];
}
