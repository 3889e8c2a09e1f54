#pragma once
#include <stdint.h>

/// The Fletcher checksum of `bytes` bytes as HDF5's filter computes it: over big-endian words of 16 bits,
/// modulo 65535, the weighted sum in the upper half.
uint32_t ck_fletcher32(const void *data, long bytes);
