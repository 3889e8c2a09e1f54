#pragma once

// Convolutions of 3 x 3 and 5 x 5 windows, by steps of one pixel, by Winograd's algorithm (Winograd 1980;
// Lavin and Gray 2016). Images are in oneDNN's nChw16c layout, channels multiples of 16.

/// The geometry of a convolution.
typedef struct {
  long samples, in_channels, out_channels;
  long in_height, in_width, out_height, out_width;
  /// 3 or 5.
  long window;
  /// Rows above and columns left of the input; those behind it follow from the extents. May be negative.
  long padding[2];
} ck_winograd;

/// Floats of scratch memory, at an address divisible by 64.
long ck_winograd_scratch(const ck_winograd *shape);

/// y = x * filter, plus bias if that is not null; what is negative is multiplied by slope.
///
/// The filter's layout is oneDNN's OIhw16i16o. With `flipped` its rows and columns are taken from the last
/// to the first: the gradient of x is the convolution of dy by the flipped filter, of O input and I output
/// channels, in oneDNN's IOhw16o16i, with window - 1 - padding.
void ck_winograd_convolution(float *y, const float *x, const float *filter, const float *bias,
                             float slope, int flipped, float *scratch,
                             const ck_winograd *shape);

/// The filter's gradient, in OIhw16i16o, and the bias's if that is not null.
void ck_winograd_filter_gradient(float *gradient, float *bias_gradient, const float *x,
                                 const float *dy, float *scratch, const ck_winograd *shape);
