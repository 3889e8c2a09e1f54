#pragma once
// Losses and metrics over rows of class scores. A label outside 0 ..< classes gives NaN (loss), a
// gradient of zeros, or 0 (metric): the data reader refuses such labels, this only bounds the access.
#include <stdint.h>

/// loss[row] = log(sum(exp(x[row, :]))) - x[row, label]
void ck_softmax_cross_entropy(const float *x, const int32_t *labels, float *loss, long rows,
                              long classes);
/// dx[row, c] = (softmax(x[row, :])[c] - (c == label)) * dloss[row]; dx may be x.
void ck_softmax_cross_entropy_gradient(const float *x, const int32_t *labels, const float *dloss,
                                       float *dx, long rows, long classes);
/// y[row] = 1 if the first largest score of the row is the label's, else 0.
void ck_correct_prediction(const float *x, const int32_t *labels, float *y, long rows,
                           long classes);
