#include "winograd.h"

#include "targets.h"
#include "winograd_points.h"

// Images are cut into tiles of 6 x 6 inputs and m x m results (winograd_points.h). At each of the 36 points
// the sum over channels is a product of matrices, tiles x I by I x O; tiles go through in parts whose points
// stay in the second-level cache:
//
//     x ── windows ─> 36 x tiles x I ─┐
//     filter ───────> 36 x  I  x O ───┴─> 36 x tiles x O ── AT . A ─> y
//
// and for the gradient of the filter the sum is over tiles, I x tiles by tiles x O.
// More tiles than these only take cache from the filter's points, 0.3 MB for 32 x 64 channels.
enum { LANES = 16, ROWS = 8, MOST_TILES = 24 };

#define LOAD(x) (*(const ck_lanes *)(x))
#define STORE(x, v) (*(ck_lanes *)(x) = (v))

// MARK: - Tiles

typedef struct {
  const ck_winograd *shape;
  // Results of a tile along an axis; tiles of a sample, of all, and of a part.
  int side;
  long down, across, count, most;
  long first, end;
} tiling;

// Images, and where their points lie in scratch memory: floats from one point to the next. These and the
// filter's are a line more than they hold: 36 multiples of a page would compete for one set of the cache.
typedef struct {
  long channels, height, width;
  float *points;
  long stride;
} images;

CK_INLINE tiling tiles_of(const ck_winograd *s, int window) {
  tiling t = {.shape = s, .side = CK_SIDE + 1 - window};
  t.down = (s->out_height + t.side - 1) / t.side;
  t.across = (s->out_width + t.side - 1) / t.side;
  t.count = s->samples * t.down * t.across;
  // A megabyte, half of the second-level cache of current server cores.
  const long fit = (1 << 18) / CK_POINTS / (s->in_channels + s->out_channels) / ROWS * ROWS;
  t.most = fit > MOST_TILES ? MOST_TILES : fit < ROWS ? ROWS : fit;
  return t;
}

CK_INLINE long filter_stride(const ck_winograd *s) {
  return s->in_channels * s->out_channels + LANES;
}

typedef struct {
  float *filter;
  images x, y;
} memory;

CK_INLINE memory places(const tiling *t, float *scratch) {
  const ck_winograd *s = t->shape;
  const long x_stride = t->most * s->in_channels + LANES, y_stride = t->most * s->out_channels + LANES;
  float *x = scratch + CK_POINTS * filter_stride(s), *y = x + CK_POINTS * x_stride;
  return (memory){scratch,
                  {s->in_channels, s->in_height, s->in_width, x, x_stride},
                  {s->out_channels, s->out_height, s->out_width, y, y_stride}};
}

long ck_winograd_scratch(const ck_winograd *s) {
  const tiling t = tiles_of(s, (int)s->window);
  return CK_POINTS * (filter_stride(s) + t.most * (s->in_channels + s->out_channels) + 2 * LANES);
}

// The side x side pixels from a corner on, zero outside.
CK_INLINE void read_window(ck_lanes *v, int side, const float *plane, const images *m, long top,
                           long left) {
  if (top >= 0 && left >= 0 && top + side <= m->height && left + side <= m->width) {
    for (int i = 0; i < side; i++)
      for (int j = 0; j < side; j++)
        v[i * CK_SIDE + j] = LOAD(plane + ((top + i) * m->width + left + j) * LANES);
    return;
  }
  for (int i = 0; i < side; i++)
    for (int j = 0; j < side; j++) {
      const long row = top + i, column = left + j;
      const int inside = row >= 0 && row < m->height && column >= 0 && column < m->width;
      v[i * CK_SIDE + j] =
          inside ? LOAD(plane + (row * m->width + column) * LANES) : (ck_lanes){0};
    }
}

// A tile's sample, and its first row and column of results.
typedef struct {
  long sample, row, column;
} corner;

CK_INLINE corner corner_of(const tiling *t, long tile) {
  return (corner){tile / (t->down * t->across), tile / t->across % t->down * t->side,
                  tile % t->across * t->side};
}

// The points of x (BT x B) or of dy (A dy AT).
CK_INLINE void read_points(const float *from, const images *m, const tiling *t, int is_input) {
  for (long tile = t->first; tile < t->end; tile++) {
    const corner at = corner_of(t, tile);
    for (long c = 0; c < m->channels; c += LANES) {
      const float *plane = from + (at.sample * m->channels + c) * m->height * m->width;
      ck_lanes v[CK_POINTS];
      if (is_input) {
        const long *padding = t->shape->padding;
        read_window(v, CK_SIDE, plane, m, at.row - padding[0], at.column - padding[1]);
        for (int j = 0; j < CK_SIDE; j++)
          ck_input_points(v + j, CK_SIDE);
        for (int i = 0; i < CK_SIDE; i++)
          ck_input_points(v + CK_SIDE * i, 1);
      } else {
        read_window(v, t->side, plane, m, at.row, at.column);
        for (int j = 0; j < t->side; j++)
          ck_values(v + j, CK_SIDE, t->side);
        for (int i = 0; i < CK_SIDE; i++)
          ck_values(v + CK_SIDE * i, 1, t->side);
      }
      float *to = m->points + (tile - t->first) * m->channels + c;
      for (int p = 0; p < CK_POINTS; p++)
        STORE(to + p * m->stride, v[p]);
    }
  }
}

typedef int lanes_bits __attribute__((vector_size(64)));

CK_INLINE ck_lanes rectified(ck_lanes value, float slope) {
  // Not 0 times infinity.
  const ck_lanes below = slope == 0 ? (ck_lanes){0} : slope * value;
  const lanes_bits negative = value < 0;
  return (ck_lanes)((negative & (lanes_bits)below) | (~negative & (lanes_bits)value));
}

CK_INLINE void write_results(float *y, const images *m, const tiling *t, const float *bias,
                             float slope) {
  for (long tile = t->first; tile < t->end; tile++) {
    const corner at = corner_of(t, tile);
    for (long c = 0; c < m->channels; c += LANES) {
      const float *from = m->points + (tile - t->first) * m->channels + c;
      float *plane = y + (at.sample * m->channels + c) * m->height * m->width;
      ck_lanes v[CK_POINTS];
      for (int p = 0; p < CK_POINTS; p++)
        v[p] = LOAD(from + p * m->stride);
      for (int j = 0; j < CK_SIDE; j++)
        ck_results(v + j, CK_SIDE, t->side);
      for (int i = 0; i < t->side; i++)
        ck_results(v + CK_SIDE * i, 1, t->side);
      const ck_lanes offset = bias ? LOAD(bias + c) : (ck_lanes){0};
      for (int i = 0; i < t->side && at.row + i < m->height; i++)
        for (int j = 0; j < t->side && at.column + j < m->width; j++) {
          const ck_lanes value = v[i * CK_SIDE + j] + offset;
          STORE(plane + ((at.row + i) * m->width + at.column + j) * LANES,
                rectified(value, slope));
        }
    }
  }
}

// MARK: - Filters

// Where the cells of a filter lie, 16 output channels each, 256 floats from cell to cell.
CK_INLINE long filter_place(const ck_winograd *s, int window, long in, long out) {
  return (out * s->in_channels + in / LANES * LANES * LANES) * window * window + in % LANES * LANES;
}

CK_INLINE void read_filter(float *points, const float *filter, const ck_winograd *s, int window,
                           int flipped) {
  const int cells = window * window;
  for (long o = 0; o < s->out_channels; o += LANES)
    for (long i = 0; i < s->in_channels; i++) {
      const float *from = filter + filter_place(s, window, i, o);
      ck_lanes v[CK_POINTS];
      for (int k = 0; k < cells; k++)
        v[k / window * CK_SIDE + k % window] =
            LOAD(from + (flipped ? cells - 1 - k : k) * LANES * LANES);
      for (int j = 0; j < window; j++) {
        ck_values(v + j, CK_SIDE, window);
        ck_scale_points(v + j, CK_SIDE);
      }
      for (int j = 0; j < CK_SIDE; j++) {
        ck_values(v + CK_SIDE * j, 1, window);
        ck_scale_points(v + CK_SIDE * j, 1);
      }
      for (int p = 0; p < CK_POINTS; p++)
        STORE(points + p * filter_stride(s) + i * s->out_channels + o, v[p]);
    }
}

CK_INLINE void write_filter(float *filter, const float *points, const ck_winograd *s, int window) {
  for (long o = 0; o < s->out_channels; o += LANES)
    for (long i = 0; i < s->in_channels; i++) {
      float *to = filter + filter_place(s, window, i, o);
      ck_lanes v[CK_POINTS];
      for (int p = 0; p < CK_POINTS; p++)
        v[p] = LOAD(points + p * filter_stride(s) + i * s->out_channels + o);
      for (int j = 0; j < CK_SIDE; j++) {
        ck_scale_points(v + j, CK_SIDE);
        ck_results(v + j, CK_SIDE, window);
      }
      for (int j = 0; j < window; j++) {
        ck_scale_points(v + CK_SIDE * j, 1);
        ck_results(v + CK_SIDE * j, 1, window);
      }
      for (int k = 0; k < window * window; k++)
        STORE(to + k * LANES * LANES, v[k / window * CK_SIDE + k % window]);
    }
}

// MARK: - Products

// a times b, where a has one row a float `row` apart and one step `step` apart, and b `columns` floats a step.
typedef struct {
  const float *a, *b;
  long row, step, depth, columns;
} operands;

// Eight rows by `wide` vectors of columns, in registers.
CK_INLINE void multiply_block(float *out, const operands *o, long row, long column, int wide,
                              int adds) {
  ck_lanes sums[ROWS][2];
  for (int r = 0; r < ROWS; r++)
    for (int w = 0; w < wide; w++)
      sums[r][w] = adds ? LOAD(out + r * o->columns + w * LANES) : (ck_lanes){0};
  const float *a = o->a + row * o->row, *b = o->b + column;
  for (long k = 0; k < o->depth; k++) {
    ck_lanes right[2];
    for (int w = 0; w < wide; w++)
      right[w] = LOAD(b + k * o->columns + w * LANES);
    for (int r = 0; r < ROWS; r++)
      for (int w = 0; w < wide; w++)
        sums[r][w] += a[r * o->row + k * o->step] * right[w];
  }
  for (int r = 0; r < ROWS; r++)
    for (int w = 0; w < wide; w++)
      STORE(out + r * o->columns + w * LANES, sums[r][w]);
}

// out = a b, or out += a b. Rows are rounded up to a multiple of eight.
CK_INLINE void multiply(float *out, const operands *o, long rows, int adds) {
  for (long column = 0; column < o->columns;) {
    const int wide = o->columns - column > LANES ? 2 : 1;
    for (long row = 0; row < rows; row += ROWS) {
      float *target = out + row * o->columns + column;
      if (wide == 2)
        multiply_block(target, o, row, column, 2, adds);
      else
        multiply_block(target, o, row, column, 1, adds);
    }
    column += wide * LANES;
  }
}

// MARK: - Passes

CK_INLINE void convolve(float *y, const float *x, const float *filter, const float *bias,
                        float slope, int flipped, float *scratch, const ck_winograd *s,
                        int window) {
  tiling t = tiles_of(s, window);
  const memory m = places(&t, scratch);
  read_filter(m.filter, filter, s, window, flipped);
  for (; t.first < t.count; t.first = t.end) {
    t.end = t.count - t.first < t.most ? t.count : t.first + t.most;
    read_points(x, &m.x, &t, 1);
    for (int p = 0; p < CK_POINTS; p++) {
      const operands o = {m.x.points + p * m.x.stride, m.filter + p * filter_stride(s),
                          m.x.channels, 1, m.x.channels, m.y.channels};
      multiply(m.y.points + p * m.y.stride, &o, t.end - t.first, 0);
    }
    write_results(y, &m.y, &t, bias, slope);
  }
}

CK_VECTOR void ck_winograd_convolution(float *y, const float *x, const float *filter,
                                       const float *bias, float slope, int flipped,
                                       float *scratch, const ck_winograd *shape) {
  if (shape->window == 5)
    convolve(y, x, filter, bias, slope, flipped, scratch, shape, 5);
  else
    convolve(y, x, filter, bias, slope, flipped, scratch, shape, 3);
}

CK_INLINE void differentiate(float *gradient, float *bias_gradient, const float *x, const float *dy,
                             float *scratch, const ck_winograd *s, int window) {
  tiling t = tiles_of(s, window);
  const memory m = places(&t, scratch);
  if (bias_gradient)
    memset(bias_gradient, 0, (size_t)m.y.channels * sizeof(float));
  for (; t.first < t.count; t.first = t.end) {
    t.end = t.count - t.first < t.most ? t.count : t.first + t.most;
    const long tiles = t.end - t.first;
    read_points(x, &m.x, &t, 1);
    read_points(dy, &m.y, &t, 0);
    for (int p = 0; p < CK_POINTS; p++) {
      const operands o = {m.x.points + p * m.x.stride, m.y.points + p * m.y.stride,
                          1, m.x.channels, tiles, m.y.channels};
      multiply(m.filter + p * filter_stride(s), &o, m.x.channels, t.first > 0);
    }
    if (!bias_gradient)
      continue;
    // The value of a polynomial at 1 is the sum of its coefficients: that of the tile.
    const float *sums = m.y.points + (CK_SIDE + 1) * m.y.stride;
    for (long i = 0; i < tiles * m.y.channels; i += LANES) {
      float *target = bias_gradient + i % m.y.channels;
      STORE(target, LOAD(target) + LOAD(sums + i));
    }
  }
  write_filter(gradient, m.filter, s, window);
}

CK_VECTOR void ck_winograd_filter_gradient(float *gradient, float *bias_gradient, const float *x,
                                           const float *dy, float *scratch,
                                           const ck_winograd *shape) {
  if (shape->window == 5)
    differentiate(gradient, bias_gradient, x, dy, scratch, shape, 5);
  else
    differentiate(gradient, bias_gradient, x, dy, scratch, shape, 3);
}
