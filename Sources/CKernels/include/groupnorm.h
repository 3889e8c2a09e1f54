#pragma once
// Normalisation of row-major x: samples x groups x channels x inner over the last two axes; gamma and
// beta have groups x channels elements. Sums are taken in sixteen partial sums, in a fixed order.

/// The extents of a normalisation.
typedef struct {
  long samples, groups, channels, inner;
  float epsilon;
  int centred; ///< whether the mean is taken off
} ck_group_norm;

/// y = gamma * (x - mean) * inverse + beta; mean and inverse deviation for each sample and group.
void ck_group_norm_forward(const float *x, const float *gamma, const float *beta, float *y,
                           float *mean, float *inverse, const ck_group_norm *g);
/// dx, dgamma, dbeta; dx may be dy.
void ck_group_norm_backward(const float *dy, const float *x, const float *gamma,
                            const float *mean, const float *inverse, float *dx, float *dgamma,
                            float *dbeta, const ck_group_norm *g);
