#include "CCodecs.h"
#include <png.h>
#include <stdlib.h>
#include <string.h>

static cc_status begin(const uint8_t *source, size_t count, png_image *png, cc_image *image) {
  memset(png, 0, sizeof *png);
  png->version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(png, source, count)) {
    strncpy(image->reason, png->message, sizeof image->reason - 1);
    return CC_DAMAGED;
  }
  // Samples of 16 bits are taken as they stand, as those of 8 bits are.
  png->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  image->width = (int)png->width;
  image->height = (int)png->height;
  image->channels = png->format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
  return CC_DONE;
}

cc_status cc_png_describe(const uint8_t *source, size_t count, cc_image *image) {
  png_image png;
  cc_status status = begin(source, count, &png, image);
  if (status == CC_DONE) png_image_free(&png);
  return status;
}

cc_status cc_png_decode(const uint8_t *source, size_t count, int channels, uint8_t *pixels,
                        cc_image *image) {
  png_image png;
  cc_status status = begin(source, count, &png, image);
  if (status != CC_DONE) return status;
  size_t size = (size_t)png.width * png.height;
  int hasAlpha = (png.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  png.format = (channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY) |
               (hasAlpha ? PNG_FORMAT_FLAG_ALPHA : 0);
  // libpng would mix transparent pixels with a background; they are read and left out instead.
  uint8_t *target = hasAlpha ? malloc(size * (channels + 1)) : pixels;
  if (!target) {
    png_image_free(&png);
    return CC_NO_MEMORY;
  }
  if (!png_image_finish_read(&png, NULL, target, 0, NULL)) {
    strncpy(image->reason, png.message, sizeof image->reason - 1);
    status = CC_DAMAGED;
  } else if (hasAlpha) {
    for (size_t i = 0; i < size; i++)
      for (int c = 0; c < channels; c++) pixels[i * channels + c] = target[i * (channels + 1) + c];
  }
  if (hasAlpha) free(target);
  return status;
}
