#include "thin.h"

#include "lanes.h"
#include "targets.h"

// Five samples at a time: with two vectors of columns their operands and sums fill the 32 registers of
// AVX-512. The compiler must know the number to keep them there.
enum { SAMPLES = 5, UNITS = 4, TILE = 32, ROWS = 32 };
// Columns of a block of ck_thin_product, and up to how many there are none; nor where five samples are all,
// which go past w once.
enum { BLOCK = 512, WHOLE = 1024 };

#define WITH_SAMPLES(count, CALL)                                                                  \
  switch (count) {                                                                                 \
  case 1: CALL(1) break;                                                                           \
  case 2: CALL(2) break;                                                                           \
  case 3: CALL(3) break;                                                                           \
  case 4: CALL(4) break;                                                                           \
  default: CALL(5)                                                                                 \
  }

typedef float loose_lanes __attribute__((vector_size(64), aligned(4)));

// Macros, because what passes vectors to a function depends on the instruction set.
#define LOAD(x) (*(const loose_lanes *)(x))
#define STORE(x, v) (*(loose_lanes *)(x) = (v))

// MARK: - Product
//
// Four rows of w by five samples: nine loads for twenty products. Each sum has sixteen lanes, which are
// added in pairs at the end, those of four rows together. The columns beyond a multiple of 16 are the last
// 16 once more, by samples that are zero where they have been counted.
//
// Where all columns of ten samples do not fit the first cache, they go through it in blocks, and the lanes
// of 32 rows of w wait for the next block:
//
//             columns ->                       lanes
//     x       [ 512 ][ 512 ][ ...              samples x 32 x 16
//     w  32 { [  1  ][  2  ][ ...
//        32 { [  n  ][ ...
//
// Samples come from the second cache once for 32 rows so, not for every four. Sums keep their order: the
// bits are the same with and without blocks.

#define CHOOSE __builtin_shufflevector

// The sums of the lanes of four vectors.
CK_INLINE void add_lanes(float *sums, const ck_lanes *v) {
  ck_lanes half[2];
  for (int i = 0; i < 2; i++) {
    ck_lanes a = v[2 * i], b = v[2 * i + 1];
    half[i] = CHOOSE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
              CHOOSE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  ck_lanes a = half[0], b = half[1];
  ck_lanes s = CHOOSE(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
               CHOOSE(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  s += CHOOSE(s, s, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  s += CHOOSE(s, s, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  for (int i = 0; i < UNITS; i++)
    sums[i] = s[4 * i];
}

CK_INLINE void multiply(ck_lanes sums[][UNITS], int samples, const float *const *w, long column,
                        const float *x, long stride) {
  ck_lanes row[UNITS];
  for (int u = 0; u < UNITS; u++)
    row[u] = LOAD(w[u] + column);
  for (int b = 0; b < samples; b++) {
    ck_lanes in = LOAD(x + b * stride);
    for (int u = 0; u < UNITS; u++)
      sums[b][u] += in * row[u];
  }
}

// What is multiplied, and for each sample its last columns.
typedef struct {
  float *y;
  const float *x, *w;
  long units, columns;
  const float (*rest)[16];
} factors;

// What columns from..<to add to the sums of four rows and some samples; after the last ones, y.
CK_INLINE void product(ck_lanes (*sums)[UNITS], const factors *f, int samples, long sample,
                       long unit, long from, long to) {
  const long count = f->units - unit < UNITS ? f->units - unit : UNITS;
  const float *rows[UNITS], *x = f->x + sample * f->columns;
  for (long u = 0; u < UNITS; u++)
    rows[u] = f->w + (unit + (u < count ? u : 0)) * f->columns;
  ck_lanes part[SAMPLES][UNITS];
  for (int b = 0; b < samples; b++)
    for (int u = 0; u < UNITS; u++)
      part[b][u] = from ? sums[sample + b][u] : (ck_lanes){0};
  for (long j = from; j + 16 <= to; j += 16)
    multiply(part, samples, rows, j, x + j, f->columns);
  if (to < f->columns) {
    for (int b = 0; b < samples; b++)
      for (int u = 0; u < UNITS; u++)
        sums[sample + b][u] = part[b][u];
    return;
  }
  if (to % 16)
    multiply(part, samples, rows, to - 16, f->rest[sample], 16);
  for (int b = 0; b < samples; b++) {
    float values[UNITS];
    add_lanes(values, part[b]);
    memcpy(f->y + (sample + b) * f->units + unit, values, (size_t)count * sizeof(float));
  }
}

CK_VECTOR void ck_thin_product(float *y, const float *x, const float *w, long samples, long units,
                               long columns) {
  float rest[CK_THIN_SAMPLES][16] = {{0}};
  ck_lanes sums[ROWS / UNITS * CK_THIN_SAMPLES][UNITS];
  const long beyond = columns % 16;
  for (long b = 0; b < samples; b++)
    memcpy(rest[b] + 16 - beyond, x + (b + 1) * columns - beyond, (size_t)beyond * sizeof(float));
  const factors f = {y, x, w, units, columns, rest};
  const long block = samples > SAMPLES && columns > WHOLE ? BLOCK : columns;
  for (long first = 0; first < units; first += ROWS)
    for (long from = 0; from < columns; from += block) {
      const long to = columns - from < block ? columns : from + block;
      for (long u = first; u < units && u < first + ROWS; u += UNITS)
        for (long b = 0; b < samples; b += SAMPLES) {
#define PRODUCT(n) product(sums + (u - first) / UNITS * samples, &f, n, b, u, from, to);
          WITH_SAMPLES(samples - b, PRODUCT)
        }
    }
}

// MARK: - Gradients
//
// A tile of 32 rows of w by 32 columns is brought into the first cache and used for everything: five
// samples at a time take their part of dx from it and leave their part of its gradient beside it; then
// the gradient is stored, or taken away from the tile. The next tile comes while this one is worked on.

// Where the operands of a tile begin, and floats from row to row. The result is the gradient's place, or
// w itself.
typedef struct {
  const float *w, *x, *dy;
  float *dx, *result;
  long w_stride, x_stride, dy_stride, rows;
} tile;

// What is wanted, known to the compiler, and of a step how far.
typedef struct {
  int dx, step;
  float rate, decay;
} task;

CK_INLINE void add_samples(int samples, int is_first, const tile *t, task wanted, long sample,
                           float (*gradient)[TILE]) {
  const float *x = t->x + sample * t->x_stride, *dy = t->dy + sample * t->dy_stride;
  float *dx = t->dx + (wanted.dx ? sample * t->x_stride : 0);
  ck_lanes in[SAMPLES][2], out[SAMPLES][2];
  for (int b = 0; b < samples; b++)
    for (int i = 0; i < 2; i++) {
      in[b][i] = LOAD(x + b * t->x_stride + 16 * i);
      if (wanted.dx)
        out[b][i] = LOAD(dx + b * t->x_stride + 16 * i);
    }
  for (long r = 0; r < t->rows; r++) {
    const float *row = t->w + r * t->w_stride, *next = t->result + r * t->w_stride + TILE;
    ck_lanes w0 = LOAD(row), w1 = LOAD(row + 16), g0 = {0}, g1 = {0};
    if (is_first) {
      __builtin_prefetch(next, 1);
      __builtin_prefetch(next + 16, 1);
    } else {
      g0 = LOAD(gradient[r]), g1 = LOAD(gradient[r] + 16);
    }
    for (int b = 0; b < samples; b++) {
      const float d = dy[b * t->dy_stride + r];
      g0 += d * in[b][0], g1 += d * in[b][1];
      if (wanted.dx)
        out[b][0] += d * w0, out[b][1] += d * w1;
    }
    STORE(gradient[r], g0), STORE(gradient[r] + 16, g1);
  }
  if (wanted.dx)
    for (int b = 0; b < samples; b++)
      for (int i = 0; i < 2; i++)
        STORE(dx + b * t->x_stride + 16 * i, out[b][i]);
}

CK_INLINE void differentiate_tile(const tile *t, task wanted, long samples) {
// Rounded like ck_sgd: a step at once has the bits of one by a stored gradient.
#pragma STDC FP_CONTRACT OFF
  float gradient[ROWS][TILE] __attribute__((aligned(64)));
  for (long b = 0; b < samples; b += SAMPLES) {
#define ADD_SAMPLES(n) add_samples(n, b == 0, t, wanted, b, gradient);
    WITH_SAMPLES(samples - b, ADD_SAMPLES)
  }
  for (long r = 0; r < t->rows; r++)
    for (int i = 0; i < TILE; i += 16) {
      const long place = r * t->w_stride + i;
      ck_lanes g = LOAD(gradient[r] + i), w = LOAD(t->w + place);
      STORE(t->result + place, wanted.step ? w - wanted.rate * (g + wanted.decay * w) : g);
    }
}

// The whole of an operand, as thin.h names it.
typedef struct {
  const float *w, *x, *dy;
  float *dx, *result;
  long samples, units, columns;
} layer;

CK_INLINE long rows_from(const layer *l, long unit) {
  return l->units - unit < ROWS ? l->units - unit : ROWS;
}

// The columns beyond a multiple of the tile's, in copies as wide as a tile.
CK_INLINE void differentiate_beyond(const layer *l, task wanted) {
  const long columns = l->columns, first = columns / TILE * TILE;
  const size_t bytes = (size_t)(columns - first) * sizeof(float);
  float w[ROWS][TILE] = {{0}}, result[ROWS][TILE];
  float x[CK_THIN_SAMPLES][TILE] = {{0}}, dx[CK_THIN_SAMPLES][TILE] = {{0}};
  for (long b = 0; b < l->samples; b++)
    memcpy(x[b], l->x + b * columns + first, bytes);
  for (long u = 0; u < l->units; u += ROWS) {
    const long rows = rows_from(l, u);
    for (long r = 0; r < rows; r++)
      memcpy(w[r], l->w + (u + r) * columns + first, bytes);
    const tile t = {w[0], x[0], l->dy + u, dx[0], result[0], TILE, TILE, l->units, rows};
    differentiate_tile(&t, wanted, l->samples);
    for (long r = 0; r < rows; r++)
      memcpy(l->result + (u + r) * columns + first, result[r], bytes);
  }
  if (wanted.dx)
    for (long b = 0; b < l->samples; b++)
      memcpy(l->dx + b * columns + first, dx[b], bytes);
}

CK_INLINE void differentiate(const layer *l, task wanted) {
  const long columns = l->columns;
  if (wanted.dx)
    memset(l->dx, 0, (size_t)(l->samples * columns) * sizeof(float));
  for (long u = 0; u < l->units; u += ROWS)
    for (long j = 0; j + TILE <= columns; j += TILE) {
      const long place = u * columns + j;
      const tile t = {l->w + place,      l->x + j, l->dy + u, l->dx + (wanted.dx ? j : 0),
                      l->result + place, columns,  columns,   l->units,
                      rows_from(l, u)};
      differentiate_tile(&t, wanted, l->samples);
    }
  if (columns % TILE)
    differentiate_beyond(l, wanted);
}

CK_VECTOR void ck_thin_gradients(float *gradient, float *dx, const float *w, const float *x,
                                 const float *dy, long samples, long units, long columns) {
  const layer l = {w, x, dy, dx, gradient, samples, units, columns};
  if (dx)
    differentiate(&l, (task){.dx = 1});
  else
    differentiate(&l, (task){.dx = 0});
}

CK_VECTOR void ck_thin_descent(float *w, float *dx, const float *x, const float *dy, long samples,
                               long units, long columns, float rate, float decay) {
  const layer l = {w, x, dy, dx, w, samples, units, columns};
  if (dx)
    differentiate(&l, (task){.dx = 1, .step = 1, .rate = rate, .decay = decay});
  else
    differentiate(&l, (task){.dx = 0, .step = 1, .rate = rate, .decay = decay});
}
