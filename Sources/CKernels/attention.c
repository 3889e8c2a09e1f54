#include "attention.h"
#include "exponential.h"
#include "lanes.h"
#include "targets.h"
#include <math.h>

enum { BLOCKS = CK_ATTENTION_TILE / 4 };

// x = exp(x - m), and its sum.
CK_INLINE float exponentials(float *x, long n, float m) {
  CK_BY_16 for (long i = 0; i < n; i++)
    x[i] = ck_exp(x[i] - m);
  return ck_sum(x, n);
}

// Minus infinity for what the row does not see. All loops then run over whole rows: equal numbers of turns
// cost less than the exponentials saved.
CK_INLINE void hide(float *scores, const ck_attention_tile *t, long row) {
  long seen = t->first_row + row - t->first_column + 1;
  if (t->causal && seen < t->columns)
    CK_BY_16 for (long i = 0; i < t->columns; i++)
      scores[i] = i < seen ? scores[i] : -INFINITY;
  if (t->mask) {
    const float *mask = t->mask + t->first_column;
    CK_BY_16 for (long i = 0; i < t->columns; i++)
      scores[i] = mask[i] != 0 ? scores[i] : -INFINITY;
  }
}

// What dropout multiplies the weights of a row by: 0 or the factor. All blocks of four words of the row
// side by side, so that the rounds are vector code.
CK_INLINE void draw(float *factors, const ck_attention_tile *t, long row) {
  uint32_t c0[BLOCKS], c1[BLOCKS], c2[BLOCKS], c3[BLOCKS];
  uint32_t k0 = t->key0, k1 = t->key1;
  const long blocks = (t->columns + 63) / 64 * 16;
  for (long b = 0; b < blocks; b++) {
    c0[b] = (uint32_t)(t->first_column / 4 + b);
    c1[b] = t->salt;
    c2[b] = (uint32_t)(t->head_row + t->first_row + row);
    c3[b] = 0;
  }
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9, k1 += 0xBB67AE85)
    CK_BY_16 for (long b = 0; b < blocks; b++) {
      uint64_t first = (uint64_t)0xD2511F53 * c0[b], second = (uint64_t)0xCD9E8D57 * c2[b];
      c0[b] = (uint32_t)(second >> 32) ^ c1[b] ^ k0;
      c1[b] = (uint32_t)second;
      c2[b] = (uint32_t)(first >> 32) ^ c3[b] ^ k1;
      c3[b] = (uint32_t)first;
    }
  for (long b = 0; b < blocks; b++) {
    factors[4 * b] = c0[b] >= t->threshold ? t->factor : 0;
    factors[4 * b + 1] = c1[b] >= t->threshold ? t->factor : 0;
    factors[4 * b + 2] = c2[b] >= t->threshold ? t->factor : 0;
    factors[4 * b + 3] = c3[b] >= t->threshold ? t->factor : 0;
  }
}

CK_VECTOR void ck_attention_softmax(float *scores, float *maximum, float *sum, float *y,
                                    long y_stride, long width, int is_first,
                                    const ck_attention_tile *t) {
  for (long row = 0; row < t->rows; row++, scores += t->columns, y += y_stride) {
    long n = t->columns;
    hide(scores, t, row);
    float old = is_first ? -INFINITY : maximum[row];
    float m = ck_largest(scores, n, old);
    float before = is_first ? 0 : sum[row];
    maximum[row] = m;
    if (m == -INFINITY) { // nothing seen so far
      memset(scores, 0, (size_t)n * sizeof(float));
      sum[row] = 0;
      continue;
    }
    float own = exponentials(scores, n, m), correction = 1;
    if (!is_first)
      correction = ck_exp(old - m);
    sum[row] = before * correction + own;
    if (correction != 1)
      CK_BY_16 for (long i = 0; i < width; i++)
        y[i] *= correction;
    if (t->threshold) {
      float factors[CK_ATTENTION_TILE];
      draw(factors, t, row);
      CK_BY_16 for (long i = 0; i < n; i++)
        scores[i] *= factors[i];
    }
  }
}

CK_VECTOR void ck_attention_finish(const float *maximum, const float *sum, float *y, long y_stride,
                                   float *log_sum, long rows, long width) {
  for (long row = 0; row < rows; row++, y += y_stride) {
    float scale = sum[row] > 0 ? 1 / sum[row] : sum[row];
    CK_BY_16 for (long i = 0; i < width; i++)
      y[i] *= scale;
    log_sum[row] = maximum[row] == -INFINITY ? INFINITY : maximum[row] + logf(sum[row]);
  }
}

CK_VECTOR void ck_attention_delta(const float *dy, const float *y, long stride, float *delta,
                                  long rows, long width) {
  for (long row = 0; row < rows; row++, dy += stride, y += stride)
    delta[row] = ck_dot(dy, y, width);
}

CK_VECTOR void ck_attention_gradient(float *scores, float *d, const float *log_sum,
                                     const float *delta, float scale,
                                     const ck_attention_tile *t) {
  for (long row = 0; row < t->rows; row++, scores += t->columns, d += t->columns) {
    long n = t->columns;
    hide(scores, t, row);
    float l = log_sum[row], mean = delta[row];
    if (t->threshold) {
      float factors[CK_ATTENTION_TILE];
      draw(factors, t, row);
      CK_BY_16 for (long i = 0; i < n; i++) {
        float p = ck_exp(scores[i] - l);
        scores[i] = p * factors[i];
        d[i] = p * (d[i] * factors[i] - mean) * scale;
      }
    } else {
      CK_BY_16 for (long i = 0; i < n; i++) {
        float p = ck_exp(scores[i] - l);
        scores[i] = p;
        d[i] = p * (d[i] - mean) * scale;
      }
    }
  }
}
