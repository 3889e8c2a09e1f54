#include "recurrence.h"
#include "exponential.h"
#include "targets.h"

// Results may take their operands' place, element by element: no iteration reads what another writes.
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

CK_INLINE int skips(const ck_step *s, long n) { return s->mask && s->mask[n] == 0; }

CK_INLINE void copy(const float *from, float *to, long n) {
  memcpy(to, from, (size_t)n * sizeof(float));
}

CK_INLINE void clear(float *to, long n) { memset(to, 0, (size_t)n * sizeof(float)); }

/// carry += dy: the gradient goes past a step that does not count.
CK_INLINE void pass(const float *dy, float *carry, long n) {
  for (long i = 0; i < n; i++)
    carry[i] += dy[i];
}

// MARK: - Vanilla

CK_VECTOR void ck_rnn_forward(const float *before, float *y, int rectifies, const ck_step *s) {
  for (long n = 0; n < s->samples; n++) {
    float *h = y + n * s->units;
    if (skips(s, n))
      copy(before + n * s->units, h, s->units);
    else if (rectifies)
      for (long i = 0; i < s->units; i++)
        h[i] = h[i] < 0 ? 0 : h[i];
    else
      for (long i = 0; i < s->units; i++)
        h[i] = ck_tanh(h[i]);
  }
}

CK_VECTOR void ck_rnn_backward(const float *dy, const float *y, float *carry, float *dgates,
                               int rectifies, const ck_step *s) {
  for (long n = 0; n < s->samples; n++) {
    long first = n * s->units;
    const float *h = y + first, *given = dy + first;
    float *around = carry + first, *d = dgates + first;
    if (skips(s, n)) {
      pass(given, around, s->units);
      clear(d, s->units);
      continue;
    }
    INDEPENDENT for (long i = 0; i < s->units; i++) {
      float dh = given[i] + around[i];
      float slope = rectifies ? (h[i] > 0 ? 1 : 0) : 1 - h[i] * h[i];
      d[i] = dh * slope;
      around[i] = 0;
    }
  }
}

// MARK: - LSTM

CK_VECTOR void ck_lstm_forward(float *gates, const float *cell_before, float *cell,
                               const float *before, float *y, const ck_step *s) {
  long units = s->units;
  for (long n = 0; n < s->samples; n++) {
    const float *old = cell_before + n * units;
    float *c = cell + n * units, *h = y + n * units;
    if (skips(s, n)) {
      copy(old, c, units);
      copy(before + n * units, h, units);
      continue;
    }
    float *input = gates + 4 * n * units, *forget = input + units;
    float *g = forget + units, *output = g + units;
    INDEPENDENT for (long i = 0; i < units; i++) {
      float in = ck_sigmoid(input[i]), keep = ck_sigmoid(forget[i]);
      float candidate = ck_tanh(g[i]), out = ck_sigmoid(output[i]);
      float state = keep * old[i] + in * candidate;
      input[i] = in;
      forget[i] = keep;
      g[i] = candidate;
      output[i] = out;
      c[i] = state;
      h[i] = out * ck_tanh(state);
    }
  }
}

CK_VECTOR void ck_lstm_backward(const float *dy, const float *gates, const float *cell_before,
                                const float *cell, float *carry, float *dcell, float *dgates,
                                const ck_step *s) {
  long units = s->units;
  for (long n = 0; n < s->samples; n++) {
    long first = n * units;
    const float *given = dy + first, *old = cell_before + first, *c = cell + first;
    float *around = carry + first, *dc = dcell + first, *d = dgates + 4 * first;
    if (skips(s, n)) {
      pass(given, around, units);
      clear(d, 4 * units);
      continue;
    }
    const float *input = gates + 4 * first;
    INDEPENDENT for (long i = 0; i < units; i++) {
      float in = input[i], keep = input[units + i], g = input[2 * units + i];
      float out = input[3 * units + i], squashed = ck_tanh(c[i]);
      float dh = given[i] + around[i];
      float slope = dc[i] + dh * out * (1 - squashed * squashed);
      d[i] = slope * g * in * (1 - in);
      d[units + i] = slope * old[i] * keep * (1 - keep);
      d[2 * units + i] = slope * in * (1 - g * g);
      d[3 * units + i] = dh * squashed * out * (1 - out);
      dc[i] = slope * keep;
      around[i] = 0;
    }
  }
}

// MARK: - GRU

CK_VECTOR void ck_gru_forward(float *gates, const float *bias, float *inner, const float *before,
                              float *y, const ck_step *s) {
  long units = s->units;
  for (long n = 0; n < s->samples; n++) {
    const float *old = before + n * units;
    float *h = y + n * units;
    if (skips(s, n)) {
      copy(old, h, units);
      continue;
    }
    float *reset = gates + 3 * n * units, *update = reset + units;
    float *candidate = update + units, *within = inner + n * units;
    INDEPENDENT for (long i = 0; i < units; i++) {
      float r = ck_sigmoid(reset[i] + bias[i]);
      float z = ck_sigmoid(update[i] + bias[units + i]);
      float product = within[i] + bias[2 * units + i];
      float new = ck_tanh(candidate[i] + r * product);
      reset[i] = r;
      update[i] = z;
      candidate[i] = new;
      within[i] = product;
      h[i] = new + z * (old[i] - new);
    }
  }
}

CK_VECTOR void ck_gru_backward(const float *dy, const float *gates, const float *inner,
                               const float *before, float *carry, float *dgates, float *dinner,
                               float *dbias, const ck_step *s) {
  long units = s->units;
  for (long n = 0; n < s->samples; n++) {
    long first = n * units;
    const float *given = dy + first, *old = before + first, *product = inner + first;
    float *around = carry + first, *d = dgates + 3 * first, *within = dinner + first;
    if (skips(s, n)) {
      pass(given, around, units);
      clear(d, 3 * units);
      clear(within, units);
      continue;
    }
    const float *reset = gates + 3 * first;
    INDEPENDENT for (long i = 0; i < units; i++) {
      float r = reset[i], z = reset[units + i], new = reset[2 * units + i];
      float dh = given[i] + around[i];
      float dnew = dh * (1 - z) * (1 - new * new);
      float dr = dnew * product[i] * r * (1 - r);
      float dz = dh * (old[i] - new) * z * (1 - z);
      d[i] = dr;
      d[units + i] = dz;
      d[2 * units + i] = dnew;
      within[i] = dnew * r;
      around[i] = dh * z;
      dbias[i] += dr;
      dbias[units + i] += dz;
      dbias[2 * units + i] += dnew * r;
    }
  }
}
