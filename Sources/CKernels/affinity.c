#define _GNU_SOURCE
#include "affinity.h"
#ifdef __linux__
#include <sched.h>

int ck_allowed_cores(void) {
  cpu_set_t mask;
  return sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 0;
}

int ck_pin_to_last_core(void) {
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return -1;
  int last = -1;
  for (int core = 0; core < CPU_SETSIZE; core++)
    if (CPU_ISSET(core, &mask)) last = core;
  if (last < 0) return -1;
  CPU_ZERO(&mask);
  CPU_SET(last, &mask);
  return sched_setaffinity(0, sizeof mask, &mask);
}
#else
int ck_allowed_cores(void) { return 0; }
int ck_pin_to_last_core(void) { return -1; }
#endif
