#pragma once
// OpenBLAS's C interface; the enums and sgemm import as they are.
#include <cblas.h>
