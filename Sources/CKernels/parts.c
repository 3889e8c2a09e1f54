#include "parts.h"
#include "targets.h"
#include <string.h>

void ck_copy_box(const float *from, float *to, const ck_broadcast *box) {
  int last = box->rank - 1;
  long index[CK_MAX_RANK] = {0};
  size_t bytes = (size_t)box->extents[last] * sizeof(float);
  for (;;) {
    memcpy(to, from, bytes);
    // The odometer: the next index of the outer axes; the innermost one is contiguous in both.
    int axis = last - 1;
    for (; axis >= 0; axis--) {
      from += box->first[axis];
      to += box->second[axis];
      if (++index[axis] < box->extents[axis])
        break;
      from -= box->first[axis] * box->extents[axis];
      to -= box->second[axis] * box->extents[axis];
      index[axis] = 0;
    }
    if (axis < 0)
      return;
  }
}

void ck_gather(const float *table, const int32_t *rows, float *y, long count, long table_rows,
               long width) {
  size_t bytes = (size_t)width * sizeof(float);
  for (long i = 0; i < count; i++, y += width) {
    if (rows[i] >= 0 && rows[i] < table_rows)
      memcpy(y, table + rows[i] * width, bytes);
    else
      memset(y, 0, bytes);
  }
}

CK_VECTOR void ck_scatter_add(const float *dy, const int32_t *rows, float *table, long count,
                              long table_rows, long width) {
  memset(table, 0, (size_t)table_rows * (size_t)width * sizeof(float));
  for (long i = 0; i < count; i++, dy += width) {
    if (rows[i] < 0 || rows[i] >= table_rows)
      continue;
    float *row = table + rows[i] * width;
    for (long j = 0; j < width; j++)
      row[j] += dy[j];
  }
}

void ck_class_targets(const int32_t *labels, float *y, long rows, long classes, float smoothing,
                      const float *weights, int32_t ignored) {
  float share = smoothing / (float)classes;
  for (long i = 0; i < rows; i++, y += classes) {
    int valid = labels[i] != ignored && labels[i] >= 0 && labels[i] < classes;
    for (long c = 0; c < classes; c++)
      y[c] = valid ? (weights ? weights[c] : 1) * share : 0;
    if (valid)
      y[labels[i]] += (weights ? weights[labels[i]] : 1) * (1 - smoothing);
  }
}
