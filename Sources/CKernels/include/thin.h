#pragma once

// Products of a dense layer for a few samples: x and dy are thin, the weights are large and pass through
// memory once.

enum {
  /// The most samples.
  CK_THIN_SAMPLES = 64,
  /// The fewest columns of ck_thin_product.
  CK_THIN_COLUMNS = 16
};

/// y = x wT, row-major: y is samples x units, x samples x columns, w units x columns.
void ck_thin_product(float *y, const float *x, const float *w, long samples, long units, long columns);

/// gradient = dyT x, units x columns, and dx = dy w; dx may be null.
void ck_thin_gradients(float *gradient, float *dx, const float *w, const float *x, const float *dy,
                       long samples, long units, long columns);

/// A step of plain descent without a gradient in memory: dx = dy w with w as it was, then
/// w -= rate * (dyT x + decay * w), to the bits of ck_thin_gradients and ck_sgd. dx may be null.
void ck_thin_descent(float *w, float *dx, const float *x, const float *dy, long samples, long units,
                     long columns, float rate, float decay);
