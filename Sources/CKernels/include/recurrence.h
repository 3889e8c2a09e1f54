#pragma once
// One step of a recurrent layer, after or before its matrix products. Operands are samples x units or
// samples x gates x units; gate names and order are PyTorch's. Where a sample's mask is 0 its state stays
// as it is.

/// The extents of a step; the mask has one number a sample, or is null if all count.
typedef struct {
  long samples, units;
  const float *mask;
} ck_step;

/// h = tanh(y) or max(y, 0), in place of y; before is h of the step before.
void ck_rnn_forward(const float *before, float *y, int rectifies, const ck_step *s);
/// dgates from dy + carry, with the result y; carry becomes what goes around the product: 0. dgates may
/// be dy.
void ck_rnn_backward(const float *dy, const float *y, float *carry, float *dgates, int rectifies,
                     const ck_step *s);

/// i, f, g, o in place of their arguments; c = f c' + i g, h = o tanh(c).
void ck_lstm_forward(float *gates, const float *cell_before, float *cell, const float *before,
                     float *y, const ck_step *s);
/// dgates from dy + carry and the gradient of c, which becomes that of c'; dgates may be gates.
void ck_lstm_backward(const float *dy, const float *gates, const float *cell_before,
                      const float *cell, float *carry, float *dcell, float *dgates,
                      const ck_step *s);

/// r, z, n in place of their arguments, inner = W h' of n, to which its bias is added;
/// h = n + z (h' - n).
void ck_gru_forward(float *gates, const float *bias, float *inner, const float *before, float *y,
                    const ck_step *s);
/// dgates and dinner from dy + carry; carry becomes what goes around the product: z dh. dgates may be
/// gates, dinner inner. Adds to dbias.
void ck_gru_backward(const float *dy, const float *gates, const float *inner, const float *before,
                     float *carry, float *dgates, float *dinner, float *dbias, const ck_step *s);
