#pragma once
#include "lanes.h"
// The transforms of Winograd's algorithm along one axis: six points for r taps and m = 7 - r results.
//
// A convolution is a product of polynomials, and a polynomial of degree 5 is known from its values at six
// points, here 0, 1, -1, 2, -2 and infinity (the last coefficient). Six products of values take the place
// of m r products of coefficients. The results of a window that slides are that, transposed:
//
//     y = AT (G w * BT x)      six inputs x, r taps w, m results y; * is by element
//
//          4  0 -5  0  1  0        row p of A is (1 p p^2 ...), m numbers, and of G the same,
//          0 -4 -4  1  1  0        r numbers, times what makes the values whole:
//     BT = 0  4 -4 -1  1  0
//          0 -2 -1  2  1  0        point   0     1     -1     2     -2   infinity
//          0  2 -1 -2  1  0        times  1/4  -1/6   -1/6   1/24  1/24     1
//          0  4  0 -5  0  1        and infinity is (0 ... 0 1) in both
//
// With both axes, y = AT (G w GT * BT x B) A: 36 products for 16 results of 3 x 3 taps, in place of 144, and
// for 4 results of 5 x 5 taps, in place of 100. Its gradients are its transposes: w' = GT (A y' AT * BT x B) G.

enum { CK_SIDE = 6, CK_POINTS = CK_SIDE * CK_SIDE };

#define CK_AT(v, i) v[(i) * stride]

/// BT, in place, of six vectors `stride` apart.
CK_INLINE void ck_input_points(ck_lanes *v, int stride) {
  const ck_lanes x0 = CK_AT(v, 0), x1 = CK_AT(v, 1), x2 = CK_AT(v, 2), x3 = CK_AT(v, 3),
                 x4 = CK_AT(v, 4), x5 = CK_AT(v, 5);
  // What the points p and -p share, and what has the sign of p.
  const ck_lanes even1 = x4 - 4 * x2, odd1 = x3 - 4 * x1, even2 = x4 - x2, odd2 = x3 - x1;
  CK_AT(v, 0) = 4 * x0 - 5 * x2 + x4;
  CK_AT(v, 1) = even1 + odd1;
  CK_AT(v, 2) = even1 - odd1;
  CK_AT(v, 3) = even2 + 2 * odd2;
  CK_AT(v, 4) = even2 - 2 * odd2;
  CK_AT(v, 5) = 4 * x1 - 5 * x3 + x5;
}

/// A, in place: n >= 2 coefficients to the values at six points.
CK_INLINE void ck_values(ck_lanes *v, int stride, int n) {
  const ck_lanes last = CK_AT(v, n - 1);
  ck_lanes even1 = CK_AT(v, 0), even2 = CK_AT(v, 0), odd1 = CK_AT(v, 1), odd2 = 2 * CK_AT(v, 1);
  for (int i = 2; i < n; i++) {
    const float power = 1 << i;
    if (i % 2)
      odd1 += CK_AT(v, i), odd2 += power * CK_AT(v, i);
    else
      even1 += CK_AT(v, i), even2 += power * CK_AT(v, i);
  }
  CK_AT(v, 1) = even1 + odd1;
  CK_AT(v, 2) = even1 - odd1;
  CK_AT(v, 3) = even2 + odd2;
  CK_AT(v, 4) = even2 - odd2;
  CK_AT(v, 5) = last;
}

/// AT, in place: six points to n results.
CK_INLINE void ck_results(ck_lanes *v, int stride, int n) {
  const ck_lanes even1 = CK_AT(v, 1) + CK_AT(v, 2), odd1 = CK_AT(v, 1) - CK_AT(v, 2),
                 even2 = CK_AT(v, 3) + CK_AT(v, 4), odd2 = CK_AT(v, 3) - CK_AT(v, 4),
                 last = CK_AT(v, 5);
  for (int i = 0; i < n; i++) {
    const float power = 1 << i;
    ck_lanes sum = i % 2 ? odd1 + power * odd2 : even1 + power * even2;
    if (i == 0)
      sum += CK_AT(v, 0);
    if (i == n - 1)
      sum += last;
    CK_AT(v, i) = sum;
  }
}

/// What makes A into G, in place.
CK_INLINE void ck_scale_points(ck_lanes *v, int stride) {
  CK_AT(v, 0) *= 1 / 4.0f;
  CK_AT(v, 1) *= -1 / 6.0f;
  CK_AT(v, 2) *= -1 / 6.0f;
  CK_AT(v, 3) *= 1 / 24.0f;
  CK_AT(v, 4) *= 1 / 24.0f;
}
