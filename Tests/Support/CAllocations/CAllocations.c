#define _GNU_SOURCE
#include "CAllocations.h"
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// glibc's own functions, under the names that nobody interposes.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// The recording of a thread. The table is static and belongs to the thread that watches; a second one
// would have to wait, see the Swift side.
static void *table[callocations_capacity][callocations_depth];
static _Thread_local long count;
static _Thread_local int is_watching;

// Frames of `record` and of the function below that called it.
enum { OWN_FRAMES = 2 };

static __attribute__((noinline)) void record(void) {
  if (!is_watching)
    return;
  // The unwinder may allocate.
  is_watching = 0;
  if (count < callocations_capacity) {
    void *frames[callocations_depth + OWN_FRAMES] = {NULL};
    int depth = backtrace(frames, callocations_depth + OWN_FRAMES);
    for (int i = 0; i < callocations_depth; i++)
      table[count][i] = i + OWN_FRAMES < depth ? frames[i + OWN_FRAMES] : NULL;
  }
  count++;
  is_watching = 1;
}

void *malloc(size_t size) {
  record();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  record();
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  record();
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  record();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  record();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  record();
  if (alignment % sizeof(void *) || alignment & (alignment - 1) || !alignment)
    return EINVAL;
  void *memory = __libc_memalign(alignment, size);
  if (!memory)
    return ENOMEM;
  *result = memory;
  return 0;
}

void callocations_start(void) {
  // The first call of the unwinder loads a library.
  void *frames[1];
  backtrace(frames, 1);
  count = 0;
  is_watching = 1;
}

long callocations_stop(void) {
  is_watching = 0;
  return count;
}

void *callocations_caller(long index, long depth) {
  if (index < 0 || index >= count || index >= callocations_capacity || depth < 0 ||
      depth >= callocations_depth)
    return NULL;
  return table[index][depth];
}

const char *callocations_file(void *address) {
  Dl_info info;
  return dladdr(address, &info) && info.dli_fname ? info.dli_fname : "?";
}

const char *callocations_symbol(void *address) {
  Dl_info info;
  return dladdr(address, &info) && info.dli_sname ? info.dli_sname : "?";
}
