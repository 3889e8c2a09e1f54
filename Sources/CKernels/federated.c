#include "federated.h"
#include <math.h>
#include "targets.h"

// Contraction would make the clones differ in the last bit: see optimizer.c.
#pragma STDC FP_CONTRACT OFF

CK_VECTOR void ck_subtract(float *restrict y, const float *restrict x, long n) {
  for (long i = 0; i < n; i++) y[i] -= x[i];
}

CK_VECTOR static void pull_only(float *restrict g, const float *restrict p,
                                const float *restrict anchor, long n, float pull) {
  for (long i = 0; i < n; i++) g[i] += pull * (p[i] - anchor[i]);
}

CK_VECTOR static void pull_and_push(float *restrict g, const float *restrict p,
                                    const float *restrict anchor, const float *restrict linear,
                                    long n, float pull) {
  for (long i = 0; i < n; i++) g[i] += pull * (p[i] - anchor[i]) + linear[i];
}

void ck_correct_gradient(float *g, const float *p, const float *anchor, const float *linear, long n,
                         float pull) {
  if (linear)
    pull_and_push(g, p, anchor, linear, n, pull);
  else
    pull_only(g, p, anchor, n, pull);
}

CK_VECTOR long ck_fixed_add(int64_t *restrict sum, const float *restrict u, long n, double scale,
                            double limit, int64_t weight) {
  long cut = 0;
  for (long i = 0; i < n; i++) {
    const double x = u[i];
    const double low = x < -limit ? -limit : x;
    const double y = low > limit ? limit : low;
    cut += y != x;
    // Unsigned: the ring is that of the integers mod 2^64, in which masks wrap around.
    sum[i] = (int64_t)((uint64_t)sum[i] +
                       (uint64_t)weight * (uint64_t)(int64_t)__builtin_rint(y * scale));
  }
  return cut;
}

typedef uint64_t unaligned __attribute__((aligned(1)));

CK_VECTOR void ck_add_masks(int64_t *restrict values, const void *restrict first,
                            bool first_negative, const void *restrict second, bool second_negative,
                            long n) {
  const unaligned *a = first, *b = second;
  // All ones turn x into -x - 1, and taking them away adds the 1.
  const uint64_t s = first_negative ? ~(uint64_t)0 : 0, t = second_negative ? ~(uint64_t)0 : 0;
  if (b)
    for (long i = 0; i < n; i++)
      values[i] = (int64_t)((uint64_t)values[i] + ((a[i] ^ s) - s) + ((b[i] ^ t) - t));
  else
    for (long i = 0; i < n; i++)
      values[i] = (int64_t)((uint64_t)values[i] + ((a[i] ^ s) - s));
}

CK_VECTOR void ck_fixed_mean(float *restrict mean, const int64_t *restrict sum, long n,
                             double factor) {
  for (long i = 0; i < n; i++) mean[i] = (float)((double)sum[i] * factor);
}

CK_VECTOR void ck_add_scaled(float *restrict sum, const float *restrict x, long n, float factor) {
  for (long i = 0; i < n; i++) sum[i] += factor * x[i];
}
