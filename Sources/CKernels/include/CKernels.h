#pragma once
#include "accumulate.h"
#include "affinity.h"
#include "elementwise.h"
#include "loss.h"
#include "optimizer.h"
#include "pooling.h"
#include "reduction.h"
