#pragma once
// CK_VECTOR compiles a function once per instruction set and picks one when the library is loaded.
// The loops below vectorise by themselves; no intrinsics.
//
// The levels of the x86-64 psABI (v4: AVX-512, v3: AVX2 and FMA), which are asked for by feature.
// Clang asks for arch=skylake-avx512 or arch=haswell by model: any newer processor would run "default".
#if defined(__x86_64__) && defined(__linux__)
#define CK_VECTOR \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_VECTOR
#endif

// Before a loop whose iterations do not meet: 16 at a time, also where it runs over a few dozen elements
// (by itself the compiler takes 64 at a time and the rest one by one) and where source and result are
// the same array.
#define CK_BY_16 \
  _Pragma("clang loop vectorize(assume_safety) vectorize_width(16) interleave_count(1)")
