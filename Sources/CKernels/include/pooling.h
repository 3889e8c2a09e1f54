#pragma once
// Maximum pooling of two spatial axes in oneDNN's nChw16c layout: planes of H x W x 16 channels.
#include <stdint.h>

typedef struct {
  long planes, height, width, out_height, out_width;
  long window[2], stride[2], padding[2];
} ck_pool;

/// y and, for each element, the number of the window's cell that won (the first largest in row-major
/// order). With `rectified`, a result that is not positive has no winner: its gradient is that of a
/// rectifier that follows or precedes the pooling. Windows have at most 254 cells.
void ck_max_pool(const float *x, float *y, uint8_t *winner, const ck_pool *pool, int rectified);

/// dx, zero but for dy at the winners. Windows must not overlap.
void ck_max_pool_gradient(const float *dy, const uint8_t *winner, float *dx, const ck_pool *pool);
