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
