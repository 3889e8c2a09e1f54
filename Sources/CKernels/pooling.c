#include "pooling.h"
#include "targets.h"
#include <math.h>
#include <string.h>

enum { LANES = 16, NOBODY = 255 };

// Sixteen channels at once, in registers of whatever width there is.
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t lanes_int __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint8_t lanes_byte __attribute__((vector_size(LANES), aligned(1)));

// The cells of a window that lie inside the input: begin ..< end on one axis.
typedef struct {
  long begin, end;
} span;

static inline span inside(const ck_pool *p, int axis, long out, long extent) {
  long first = out * p->stride[axis] - p->padding[axis];
  span s = {first < 0 ? -first : 0, p->window[axis]};
  if (first + s.end > extent)
    s.end = extent - first;
  return s;
}

CK_VECTOR void ck_max_pool(const float *restrict x, float *restrict y, uint8_t *restrict winner,
                           const ck_pool *p, int rectified) {
  // A result of at most `floor` has no winner.
  float floor = rectified ? 0 : -INFINITY;
  long columns = p->window[1];
  for (long plane = 0; plane < p->planes; plane++, x += p->height * p->width * LANES)
    for (long oh = 0; oh < p->out_height; oh++) {
      span rows = inside(p, 0, oh, p->height);
      for (long ow = 0; ow < p->out_width; ow++, y += LANES, winner += LANES) {
        span cells = inside(p, 1, ow, p->width);
        const float *corner = x + ((oh * p->stride[0] - p->padding[0]) * p->width +
                                   ow * p->stride[1] - p->padding[1]) * LANES;
        lanes best = (lanes){} - INFINITY;
        lanes_int cell = {};
        for (long i = rows.begin; i < rows.end; i++)
          for (long j = cells.begin; j < cells.end; j++) {
            lanes value = *(const lanes *)(corner + (i * p->width + j) * LANES);
            lanes_int number = (lanes_int){} + (int32_t)(i * columns + j);
            lanes_int better = value > best;
            cell = (better & number) | (~better & cell);
            best = (lanes)((better & (lanes_int)value) | (~better & (lanes_int)best));
          }
        *(lanes *)y = best;
        lanes_int wins = best > floor;
        cell = (wins & cell) | (~wins & NOBODY);
        *(lanes_byte *)winner = __builtin_convertvector(cell, lanes_byte);
      }
    }
}

CK_VECTOR void ck_max_pool_gradient(const float *restrict dy, const uint8_t *restrict winner,
                                    float *restrict dx, const ck_pool *p) {
  long size = p->height * p->width * LANES, columns = p->window[1];
  int covered = p->stride[0] == p->window[0] && p->stride[1] == p->window[1] &&
                p->out_height * p->stride[0] == p->height &&
                p->out_width * p->stride[1] == p->width && !p->padding[0] && !p->padding[1];
  for (long plane = 0; plane < p->planes; plane++, dx += size) {
    if (!covered)
      memset(dx, 0, size * sizeof *dx);
    for (long oh = 0; oh < p->out_height; oh++) {
      span rows = inside(p, 0, oh, p->height);
      for (long ow = 0; ow < p->out_width; ow++, dy += LANES, winner += LANES) {
        span cells = inside(p, 1, ow, p->width);
        float *corner = dx + ((oh * p->stride[0] - p->padding[0]) * p->width +
                              ow * p->stride[1] - p->padding[1]) * LANES;
        lanes_int gradient = (lanes_int) * (const lanes *)dy;
        lanes_int cell =
            __builtin_convertvector(*(const lanes_byte *)winner, lanes_int);
        for (long i = rows.begin; i < rows.end; i++)
          for (long j = cells.begin; j < cells.end; j++) {
            lanes_int number = (lanes_int){} + (int32_t)(i * columns + j);
            *(lanes_int *)(corner + (i * p->width + j) * LANES) = (cell == number) & gradient;
          }
      }
    }
  }
}
