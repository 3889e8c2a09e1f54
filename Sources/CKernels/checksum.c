#include "checksum.h"

#include "targets.h"

// The sums are  s1 = w0 + w1 + ... and s2 = n w0 + (n-1) w1 + ... + 1 w(n-1).
//
// A block of ROWS x LANES words is summed lane by lane:
//
//     row 0   w0      w1      ...  w(LANES-1)         first[j]  = sum of column j
//     row 1   wLANES  ...                             second[j] = sum of column j, row r counted
//     ...                                                         ROWS - r times
//
// Word (r, j) counts ROWS LANES - r LANES - j times in the block's s2, so that
// s2 = LANES sum(second[j]) - sum(j first[j]).
//
// Words are read in the machine's byte order: swapping the bytes of a word is multiplying it by 256
// modulo 65535, which is done once at the end.
enum { LANES = 32, ROWS = 256, BLOCK = LANES * ROWS };

typedef uint16_t __attribute__((may_alias, aligned(1))) word;

// 65535 x 256 x 257 / 2 < 2^32: a column's sums fit.
static inline __attribute__((always_inline)) void add_block(const word *words, uint64_t *s1,
                                                            uint64_t *s2) {
  uint32_t first[LANES] = {0}, second[LANES] = {0};
  for (long row = 0; row < ROWS; row++) {
    for (long j = 0; j < LANES; j++) {
      first[j] += words[row * LANES + j];
      second[j] += first[j];
    }
  }
  uint64_t sum = 0, weighted = 0;
  for (long j = 0; j < LANES; j++) {
    sum += first[j];
    weighted += (uint64_t)LANES * second[j] - (uint64_t)j * first[j];
  }
  // The words before the block count once more for each word in it.
  *s2 = (*s2 + *s1 * BLOCK + weighted) % 65535;
  *s1 = (*s1 + sum) % 65535;
}

CK_VECTOR uint32_t ck_fletcher32(const void *data, long bytes) {
  const word *next = data;
  long count = bytes / 2;
  uint64_t s1 = 0, s2 = 0;
  for (; count >= BLOCK; count -= BLOCK, next += BLOCK) add_block(next, &s1, &s2);
  for (; count > 0; count--) {
    s1 += *next++;
    s2 += s1;
  }
  // The last byte of an odd number is the upper half of a word.
  if (bytes % 2) {
    s1 += ((const uint8_t *)data)[bytes - 1];
    s2 += s1;
  }
  // At most BLOCK words: s2 < 2^13 x 2^13 x 2^16.
  s1 %= 65535;
  s2 %= 65535;
  s1 = s1 * 256 % 65535;
  s2 = s2 * 256 % 65535;
  // HDF5 folds carries and so never comes back to 0 from a sum that is not: 65535 stands for it.
  if (s1 == 0 || s2 == 0) {
    const uint8_t *byte = data;
    long i = 0;
    while (i < bytes && byte[i] == 0) i++;
    if (i < bytes) {
      if (s1 == 0) s1 = 65535;
      if (s2 == 0) s2 = 65535;
    }
  }
  return (uint32_t)(s2 << 16 | s1);
}
