#pragma once
// One pass of an optimizer over a flat slice: element i of each result depends on element i of each
// operand alone, and multiplications and additions are not contracted. So the bits do not depend on
// where a slice begins or ends, on the instruction set, or on the vector's width.
// The arrays must not overlap.

/// p -= rate * (g + decay * p)
void ck_sgd(float *p, const float *g, long n, float rate, float decay);
/// d = g + decay * p; b = momentum * b + gain * d; p -= rate * b
void ck_sgd_momentum(float *p, const float *g, float *b, long n, float rate, float decay,
                     float momentum, float gain);
/// d = g + decay * p; b = momentum * b + gain * d; p -= rate * (d + momentum * b)
void ck_sgd_nesterov(float *p, const float *g, float *b, long n, float rate, float decay,
                     float momentum, float gain);

/// What is the same for all elements of a step.
typedef struct {
  float keep;       ///< p is multiplied by this first: 1 - rate * decoupled weight decay
  float decay;      ///< weight decay as a part of the gradient
  float gain1;      ///< 1 - beta1
  float beta2;      ///< beta2
  float gain2;      ///< 1 - beta2
  float rate;       ///< learning rate / (1 - beta1^t)
  float correction; ///< 1 / sqrt(1 - beta2^t)
  float epsilon;    ///< added to the corrected root
} ck_adam_step;

/// d = g + decay * p; m += gain1 * (d - m); v = beta2 * v + gain2 * d * d;
/// p = keep * p - rate * m / (correction * sqrt(v) + epsilon)
void ck_adam(float *p, const float *g, float *m, float *v, long n, const ck_adam_step *step);
