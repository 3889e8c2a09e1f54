#pragma once
// Records the allocations that one thread makes while it is watched. Linked into the test binary only,
// whose `malloc` and relatives take the place of glibc's in every library of the process.

enum {
  callocations_capacity = 1 << 14, ///< Allocations whose callers are kept.
  callocations_depth = 12          ///< Callers kept of each, innermost first.
};

/// Starts to record what this thread allocates; it must not be recording already.
void callocations_start(void);
/// Stops and returns the number of allocations since the start.
long callocations_stop(void);
/// The return addresses of allocation `index` of the last recording of this thread; NULL at the end.
void *callocations_caller(long index, long depth);
/// The shared object that holds the code at `address`, and the symbol before it; "?" if unknown.
const char *callocations_file(void *address);
const char *callocations_symbol(void *address);
