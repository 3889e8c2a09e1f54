#include "loss.h"
#include <math.h>

static float largest(const float *x, long n) {
  float m = x[0];
  for (long i = 1; i < n; i++)
    m = x[i] > m ? x[i] : m;
  return m;
}

void ck_softmax_cross_entropy(const float *x, const int32_t *labels, float *loss, long rows,
                              long classes) {
  for (long row = 0; row < rows; row++, x += classes) {
    if (labels[row] < 0 || labels[row] >= classes) {
      loss[row] = NAN;
      continue;
    }
    // The largest score is taken out of the sum, so that no exponential overflows.
    float m = largest(x, classes), sum = 0;
    for (long i = 0; i < classes; i++)
      sum += expf(x[i] - m);
    loss[row] = logf(sum) - (x[labels[row]] - m);
  }
}

void ck_softmax_cross_entropy_gradient(const float *x, const int32_t *labels, const float *dloss,
                                       float *dx, long rows, long classes) {
  for (long row = 0; row < rows; row++, x += classes, dx += classes) {
    int valid = labels[row] >= 0 && labels[row] < classes;
    float m = largest(x, classes), sum = 0;
    for (long i = 0; i < classes; i++) {
      dx[i] = expf(x[i] - m);
      sum += dx[i];
    }
    float factor = valid ? dloss[row] / sum : 0;
    for (long i = 0; i < classes; i++)
      dx[i] *= factor;
    if (valid)
      dx[labels[row]] -= dloss[row];
  }
}

void ck_correct_prediction(const float *x, const int32_t *labels, float *y, long rows,
                           long classes) {
  for (long row = 0; row < rows; row++, x += classes) {
    long best = 0;
    for (long i = 1; i < classes; i++)
      best = x[i] > x[best] ? i : best;
    y[row] = best == labels[row];
  }
}
