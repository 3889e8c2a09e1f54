#include "pooling.h"
#include "targets.h"
#include <math.h>
#include <string.h>

enum { LANES = 16, NOBODY = 255 };

CK_VECTOR void ck_max_pool(const float *x, float *y, uint8_t *winner, const ck_pool *p,
                           int rectified) {
  // A result of at most `floor` has no winner.
  float floor = rectified ? 0 : -INFINITY;
  for (long plane = 0; plane < p->planes; plane++, x += p->height * p->width * LANES)
    for (long oh = 0; oh < p->out_height; oh++)
      for (long ow = 0; ow < p->out_width; ow++, y += LANES, winner += LANES) {
        float best[LANES];
        int32_t cell[LANES];
        for (int c = 0; c < LANES; c++) {
          best[c] = -INFINITY;
          cell[c] = 0;
        }
        for (long i = 0; i < p->window[0]; i++) {
          long h = oh * p->stride[0] - p->padding[0] + i;
          if (h < 0 || h >= p->height)
            continue;
          for (long j = 0; j < p->window[1]; j++) {
            long w = ow * p->stride[1] - p->padding[1] + j;
            if (w < 0 || w >= p->width)
              continue;
            const float *from = x + (h * p->width + w) * LANES;
            int32_t number = (int32_t)(i * p->window[1] + j);
            for (int c = 0; c < LANES; c++) {
              cell[c] = from[c] > best[c] ? number : cell[c];
              best[c] = from[c] > best[c] ? from[c] : best[c];
            }
          }
        }
        for (int c = 0; c < LANES; c++) {
          y[c] = best[c];
          winner[c] = (uint8_t)(best[c] > floor ? cell[c] : NOBODY);
        }
      }
}

CK_VECTOR void ck_max_pool_gradient(const float *dy, const uint8_t *winner, float *dx,
                                    const ck_pool *p) {
  long size = p->height * p->width * LANES;
  int covered = p->stride[0] == p->window[0] && p->stride[1] == p->window[1] &&
                p->out_height * p->stride[0] == p->height &&
                p->out_width * p->stride[1] == p->width && !p->padding[0] && !p->padding[1];
  for (long plane = 0; plane < p->planes; plane++, dx += size) {
    if (!covered)
      memset(dx, 0, size * sizeof *dx);
    for (long oh = 0; oh < p->out_height; oh++)
      for (long ow = 0; ow < p->out_width; ow++, dy += LANES, winner += LANES)
        for (long i = 0; i < p->window[0]; i++) {
          long h = oh * p->stride[0] - p->padding[0] + i;
          if (h < 0 || h >= p->height)
            continue;
          for (long j = 0; j < p->window[1]; j++) {
            long w = ow * p->stride[1] - p->padding[1] + j;
            if (w < 0 || w >= p->width)
              continue;
            float *to = dx + (h * p->width + w) * LANES;
            uint8_t number = (uint8_t)(i * p->window[1] + j);
            for (int c = 0; c < LANES; c++)
              to[c] = winner[c] == number ? dy[c] : 0;
          }
        }
  }
}
