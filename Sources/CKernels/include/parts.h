#pragma once
// Copies of boxes between row-major arrays, rows of tables by their numbers, targets of labels.
#include "elementwise.h"
#include <stdint.h>

/// to[...] = from[...] over `extents`; `first` are the strides of from, `second` those of to.
void ck_copy_box(const float *from, float *to, const ck_broadcast *box);

/// y[i, :] = table[rows[i], :]; zeros if the table has no such row.
void ck_gather(const float *table, const int32_t *rows, float *y, long count, long table_rows,
               long width);
/// table = 0, then table[rows[i], :] += dy[i, :] in the order of i; other rows are left out.
void ck_scatter_add(const float *dy, const int32_t *rows, float *table, long count,
                    long table_rows, long width);

/// y[i, c] = weights[c] * ((1 - smoothing) * (c == labels[i]) + smoothing / classes); zeros if the
/// label is `ignored` or no class. weights may be null.
void ck_class_targets(const int32_t *labels, float *y, long rows, long classes, float smoothing,
                      const float *weights, int32_t ignored);
