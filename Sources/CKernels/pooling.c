#include "pooling.h"
#include "targets.h"
#include <math.h>
#include <string.h>

enum { LANES = 16, NOBODY = 255 };

// Sixteen channels at once, in registers of whatever width there is.
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t lanes_int __attribute__((vector_size(4 * LANES), aligned(4)));

CK_VECTOR void ck_max_pool(const float *restrict x, float *restrict y, uint8_t *restrict winner,
                           const ck_pool *p, int rectified) {
  // A result of at most `floor` has no winner.
  float floor = rectified ? 0 : -INFINITY;
  for (long plane = 0; plane < p->planes; plane++, x += p->height * p->width * LANES)
    for (long oh = 0; oh < p->out_height; oh++)
      for (long ow = 0; ow < p->out_width; ow++, y += LANES, winner += LANES) {
        lanes best = (lanes){} - INFINITY;
        lanes_int cell = {};
        for (long i = 0; i < p->window[0]; i++) {
          long h = oh * p->stride[0] - p->padding[0] + i;
          if (h < 0 || h >= p->height)
            continue;
          for (long j = 0; j < p->window[1]; j++) {
            long w = ow * p->stride[1] - p->padding[1] + j;
            if (w < 0 || w >= p->width)
              continue;
            lanes value = *(const lanes *)(x + (h * p->width + w) * LANES);
            lanes_int number = (lanes_int){} + (int32_t)(i * p->window[1] + j);
            lanes_int better = value > best;
            cell = (better & number) | (~better & cell);
            best = (lanes)((better & (lanes_int)value) | (~better & (lanes_int)best));
          }
        }
        *(lanes *)y = best;
        lanes_int wins = best > floor;
        cell = (wins & cell) | (~wins & NOBODY);
        for (int c = 0; c < LANES; c++)
          winner[c] = (uint8_t)cell[c];
      }
}

CK_VECTOR void ck_max_pool_gradient(const float *restrict dy, const uint8_t *restrict winner,
                                    float *restrict dx, const ck_pool *p) {
  long size = p->height * p->width * LANES;
  int covered = p->stride[0] == p->window[0] && p->stride[1] == p->window[1] &&
                p->out_height * p->stride[0] == p->height &&
                p->out_width * p->stride[1] == p->width && !p->padding[0] && !p->padding[1];
  for (long plane = 0; plane < p->planes; plane++, dx += size) {
    if (!covered)
      memset(dx, 0, size * sizeof *dx);
    for (long oh = 0; oh < p->out_height; oh++)
      for (long ow = 0; ow < p->out_width; ow++, dy += LANES, winner += LANES) {
        // Copies, so that the selection below needs no branch around its loads.
        int32_t cell[LANES];
        float gradient[LANES];
        for (int c = 0; c < LANES; c++) {
          cell[c] = winner[c];
          gradient[c] = dy[c];
        }
        for (long i = 0; i < p->window[0]; i++) {
          long h = oh * p->stride[0] - p->padding[0] + i;
          if (h < 0 || h >= p->height)
            continue;
          for (long j = 0; j < p->window[1]; j++) {
            long w = ow * p->stride[1] - p->padding[1] + j;
            if (w < 0 || w >= p->width)
              continue;
            float *to = dx + (h * p->width + w) * LANES;
            int32_t number = (int32_t)(i * p->window[1] + j);
            for (int c = 0; c < LANES; c++)
              to[c] = cell[c] == number ? gradient[c] : 0;
          }
        }
      }
  }
}
