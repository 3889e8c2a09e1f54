#pragma once
// The row work of attention between its matrix products; see Note [Attention in tiles] in Engine.
#include <stdint.h>

enum { CK_ATTENTION_TILE = 128 };

/// A part of the scores of one sample and head: rows are queries, columns keys, rows x columns floats
/// one behind the other. first_column is a multiple of 4.
typedef struct {
  long rows, columns, first_row, first_column;
  /// Row i sees columns up to i only.
  int causal;
  /// For each step of the sample whether it is seen (not 0); NULL if all are.
  const float *mask;
  /// Dropout: the sample's key, the salt, what a random word must reach to be kept, the factor of what is
  /// kept, and the number of the head's first row. No dropout with a threshold of 0.
  /// The word of (row, column) is word column % 4 of Philox-4x32-10 with counter
  /// (column / 4, salt, head_row + row, 0).
  uint32_t key0, key1, salt, threshold;
  float factor;
  long head_row;
} ck_attention_tile;

/// Softmax as far as the tiles before and this one go: scores become weights relative to the largest
/// score so far (after dropout), maximum and sum hold what was seen of each row, and y, which holds the
/// sum of values by the weights of the tiles before, is brought to the new maximum. y is not touched
/// by the first tile.
void ck_attention_softmax(float *scores, float *maximum, float *sum, float *y, long y_stride,
                          long width, int is_first, const ck_attention_tile *tile);
/// y /= sum, and the logarithm of the row sums of exp(scores): infinity where nothing is seen.
void ck_attention_finish(const float *maximum, const float *sum, float *y, long y_stride,
                         float *log_sum, long rows, long width);
/// delta[row] = dy[row] . y[row]
void ck_attention_delta(const float *dy, const float *y, long stride, float *delta, long rows,
                        long width);
/// scores -> weights after dropout; d, the gradient of those -> that of the scores times scale.
void ck_attention_gradient(float *scores, float *d, const float *log_sum, const float *delta,
                           float scale, const ck_attention_tile *tile);
