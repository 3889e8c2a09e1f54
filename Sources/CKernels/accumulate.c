#include "accumulate.h"

#include "halves.h"
#include "targets.h"

// MARK: - Elements
//
// An element is loaded into its wide type, in which it is added and multiplied, and stored back.
// Integers wrap around, as MPI's own sums do: their arithmetic is unsigned. The 16-bit floats are
// added up in float32.

#define PLAIN(suffix, type, wide)                                                                  \
  INLINE wide load_##suffix(type value) { return (wide)value; }                                    \
  INLINE type store_##suffix(wide value) { return (type)value; }

PLAIN(f32, float, float)
PLAIN(f64, double, double)
PLAIN(i32, int32_t, uint32_t)
PLAIN(i64, int64_t, uint64_t)

// MARK: - Loops

// Arrays are either the same or apart, so that any number of elements may be worked on at once.
#define VECTORIZE _Pragma("clang loop vectorize(assume_safety) interleave(enable)")

#define SIMPLE(suffix, type, wide)                                                                 \
  CK_VECTOR void ck_add_##suffix(type *dst, const type *src, long n) {                             \
    VECTORIZE for (long i = 0; i < n; i++)                                                         \
      dst[i] = store_##suffix(load_##suffix(dst[i]) + load_##suffix(src[i]));                      \
  }                                                                                                \
  CK_VECTOR void ck_sum2_##suffix(type *dst, const type *a, const type *b, long n) {               \
    VECTORIZE for (long i = 0; i < n; i++)                                                         \
      dst[i] = store_##suffix(load_##suffix(a[i]) + load_##suffix(b[i]));                          \
  }

#define SCALE(suffix, type, wide, factor_type)                                                     \
  CK_VECTOR void ck_scale_##suffix(type *dst, factor_type factor, long n) {                        \
    VECTORIZE for (long i = 0; i < n; i++)                                                         \
      dst[i] = store_##suffix(load_##suffix(dst[i]) * (wide)factor);                               \
  }

// Note [Blocks of a reduction]: a block of every source is added up in scratch memory that stays in
// the first-level cache, and only then stored: each byte of the sources is read once, each byte of
// the targets written once, and a target may be one of the sources. A pair needs no scratch.
#define REDUCE(suffix, type, wide, factor_type)                                                    \
  CK_VECTOR void ck_reduce_##suffix(type *const *targets, long target_count,                       \
                                    const type *const *sources, const int32_t *merges,             \
                                    long merge_count, factor_type factor, factor_type *room,       \
                                    long n) {                                                      \
    wide *scratch = (wide *)room;                                                                  \
    if (merge_count == 1 && target_count == 1) {                                                   \
      const type *a = sources[merges[0]], *b = sources[merges[1]];                                 \
      type *x = targets[0];                                                                        \
      VECTORIZE for (long i = 0; i < n; i++)                                                       \
        x[i] = store_##suffix((load_##suffix(a[i]) + load_##suffix(b[i])) * (wide)factor);         \
      return;                                                                                      \
    }                                                                                              \
    if (merge_count == 1 && target_count == 2) {                                                   \
      const type *a = sources[merges[0]], *b = sources[merges[1]];                                 \
      type *x = targets[0], *y = targets[1];                                                       \
      VECTORIZE for (long i = 0; i < n; i++) {                                                     \
        type sum = store_##suffix((load_##suffix(a[i]) + load_##suffix(b[i])) * (wide)factor);     \
        x[i] = sum;                                                                                \
        y[i] = sum;                                                                                \
      }                                                                                            \
      return;                                                                                      \
    }                                                                                              \
    for (long start = 0; start < n; start += CK_REDUCE_BLOCK) {                                    \
      long count = n - start < CK_REDUCE_BLOCK ? n - start : CK_REDUCE_BLOCK;                      \
      for (long m = 0; m < merge_count; m++) {                                                     \
        const int32_t *merge = merges + 4 * m;                                                     \
        wide *sum = scratch + merge[0] * (long)CK_REDUCE_BLOCK;                                    \
        const wide *other = scratch + merge[1] * (long)CK_REDUCE_BLOCK;                            \
        const type *a = sources[merge[0]] + start, *b = sources[merge[1]] + start;                 \
        if (merge[2] && merge[3]) {                                                                \
          VECTORIZE for (long i = 0; i < count; i++)                                               \
            sum[i] = load_##suffix(a[i]) + load_##suffix(b[i]);                                    \
        } else if (merge[2]) {                                                                     \
          VECTORIZE for (long i = 0; i < count; i++) sum[i] = load_##suffix(a[i]) + other[i];      \
        } else if (merge[3]) {                                                                     \
          VECTORIZE for (long i = 0; i < count; i++) sum[i] += load_##suffix(b[i]);                \
        } else {                                                                                   \
          VECTORIZE for (long i = 0; i < count; i++) sum[i] += other[i];                           \
        }                                                                                          \
      }                                                                                            \
      if (merge_count == 0) {                                                                      \
        const type *only = sources[0] + start;                                                     \
        VECTORIZE for (long i = 0; i < count; i++) scratch[i] = load_##suffix(only[i]);            \
      }                                                                                            \
      for (long t = 0; t < target_count; t++) {                                                    \
        type *target = targets[t] + start;                                                         \
        VECTORIZE for (long i = 0; i < count; i++)                                                 \
          target[i] = store_##suffix(scratch[i] * (wide)factor);                                   \
      }                                                                                            \
    }                                                                                              \
  }

#define FAMILY(suffix, type, wide, factor_type)                                                    \
  SIMPLE(suffix, type, wide)                                                                       \
  SCALE(suffix, type, wide, factor_type)                                                           \
  REDUCE(suffix, type, wide, factor_type)

FAMILY(f32, float, float, float)
FAMILY(f64, double, double, double)
FAMILY(i32, int32_t, uint32_t, int32_t)
FAMILY(i64, int64_t, uint64_t, int64_t)
FAMILY(bf16, uint16_t, float, float)
FAMILY(f16, uint16_t, float, float)
