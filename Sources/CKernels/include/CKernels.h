#pragma once
#include "elementwise.h"
#include "loss.h"
#include "reduction.h"
