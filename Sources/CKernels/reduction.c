#include "reduction.h"
#include "targets.h"

// Sixteen partial sums, added pairwise: the order is part of the result, so it is written out
// instead of being left to the compiler, and is the same for every instruction set.
CK_VECTOR void ck_sum_rows(const float *x, float *y, long rows, long columns) {
  for (long row = 0; row < rows; row++, x += columns) {
    float part[16] = {0};
    long i = 0;
    for (; i + 16 <= columns; i += 16)
      for (int lane = 0; lane < 16; lane++)
        part[lane] += x[i + lane];
    for (int lane = 0; i + lane < columns; lane++)
      part[lane] += x[i + lane];
    for (int width = 8; width > 0; width /= 2)
      for (int lane = 0; lane < width; lane++)
        part[lane] += part[lane + width];
    y[row] = part[0];
  }
}

CK_VECTOR void ck_sum_columns(const float *x, float *y, long rows, long columns) {
  for (long i = 0; i < columns; i++)
    y[i] = 0;
  for (long row = 0; row < rows; row++, x += columns)
    for (long i = 0; i < columns; i++)
      y[i] += x[i];
}
