#include "optimizer.h"
#include "targets.h"

// A fused multiply-add rounds once, a multiplication and an addition twice: left to the compiler, the
// clones would differ in the last bit, and nodes of a mixed cluster with them. The loops wait for
// memory, not for arithmetic.
#pragma STDC FP_CONTRACT OFF

CK_VECTOR void ck_sgd(float *restrict p, const float *restrict g, long n, float rate,
                      float decay) {
  for (long i = 0; i < n; i++) p[i] -= rate * (g[i] + decay * p[i]);
}

CK_VECTOR void ck_sgd_momentum(float *restrict p, const float *restrict g, float *restrict b,
                               long n, float rate, float decay, float momentum, float gain) {
  for (long i = 0; i < n; i++) {
    const float d = g[i] + decay * p[i];
    const float next = momentum * b[i] + gain * d;
    b[i] = next;
    p[i] -= rate * next;
  }
}

CK_VECTOR void ck_sgd_nesterov(float *restrict p, const float *restrict g, float *restrict b,
                               long n, float rate, float decay, float momentum, float gain) {
  for (long i = 0; i < n; i++) {
    const float d = g[i] + decay * p[i];
    const float next = momentum * b[i] + gain * d;
    b[i] = next;
    p[i] -= rate * (d + momentum * next);
  }
}

CK_VECTOR void ck_adam(float *restrict p, const float *restrict g, float *restrict m,
                       float *restrict v, long n, const ck_adam_step *restrict step) {
  const ck_adam_step s = *step;
  for (long i = 0; i < n; i++) {
    const float d = g[i] + s.decay * p[i];
    const float first = m[i] + s.gain1 * (d - m[i]);
    const float second = s.beta2 * v[i] + s.gain2 * (d * d);
    m[i] = first;
    v[i] = second;
    // The builtin is the bare instruction; sqrtf would set errno and forbid vectors.
    const float root = s.correction * __builtin_elementwise_sqrt(second) + s.epsilon;
    p[i] = s.keep * p[i] - s.rate * (first / root);
  }
}

// Flags known to the compiler, so that each loop is free of branches.
static inline __attribute__((always_inline)) void rmsprop(float *restrict p,
                                                          const float *restrict g,
                                                          float *restrict v, float *restrict m,
                                                          float *restrict b, long n,
                                                          const ck_rmsprop_step s, int centred,
                                                          int buffered) {
  for (long i = 0; i < n; i++) {
    const float d = g[i] + s.decay * p[i];
    const float square = s.rho * v[i] + s.gain * (d * d);
    v[i] = square;
    float variance = square;
    if (centred) {
      const float mean = m[i] + s.gain * (d - m[i]);
      m[i] = mean;
      // Rounding may push a variance of zero below it.
      const float difference = square - mean * mean;
      variance = difference > 0 ? difference : 0;
    }
    float u = d / (__builtin_elementwise_sqrt(variance) + s.epsilon);
    if (buffered) {
      u = s.momentum * b[i] + u;
      b[i] = u;
    }
    p[i] -= s.rate * u;
  }
}

CK_VECTOR void ck_rmsprop(float *restrict p, const float *restrict g, float *restrict v,
                          float *restrict m, float *restrict b, long n,
                          const ck_rmsprop_step *restrict step) {
  if (m && b)
    rmsprop(p, g, v, m, b, n, *step, 1, 1);
  else if (m)
    rmsprop(p, g, v, m, b, n, *step, 1, 0);
  else if (b)
    rmsprop(p, g, v, m, b, n, *step, 0, 1);
  else
    rmsprop(p, g, v, m, b, n, *step, 0, 0);
}

CK_VECTOR void ck_adagrad(float *restrict p, const float *restrict g, float *restrict s, long n,
                          float rate, float decay, float initial, float epsilon) {
  for (long i = 0; i < n; i++) {
    const float d = g[i] + decay * p[i];
    const float sum = s[i] + d * d;
    s[i] = sum;
    p[i] -= rate * (d / (__builtin_elementwise_sqrt(initial + sum) + epsilon));
  }
}

CK_VECTOR void ck_adadelta(float *restrict p, const float *restrict g, float *restrict v,
                           float *restrict a, long n, float rate, float decay, float rho,
                           float gain, float epsilon) {
  for (long i = 0; i < n; i++) {
    const float d = g[i] + decay * p[i];
    const float square = rho * v[i] + gain * (d * d);
    const float u = __builtin_elementwise_sqrt(a[i] + epsilon) /
                    __builtin_elementwise_sqrt(square + epsilon) * d;
    v[i] = square;
    a[i] = rho * a[i] + gain * (u * u);
    p[i] -= rate * u;
  }
}

CK_VECTOR void ck_lion(float *restrict p, const float *restrict g, float *restrict m, long n,
                       float rate, float keep, float gain1, float gain2) {
  for (long i = 0; i < n; i++) {
    const float mix = m[i] + gain1 * (g[i] - m[i]);
    const float sign = mix > 0 ? 1.0f : mix < 0 ? -1.0f : 0.0f;
    m[i] = m[i] + gain2 * (g[i] - m[i]);
    p[i] = keep * p[i] - rate * sign;
  }
}

// Sums are kept in LANES partial sums whatever the vector's width: element i of a block goes to lane
// i % LANES, and the lanes are added in pairs at the end. Squares of floats are exact in double.
enum { LANES = 32 };

static inline __attribute__((always_inline)) void add_squares(double *lane, const float *x,
                                                              long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) lane[j] += (double)x[i + j] * x[i + j];
  for (int j = 0; i < n; i++, j++) lane[j] += (double)x[i] * x[i];
}

static inline __attribute__((always_inline)) double total(double *lane) {
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) lane[j] += lane[j + half];
  return lane[0];
}

CK_VECTOR double ck_sum_of_squares(const float *x, long n) {
  double lane[LANES] = {0};
  add_squares(lane, x, n);
  return total(lane);
}

static inline __attribute__((always_inline)) float lamb(float p, float m, float v,
                                                        const ck_adam_step s) {
  return s.rate * m / (s.correction * __builtin_elementwise_sqrt(v) + s.epsilon) + s.decay * p;
}

CK_VECTOR double ck_lamb_means(const float *restrict p, const float *restrict g,
                               float *restrict m, float *restrict v, long n,
                               const ck_adam_step *restrict step) {
  enum { BLOCK = 16 * LANES };
  const ck_adam_step s = *step;
  double lane[LANES] = {0};
  float block[BLOCK];
  for (long start = 0; start < n; start += BLOCK) {
    const long count = n - start < BLOCK ? n - start : BLOCK;
    for (long j = 0; j < count; j++) {
      const long i = start + j;
      const float first = m[i] + s.gain1 * (g[i] - m[i]);
      const float second = s.beta2 * v[i] + s.gain2 * (g[i] * g[i]);
      m[i] = first;
      v[i] = second;
      block[j] = lamb(p[i], first, second, s);
    }
    add_squares(lane, block, count);
  }
  return total(lane);
}

CK_VECTOR void ck_lamb(float *restrict p, const float *restrict m, const float *restrict v,
                       long n, const ck_adam_step *restrict step, float trust) {
  const ck_adam_step s = *step;
  for (long i = 0; i < n; i++) p[i] -= trust * lamb(p[i], m[i], v[i], s);
}

CK_VECTOR void ck_clamp(float *restrict x, long n, float limit) {
  for (long i = 0; i < n; i++) x[i] = x[i] > limit ? limit : x[i] < -limit ? -limit : x[i];
}

CK_VECTOR void ck_average(float *restrict a, const float *restrict p, long n, float gain) {
  for (long i = 0; i < n; i++) a[i] += gain * (p[i] - a[i]);
}
