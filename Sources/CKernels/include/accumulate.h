#pragma once
// Sums of whole buffers, as the collectives need them. Arrays of one call are the same or apart.
// bf16 and f16 are the bits of 16-bit floats; their sums are taken in float32.
#include <stdint.h>

/// Elements that ck_reduce adds up at a time.
#define CK_REDUCE_BLOCK 512

#define CK_ACCUMULATE(suffix, type, factor_type)                                                   \
  /* dst += src */                                                                                 \
  void ck_add_##suffix(type *dst, const type *src, long n);                                        \
  /* dst = a + b */                                                                                \
  void ck_sum2_##suffix(type *dst, const type *a, const type *b, long n);                          \
  /* dst *= factor */                                                                              \
  void ck_scale_##suffix(type *dst, factor_type factor, long n);                                   \
  /* All targets = factor * the sum of merge_count + 1 sources. A merge is four numbers: add        \
     source [1] to source [0]; [2] and [3] say whether [0] and [1] are not sums yet. The last merge \
     leaves the sum in 0. room: CK_REDUCE_BLOCK for each source. */                                \
  void ck_reduce_##suffix(type *const *targets, long target_count, const type *const *sources,     \
                          const int32_t *merges, long merge_count, factor_type factor,             \
                          factor_type *room, long n);

CK_ACCUMULATE(f32, float, float)
CK_ACCUMULATE(f64, double, double)
CK_ACCUMULATE(i32, int32_t, int32_t)
CK_ACCUMULATE(i64, int64_t, int64_t)
CK_ACCUMULATE(bf16, uint16_t, float)
CK_ACCUMULATE(f16, uint16_t, float)
