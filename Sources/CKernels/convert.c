#include "convert.h"
#include "targets.h"
#include <string.h>

// A value is NaN or infinite exactly when all bits of its exponent are set. Collected as integers, which
// the compiler vectorises where it must not reorder a sum of floats.
#define CONVERT(name, type)                                                                \
  CK_VECTOR int ck_convert_##name(const type *x, float *y, long n, float mean, float deviation) { \
    uint32_t special = 0;                                                                  \
    for (long i = 0; i < n; i++) {                                                         \
      float value = ((float)x[i] - mean) / deviation;                                      \
      uint32_t bits;                                                                       \
      memcpy(&bits, &value, sizeof bits);                                                  \
      special |= (bits & 0x7F800000u) == 0x7F800000u;                                      \
      y[i] = value;                                                                        \
    }                                                                                      \
    return !special;                                                                       \
  }

CONVERT(i8, int8_t)
CONVERT(i16, int16_t)
CONVERT(i32, int32_t)
CONVERT(i64, int64_t)
CONVERT(u8, uint8_t)
CONVERT(u16, uint16_t)
CONVERT(u32, uint32_t)
CONVERT(u64, uint64_t)
CONVERT(f32, float)
CONVERT(f64, double)
