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

/// The constants of a step of RMSprop.
typedef struct {
  float decay;    ///< weight decay as a part of the gradient
  float rho;      ///< the share of the past in the means
  float gain;     ///< 1 - rho
  float epsilon;  ///< added to the root
  float momentum; ///< the share of the buffer that is kept
  float rate;     ///< learning rate
} ck_rmsprop_step;

/// d = g + decay * p; v = rho * v + gain * d * d; if m: m += gain * (d - m), w = v - m * m, else w = v;
/// u = d / (sqrt(w) + epsilon); if b: b = momentum * b + u, p -= rate * b, else p -= rate * u.
/// m and b may be null.
void ck_rmsprop(float *p, const float *g, float *v, float *m, float *b, long n,
                const ck_rmsprop_step *step);
/// d = g + decay * p; s += d * d; p -= rate * d / (sqrt(initial + s) + epsilon)
void ck_adagrad(float *p, const float *g, float *s, long n, float rate, float decay, float initial,
                float epsilon);
/// d = g + decay * p; v = rho * v + gain * d * d; u = sqrt(a + epsilon) / sqrt(v + epsilon) * d;
/// a = rho * a + gain * u * u; p -= rate * u
void ck_adadelta(float *p, const float *g, float *v, float *a, long n, float rate, float decay,
                 float rho, float gain, float epsilon);
/// u = sign(m + gain1 * (g - m)); p = keep * p - rate * u; m += gain2 * (g - m)
void ck_lion(float *p, const float *g, float *m, long n, float rate, float keep, float gain1,
             float gain2);

/// LAMB, first pass: updates m and v as Adam does; returns the sum of squares of
/// u = correction1 * m / (correction * sqrt(v) + epsilon) + decay * p.
double ck_lamb_means(const float *p, const float *g, float *m, float *v, long n,
                     const ck_adam_step *step);
/// LAMB, second pass: p -= trust * u.
void ck_lamb(float *p, const float *m, const float *v, long n, const ck_adam_step *step,
             float trust);

/// The sum of squares in double precision, in an order that depends on n alone.
double ck_sum_of_squares(const float *x, long n);
/// x = min(max(x, -limit), limit); NaN stays.
void ck_clamp(float *x, long n, float limit);
/// a += gain * (p - a)
void ck_average(float *a, const float *p, long n, float gain);
