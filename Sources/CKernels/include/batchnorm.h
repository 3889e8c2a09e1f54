#pragma once
// Batch normalisation of blocked images: samples x blocks x plane x 16 channels (oneDNN's nChw16c), with
// what stands around it in residual networks done in the same passes. Channels beyond the last are zeros
// and stay zeros. Sums run sample by sample in a fixed order.

/// The extents; channels <= 16 * blocks.
typedef struct {
  long samples, blocks, plane, channels;
  float epsilon;
} ck_batch_norm;

/// y = f(gamma * (x - mean) / sqrt(variance + epsilon) + beta + residual) with the mean and the biased
/// variance of x, which are written too; f is max(., 0) if `rectifies`, else nothing. residual may be
/// null; y may be x or residual.
void ck_batch_norm_forward(const float *x, const float *gamma, const float *beta,
                           const float *residual, float *y, float *mean, float *variance,
                           const ck_batch_norm *g, int rectifies);

/// The same in three, for samples that come tile by tile: first the sums of each tile, joined to those of
/// so many samples before (32 doubles a block of channels); then mean, variance, and the line
/// scale * x + offset of each channel (32 floats a block); then the result of each tile. In the first and
/// the last, x, residual and y begin with the tile, and g->samples counts its samples.
void ck_batch_norm_statistics(const float *x, double *sums, long before, const ck_batch_norm *g);
void ck_batch_norm_coefficients(const double *sums, const float *gamma, const float *beta,
                                float *mean, float *variance, float *lines,
                                const ck_batch_norm *g);
void ck_batch_norm_apply(const float *x, const float *lines, const float *residual, float *y,
                         const ck_batch_norm *g, int rectifies);

/// What comes back from above: dz = (y > 0 ? 1 : 0) * (first + second).
typedef struct {
  const float *first, *second; ///< second may be null
  const float *y;              ///< the rectifier's result; null if there is none
  float *dz;                   ///< where dz is kept, if it is wanted; null if not
} ck_batch_norm_incoming;

/// The gradients of x, gamma and beta from dz. dx may be an incoming gradient that nobody reads again.
void ck_batch_norm_backward(const ck_batch_norm_incoming *incoming, const float *x,
                            const float *gamma, const float *mean, const float *variance,
                            float *dx, float *dgamma, float *dbeta, const ck_batch_norm *g);
