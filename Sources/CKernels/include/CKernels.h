#pragma once
#include "elementwise.h"
#include "loss.h"
#include "optimizer.h"
#include "pooling.h"
#include "reduction.h"
