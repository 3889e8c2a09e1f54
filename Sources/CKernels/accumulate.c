#include "accumulate.h"
#include "targets.h"

// Integers wrap around, as MPI's own sums do: the arithmetic is unsigned.
#define FAMILY(suffix, type, arithmetic)                                                         \
  CK_VECTOR void ck_add_##suffix(type *restrict dst, const type *restrict src, long n) {         \
    for (long i = 0; i < n; i++)                                                                 \
      dst[i] = (type)((arithmetic)dst[i] + (arithmetic)src[i]);                                  \
  }                                                                                              \
  CK_VECTOR void ck_sum2_##suffix(type *restrict dst, const type *restrict a,                    \
                                  const type *restrict b, long n) {                              \
    for (long i = 0; i < n; i++)                                                                 \
      dst[i] = (type)((arithmetic)a[i] + (arithmetic)b[i]);                                      \
  }                                                                                              \
  CK_VECTOR void ck_scale_##suffix(type *dst, type factor, long n) {                             \
    for (long i = 0; i < n; i++)                                                                 \
      dst[i] = (type)((arithmetic)dst[i] * (arithmetic)factor);                                  \
  }

FAMILY(f32, float, float)
FAMILY(f64, double, double)
FAMILY(i32, int32_t, uint32_t)
