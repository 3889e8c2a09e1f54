#pragma once
/// y[row] = sum of x[row, :], in an order that depends on the length alone.
void ck_sum_rows(const float *x, float *y, long rows, long columns);
/// y[column] = sum of x[:, column], rows in order.
void ck_sum_columns(const float *x, float *y, long rows, long columns);
