#include "batchnorm.h"
#include "targets.h"
#include <math.h>
#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))
enum { LANES = 16 };
// One element of all channels of a block. The compiler makes of it what the processor has.
typedef float vector __attribute__((vector_size(64), aligned(4)));
typedef int mask __attribute__((vector_size(64), aligned(4)));

INLINE const vector *block_of(const float *x, const ck_batch_norm *g, long sample, long block) {
  return (const vector *)(x + (sample * g->blocks + block) * g->plane * LANES);
}

INLINE long channels_of(const ck_batch_norm *g, long block) {
  long left = g->channels - block * LANES;
  return left < LANES ? left : LANES;
}

// Mean and squared deviations of a block's channels. Each plane is read twice while it is in the cache:
// its own mean first, then the squares around that; planes are joined by Chan et al. 1979, also to
// those of samples before.
INLINE void statistics(const float *x, const ck_batch_norm *g, long block, double *mean,
                       double *squares, long before) {
  for (int l = 0; l < LANES && before == 0; l++)
    mean[l] = squares[l] = 0;
  for (long n = 0; n < g->samples; n++) {
    const vector *from = block_of(x, g, n, block);
    vector a = {0}, b = {0}, c = {0}, d = {0};
    long i = 0;
    for (; i + 4 <= g->plane; i += 4) {
      a += from[i];
      b += from[i + 1];
      c += from[i + 2];
      d += from[i + 3];
    }
    for (; i < g->plane; i++)
      a += from[i];
    vector center = ((a + b) + (c + d)) / (float)g->plane;
    a = b = c = d = (vector){0};
    for (i = 0; i + 4 <= g->plane; i += 4) {
      vector p = from[i] - center, q = from[i + 1] - center;
      vector r = from[i + 2] - center, s = from[i + 3] - center;
      a += p * p;
      b += q * q;
      c += r * r;
      d += s * s;
    }
    for (; i < g->plane; i++) {
      vector p = from[i] - center;
      a += p * p;
    }
    a = (a + b) + (c + d);
    for (int l = 0; l < LANES; l++) {
      double shift = center[l] - mean[l], count = (double)(before + n);
      mean[l] += shift / (count + 1);
      squares[l] += a[l] + shift * shift * (double)g->plane * count / (count + 1);
    }
  }
}

// Vectors go by pointer: how one would go by value depends on the instruction set.

INLINE void normalise(const vector *x, const vector *residual, vector *y, long plane,
                      const vector *factor, const vector *shift, int adds, int rectifies) {
  const vector scale = *factor, offset = *shift;
  for (long i = 0; i < plane; i++) {
    vector v = x[i] * scale + offset;
    if (adds)
      v += residual[i];
    // Not a maximum: NaN stays what it is.
    if (rectifies)
      v = (vector)((mask)v & ~(mask)(v < 0.0f));
    y[i] = v;
  }
}

// y = scale * x + offset of each channel; what the sums of all samples say about them.
INLINE void coefficients(const double *center, const double *squares, const float *gamma,
                         const float *beta, float *mean, float *variance, float *scale,
                         float *offset, const ck_batch_norm *g, long block) {
  double count = (double)(g->samples * g->plane);
  for (long l = 0; l < LANES; l++)
    scale[l] = offset[l] = 0;
  for (long l = 0; l < channels_of(g, block); l++) {
    long c = block * LANES + l;
    mean[c] = (float)center[l];
    variance[c] = (float)(squares[l] / count);
    float factor = gamma[c] / sqrtf(variance[c] + g->epsilon);
    scale[l] = factor;
    offset[l] = beta[c] - factor * mean[c];
  }
}

INLINE void apply(const float *x, const vector *scale, const vector *offset, const float *residual,
                  float *y, const ck_batch_norm *g, long block, int rectifies) {
  for (long n = 0; n < g->samples; n++) {
    const vector *from = block_of(x, g, n, block);
    vector *to = (vector *)block_of(y, g, n, block);
    const vector *other = residual ? block_of(residual, g, n, block) : NULL;
    if (other && rectifies)
      normalise(from, other, to, g->plane, scale, offset, 1, 1);
    else if (other)
      normalise(from, other, to, g->plane, scale, offset, 1, 0);
    else if (rectifies)
      normalise(from, NULL, to, g->plane, scale, offset, 0, 1);
    else
      normalise(from, NULL, to, g->plane, scale, offset, 0, 0);
  }
}

CK_VECTOR void ck_batch_norm_forward(const float *x, const float *gamma, const float *beta,
                                     const float *residual, float *y, float *mean,
                                     float *variance, const ck_batch_norm *g, int rectifies) {
  for (long block = 0; block < g->blocks; block++) {
    double center[LANES], squares[LANES];
    vector scale, offset;
    statistics(x, g, block, center, squares, 0);
    coefficients(center, squares, gamma, beta, mean, variance, (float *)&scale,
                 (float *)&offset, g, block);
    apply(x, &scale, &offset, residual, y, g, block, rectifies);
  }
}

CK_VECTOR void ck_batch_norm_statistics(const float *x, double *sums, long before,
                                        const ck_batch_norm *g) {
  for (long block = 0; block < g->blocks; block++, sums += 2 * LANES)
    statistics(x, g, block, sums, sums + LANES, before);
}

CK_VECTOR void ck_batch_norm_coefficients(const double *sums, const float *gamma,
                                          const float *beta, float *mean, float *variance,
                                          float *lines, const ck_batch_norm *g) {
  for (long block = 0; block < g->blocks; block++, sums += 2 * LANES, lines += 2 * LANES)
    coefficients(sums, sums + LANES, gamma, beta, mean, variance, lines, lines + LANES, g, block);
}

CK_VECTOR void ck_batch_norm_apply(const float *x, const float *lines, const float *residual,
                                   float *y, const ck_batch_norm *g, int rectifies) {
  for (long block = 0; block < g->blocks; block++, lines += 2 * LANES)
    apply(x, (const vector *)lines, (const vector *)(lines + LANES), residual, y, g, block,
          rectifies);
}

// dz of a plane with its sum and its sum times (x - mean), in two chains each.
INLINE void incoming_sums(const vector *first, const vector *second, const vector *y, vector *dz,
                          const vector *x, long plane, const vector *mean, vector *sum, vector *along,
                          int adds, int rectifies, int keeps) {
  const vector center = *mean;
  vector s0 = {0}, s1 = {0}, p0 = {0}, p1 = {0};
  long i = 0;
#define INCOMING(k)                                                                                \
  vector d##k = first[i + k];                                                                      \
  if (adds)                                                                                        \
    d##k += second[i + k];                                                                         \
  if (rectifies)                                                                                   \
    d##k = (vector)((mask)d##k & (mask)(y[i + k] > 0.0f));                                         \
  if (keeps)                                                                                       \
    dz[i + k] = d##k;                                                                              \
  s##k += d##k;                                                                                    \
  p##k += d##k * (x[i + k] - center);
  for (; i + 2 <= plane; i += 2) {
    INCOMING(0)
    INCOMING(1)
  }
  if (i < plane) {
    INCOMING(0)
  }
#undef INCOMING
  *sum = s0 + s1;
  *along = p0 + p1;
}

// dx = scale * (dz - sum / count - (x - mean) * along)
INLINE void outgoing(const vector *first, const vector *second, const vector *y, const vector *x,
                     vector *dx, long plane, const vector *factor, const vector *shift,
                     const vector *tilt, int adds, int rectifies) {
  const vector scale = *factor, offset = *shift, slope = *tilt;
  for (long i = 0; i < plane; i++) {
    vector d = first[i];
    if (adds)
      d += second[i];
    if (rectifies)
      d = (vector)((mask)d & (mask)(y[i] > 0.0f));
    dx[i] = scale * d + (offset + slope * x[i]);
  }
}

INLINE void backward(const ck_batch_norm_incoming *in, const float *x, const float *gamma,
                     const float *mean, const float *variance, float *dx, float *dgamma,
                     float *dbeta, const ck_batch_norm *g, int adds, int rectifies, int keeps) {
  double count = (double)(g->samples * g->plane);
  for (long block = 0; block < g->blocks; block++) {
    long channels = channels_of(g, block);
    vector center = {0};
    for (long l = 0; l < channels; l++)
      center[l] = mean[block * LANES + l];
    double sums[LANES] = {0}, alongs[LANES] = {0};
    for (long n = 0; n < g->samples; n++) {
      vector sum, along;
      incoming_sums(block_of(in->first, g, n, block),
                    adds ? block_of(in->second, g, n, block) : NULL,
                    rectifies ? block_of(in->y, g, n, block) : NULL,
                    keeps ? (vector *)block_of(in->dz, g, n, block) : NULL,
                    block_of(x, g, n, block), g->plane, &center, &sum, &along, adds, rectifies,
                    keeps);
      for (int l = 0; l < LANES; l++) {
        sums[l] += sum[l];
        alongs[l] += along[l];
      }
    }
    vector scale = {0}, offset = {0}, slope = {0};
    for (long l = 0; l < channels; l++) {
      long c = block * LANES + l;
      double inverse = 1 / sqrt((double)variance[c] + g->epsilon);
      dgamma[c] = (float)(alongs[l] * inverse);
      dbeta[c] = (float)sums[l];
      double factor = gamma[c] * inverse, tilt = -factor * inverse * inverse * alongs[l] / count;
      scale[l] = (float)factor;
      slope[l] = (float)tilt;
      offset[l] = (float)(-factor * sums[l] / count - tilt * center[l]);
    }
    for (long n = 0; n < g->samples; n++) {
      vector *to = (vector *)block_of(dx, g, n, block);
      const vector *from = block_of(x, g, n, block);
      if (keeps)
        outgoing(block_of(in->dz, g, n, block), NULL, NULL, from, to, g->plane, &scale,
                 &offset, &slope, 0, 0);
      else
        outgoing(block_of(in->first, g, n, block),
                 adds ? block_of(in->second, g, n, block) : NULL,
                 rectifies ? block_of(in->y, g, n, block) : NULL, from, to, g->plane, &scale,
                 &offset, &slope, adds, rectifies);
    }
  }
}

CK_VECTOR void ck_batch_norm_backward(const ck_batch_norm_incoming *in, const float *x,
                                      const float *gamma, const float *mean,
                                      const float *variance, float *dx, float *dgamma,
                                      float *dbeta, const ck_batch_norm *g) {
  if (!in->y)
    backward(in, x, gamma, mean, variance, dx, dgamma, dbeta, g, 0, 0, 0);
  else if (in->second && in->dz)
    backward(in, x, gamma, mean, variance, dx, dgamma, dbeta, g, 1, 1, 1);
  else if (in->second)
    backward(in, x, gamma, mean, variance, dx, dgamma, dbeta, g, 1, 1, 0);
  else if (in->dz)
    backward(in, x, gamma, mean, variance, dx, dgamma, dbeta, g, 0, 1, 1);
  else
    backward(in, x, gamma, mean, variance, dx, dgamma, dbeta, g, 0, 1, 0);
}
