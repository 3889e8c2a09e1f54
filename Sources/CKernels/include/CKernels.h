#pragma once
#include "elementwise.h"
#include "loss.h"
#include "optimizer.h"
#include "reduction.h"
