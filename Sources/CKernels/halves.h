#pragma once
#include <stdint.h>

// Floats of 16 bits and back, for loops of other files.

#define INLINE static inline __attribute__((always_inline))

// bfloat16 is the upper half of a float32; to nearest, ties to even, NaN stays NaN.
INLINE float load_bf16(uint16_t value) {
  union { uint32_t bits; float value; } wide = {.bits = (uint32_t)value << 16};
  return wide.value;
}
INLINE uint16_t store_bf16(float value) {
  union { float value; uint32_t bits; } wide = {.value = value};
  uint32_t rounded = wide.bits + 0x7fff + ((wide.bits >> 16) & 1);
  uint32_t quiet = wide.bits | 0x400000;
  return (uint16_t)((value != value ? quiet : rounded) >> 16);
}

INLINE float load_f16(uint16_t value) {
  union { uint16_t bits; _Float16 value; } narrow = {.bits = value};
  return (float)narrow.value;
}
INLINE uint16_t store_f16(float value) {
  union { _Float16 value; uint16_t bits; } narrow = {.value = (_Float16)value};
  return narrow.bits;
}
