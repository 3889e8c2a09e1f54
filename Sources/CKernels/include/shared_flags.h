#pragma once
// Counters in memory that several processes share: one writer, many readers.
#include <sched.h>
#include <stdint.h>

/// Sets a counter; what was written before is seen by whoever sees the value.
static inline void ck_flag_store(uint64_t *flag, uint64_t value) {
  __atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

/// What a counter says; what was written before it was set is seen.
static inline uint64_t ck_flag_load(const uint64_t *flag) {
  return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/// Adds to a counter that several write, and returns what it said before.
static inline uint64_t ck_flag_add(uint64_t *flag, uint64_t value) {
  return __atomic_fetch_add(flag, value, __ATOMIC_ACQ_REL);
}

/// Sets a counter to `value` if it says `expected`; 1 if so. Of several that try, one succeeds.
static inline int ck_flag_exchange(uint64_t *flag, uint64_t expected, uint64_t value) {
  return __atomic_compare_exchange_n(flag, &expected, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/// Looks up to `looks` times whether a counter has reached `value`; 1 if so.
static inline int ck_flag_reached(const uint64_t *flag, uint64_t value, long looks) {
  for (long look = 0; look < looks; look++) {
    if (__atomic_load_n(flag, __ATOMIC_ACQUIRE) >= value) return 1;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
  }
  return 0;
}

/// Lets another thread have the processor, if one wants it.
static inline void ck_yield(void) { sched_yield(); }
