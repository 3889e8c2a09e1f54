#pragma once
// Decoders of other people's files: deflate (zlib), PNG (libpng), JPEG (libjpeg-turbo). None of their
// types leaves this module. Sources are any bytes, damaged ones included.
#include <stddef.h>
#include <stdint.h>

typedef enum cc_status {
  CC_DONE = 0,
  CC_DAMAGED,    // not what it should be
  CC_TRUNCATED,  // the source ends too early
  CC_TOO_LARGE,  // more than the limit
  CC_NO_MEMORY,
} cc_status;

// How the compressed bytes are wrapped.
typedef enum cc_wrapping { CC_GZIP, CC_RAW_DEFLATE } cc_wrapping;

// Inflates `source` into memory that the caller frees: at most `limit` bytes. A gzip file may have
// several members.
cc_status cc_inflate(const uint8_t *source, size_t count, cc_wrapping wrapping, size_t limit,
                     uint8_t **result, size_t *resultCount);

uint32_t cc_crc32(const uint8_t *bytes, size_t count);

typedef struct cc_image {
  int width, height;
  int channels;      // as stored, without transparency: 1 or 3
  char reason[120];  // why it failed
} cc_image;

// Reads the header.
cc_status cc_png_describe(const uint8_t *source, size_t count, cc_image *image);
cc_status cc_jpeg_describe(const uint8_t *source, size_t count, cc_image *image);

// Decodes into height x width x channels bytes; `channels` (1 or 3) is what is wanted. Transparency
// is left out.
cc_status cc_png_decode(const uint8_t *source, size_t count, int channels, uint8_t *pixels,
                        cc_image *image);
cc_status cc_jpeg_decode(const uint8_t *source, size_t count, int channels, uint8_t *pixels,
                         cc_image *image);
