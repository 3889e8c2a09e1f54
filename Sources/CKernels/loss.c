#include "loss.h"
#include "exponential.h"
#include "lanes.h"
#include "targets.h"
#include <math.h>

// y = exp(x - m)
CK_INLINE void exponentials(const float *x, float *y, long n, float m) {
  CK_BY_16 for (long i = 0; i < n; i++)
    y[i] = ck_exp(x[i] - m);
}

CK_VECTOR void ck_softmax_cross_entropy(const float *x, const int32_t *labels, float *loss,
                                        long rows, long classes) {
  enum { PART = 256 };
  float e[PART];
  for (long row = 0; row < rows; row++, x += classes) {
    if (labels[row] < 0 || labels[row] >= classes) {
      loss[row] = NAN;
      continue;
    }
    // The largest score is taken out of the sum, so that no exponential overflows.
    float m = ck_largest(x, classes, x[0]), sum = 0;
    for (long i = 0; i < classes; i += PART) {
      long n = classes - i < PART ? classes - i : PART;
      exponentials(x + i, e, n, m);
      sum += ck_sum(e, n);
    }
    loss[row] = logf(sum) - (x[labels[row]] - m);
  }
}

CK_VECTOR void ck_softmax_cross_entropy_gradient(const float *x, const int32_t *labels,
                                                 const float *dloss, float *dx, long rows,
                                                 long classes) {
  for (long row = 0; row < rows; row++, x += classes, dx += classes) {
    int valid = labels[row] >= 0 && labels[row] < classes;
    exponentials(x, dx, classes, ck_largest(x, classes, x[0]));
    float factor = valid ? dloss[row] / ck_sum(dx, classes) : 0;
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
