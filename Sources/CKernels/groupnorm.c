#include "groupnorm.h"
#include "lanes.h"
#include "targets.h"
#include <math.h>
#include <string.h>

// The sum of (x - mean)^2.
CK_INLINE float squares(const float *x, long n, float mean) {
  ck_lanes s = {0}, next;
  for (long i = 0; i < n; i += 16) {
    ck_load_lanes(&next, x + i, n - i, mean);
    next -= mean;
    s += next * next;
  }
  CK_HALVES(CK_PLUS, s)
  return s[0];
}

enum { LANES = 16 };

CK_INLINE float total(float *part) {
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++)
      part[lane] += part[lane + width];
  return part[0];
}

CK_VECTOR void ck_group_norm_forward(const float *x, const float *gamma, const float *beta,
                                     float *y, float *mean, float *inverse,
                                     const ck_group_norm *g) {
  long row_count = g->channels * g->inner;
  for (long row = 0; row < g->samples * g->groups; row++, x += row_count, y += row_count) {
    long first = row % g->groups * g->channels;
    float m = g->centred ? ck_sum(x, row_count) / (float)row_count : 0;
    float r = 1 / sqrtf(squares(x, row_count, m) / (float)row_count + g->epsilon);
    mean[row] = m;
    inverse[row] = r;
    if (g->inner == 1) {
      CK_BY_16 for (long c = 0; c < g->channels; c++)
        y[c] = (x[c] - m) * r * gamma[first + c] + beta[first + c];
      continue;
    }
    for (long c = 0; c < g->channels; c++) {
      float scale = r * gamma[first + c], offset = beta[first + c];
      const float *from = x + c * g->inner;
      float *to = y + c * g->inner;
      for (long i = 0; i < g->inner; i++)
        to[i] = (from[i] - m) * scale + offset;
    }
  }
}

// Two sums over a row: of gamma dy, and of gamma dy h with h = (x - mean) inverse. On the way the sums
// over the row of dy and dy h go into the gradients of beta and gamma.

CK_INLINE void sums_of_channels(const float *dy, const float *x, const float *gamma, float m, float r,
                             float *dgamma, float *dbeta, long channels, float *slope,
                             float *projection) {
  ck_lanes a = {0}, b = {0};
  float rest_a = 0, rest_b = 0;
  long c = 0;
  for (; c + 16 <= channels; c += 16) {
    ck_lanes h, d, e, to_gamma, to_beta;
    memcpy(&h, x + c, sizeof h);
    memcpy(&d, dy + c, sizeof d);
    memcpy(&e, gamma + c, sizeof e);
    memcpy(&to_gamma, dgamma + c, sizeof to_gamma);
    memcpy(&to_beta, dbeta + c, sizeof to_beta);
    h = (h - m) * r;
    e *= d;
    a += e;
    b += e * h;
    to_gamma += d * h;
    to_beta += d;
    memcpy(dgamma + c, &to_gamma, sizeof to_gamma);
    memcpy(dbeta + c, &to_beta, sizeof to_beta);
  }
  for (; c < channels; c++) {
    float h = (x[c] - m) * r, e = gamma[c] * dy[c];
    rest_a += e;
    rest_b += e * h;
    dgamma[c] += dy[c] * h;
    dbeta[c] += dy[c];
  }
  CK_HALVES(CK_PLUS, a)
  CK_HALVES(CK_PLUS, b)
  *slope = a[0] + rest_a;
  *projection = b[0] + rest_b;
}

CK_INLINE void sums_of_planes(const float *dy, const float *x, const float *gamma, float m, float r,
                           float *dgamma, float *dbeta, long channels, long inner, float *slope,
                           float *projection) {
  *slope = *projection = 0;
  for (long c = 0; c < channels; c++, dy += inner, x += inner) {
    float a[LANES] = {0}, b[LANES] = {0};
    long i = 0;
    for (; i + LANES <= inner; i += LANES)
      for (int lane = 0; lane < LANES; lane++) {
        a[lane] += dy[i + lane];
        b[lane] += dy[i + lane] * (x[i + lane] - m);
      }
    for (int lane = 0; i < inner; i++, lane++) {
      a[lane] += dy[i];
      b[lane] += dy[i] * (x[i] - m);
    }
    float plain = total(a), along = total(b) * r;
    dbeta[c] += plain;
    dgamma[c] += along;
    *slope += gamma[c] * plain;
    *projection += gamma[c] * along;
  }
}

CK_VECTOR void ck_group_norm_backward(const float *dy, const float *x, const float *gamma,
                                      const float *mean, const float *inverse, float *dx,
                                      float *dgamma, float *dbeta, const ck_group_norm *g) {
  long row_count = g->channels * g->inner;
  size_t bytes = (size_t)(g->groups * g->channels) * sizeof(float);
  memset(dgamma, 0, bytes);
  memset(dbeta, 0, bytes);
  for (long row = 0; row < g->samples * g->groups;
       row++, x += row_count, dy += row_count, dx += row_count) {
    long first = row % g->groups * g->channels;
    float m = mean[row], r = inverse[row], slope, projection;
    if (g->inner == 1)
      sums_of_channels(dy, x, gamma + first, m, r, dgamma + first, dbeta + first, g->channels,
                       &slope, &projection);
    else
      sums_of_planes(dy, x, gamma + first, m, r, dgamma + first, dbeta + first, g->channels,
                     g->inner, &slope, &projection);
    // dx = r (gamma dy - slope / n - h projection / n)
    float average = g->centred ? slope / (float)row_count : 0;
    float along = projection / (float)row_count * r;
    if (g->inner == 1) {
      CK_BY_16 for (long c = 0; c < g->channels; c++)
        dx[c] = r * (gamma[first + c] * dy[c] - average - (x[c] - m) * along);
      continue;
    }
    for (long c = 0; c < g->channels; c++) {
      float scale = gamma[first + c];
      for (long i = c * g->inner; i < (c + 1) * g->inner; i++)
        dx[i] = r * (scale * dy[i] - average - (x[i] - m) * along);
    }
  }
}
