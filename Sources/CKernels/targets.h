#pragma once
// CK_VECTOR compiles a function once per instruction set and picks one when the library is loaded.
// The loops below vectorise by themselves; no intrinsics.
#if defined(__x86_64__) && defined(__linux__)
#define CK_VECTOR \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define CK_VECTOR
#endif
