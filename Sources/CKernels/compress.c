#include "compress.h"

#include <string.h>

#include "halves.h"
#include "targets.h"

#define VECTORIZE _Pragma("clang loop vectorize(assume_safety) interleave(enable)")

#define HALF(suffix)                                                                               \
  CK_VECTOR void ck_narrow_##suffix(const float *x, uint16_t *half, float *rest, long n) {         \
    VECTORIZE for (long i = 0; i < n; i++) {                                                       \
      half[i] = store_##suffix(x[i]);                                                              \
      rest[i] = x[i] - load_##suffix(half[i]);                                                     \
    }                                                                                              \
  }                                                                                                \
  CK_VECTOR void ck_widen_##suffix(const uint16_t *half, float *x, long n) {                       \
    VECTORIZE for (long i = 0; i < n; i++) x[i] = load_##suffix(half[i]);                          \
  }

HALF(bf16)
HALF(f16)

CK_VECTOR double ck_sum_absolute(const float *x, long n) {
  // Lanes whose order does not depend on the width of vectors.
  double lanes[16] = {0}, sum = 0;
  long whole = n / 16 * 16;
  for (long i = 0; i < whole; i += 16)
    for (int lane = 0; lane < 16; lane++) lanes[lane] += __builtin_fabsf(x[i + lane]);
  for (long i = whole; i < n; i++) lanes[i - whole] += __builtin_fabsf(x[i]);
  for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
  return sum;
}

CK_VECTOR void ck_take_signs(const float *x, float size, uint32_t *words, float *rest, long n) {
  for (long word = 0; word * 32 < n; word++) {
    long start = word * 32, count = n - start < 32 ? n - start : 32;
    uint32_t bits = 0;
    for (long i = 0; i < count; i++) {
      int is_negative = x[start + i] < 0;
      bits |= (uint32_t)is_negative << i;
      rest[start + i] = x[start + i] - (is_negative ? -size : size);
    }
    words[word] = bits;
  }
}

CK_VECTOR void ck_add_signs(const uint32_t *words, float size, float *sum, long n) {
  for (long i = 0; i < n; i++) sum[i] += words[i / 32] >> (i % 32) & 1 ? -size : size;
}

// Magnitudes compare as their bits do. The k-th largest is found digit by digit, from above: 11, 10
// and 10 bits, a histogram each.
static uint32_t magnitude(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits & 0x7fffffff;
}

void ck_take_largest(const float *x, long k, uint32_t *words, float *rest, long n) {
  static const int shifts[3] = {20, 10, 0}, widths[3] = {11, 10, 10};
  uint32_t limit = 0;
  // How many of magnitude `limit` are among the k.
  long ties = k;
  for (int digit = 0; digit < 3; digit++) {
    long counts[1 << 11] = {0};
    uint32_t mask = (1u << widths[digit]) - 1;
    uint32_t above = ~((1u << (shifts[digit] + widths[digit])) - 1) & 0x7fffffff;
    for (long i = 0; i < n; i++) {
      uint32_t bits = magnitude(x[i]);
      if ((bits & above) == (limit & above)) counts[bits >> shifts[digit] & mask]++;
    }
    uint32_t value = mask;
    while (value > 0 && counts[value] < ties) ties -= counts[value--];
    limit |= value << shifts[digit];
  }
  long taken = 0;
  for (long i = 0; i < n; i++) {
    uint32_t bits = magnitude(x[i]);
    int is_taken = taken < k && (bits > limit || (bits == limit && ties-- > 0));
    rest[i] = is_taken ? 0 : x[i];
    if (!is_taken) continue;
    words[taken] = (uint32_t)i;
    memcpy(words + k + taken, x + i, sizeof *x);
    taken++;
  }
}

CK_VECTOR float ck_dot(const float *a, const float *b, long n) {
  float lanes[16] = {0}, sum = 0;
  long whole = n / 16 * 16;
  for (long i = 0; i < whole; i += 16)
    for (int lane = 0; lane < 16; lane++) lanes[lane] += a[i + lane] * b[i + lane];
  for (long i = whole; i < n; i++) lanes[i - whole] += a[i] * b[i];
  for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
  return sum;
}

CK_VECTOR void ck_add_times(float *target, const float *source, float factor, long n) {
  VECTORIZE for (long i = 0; i < n; i++) target[i] += factor * source[i];
}

CK_VECTOR void ck_multiply(float *target, const float *factors, long n) {
  VECTORIZE for (long i = 0; i < n; i++) target[i] *= factors[i];
}

CK_VECTOR double ck_dot64(const float *a, const float *b, long n) {
  double lanes[16] = {0}, sum = 0;
  long whole = n / 16 * 16;
  for (long i = 0; i < whole; i += 16)
    for (int lane = 0; lane < 16; lane++) lanes[lane] += (double)a[i + lane] * b[i + lane];
  for (long i = whole; i < n; i++) lanes[i - whole] += (double)a[i] * b[i];
  for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
  return sum;
}

CK_VECTOR void ck_combine(float *target, const float *a, float x, const float *b, float y, long n) {
  VECTORIZE for (long i = 0; i < n; i++) target[i] = x * a[i] + y * b[i];
}
