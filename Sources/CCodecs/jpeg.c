#include "CCodecs.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <jpeglib.h>

// libjpeg calls error_exit and expects it not to return.
typedef struct failing {
  struct jpeg_error_mgr manager;
  jmp_buf end;
  char reason[JMSG_LENGTH_MAX];
} failing;

static void fail(j_common_ptr info) {
  failing *error = (failing *)info->err;
  info->err->format_message(info, error->reason);
  longjmp(error->end, 1);
}

// Warnings are damage too: the library would go on with grey.
static void warn(j_common_ptr info, int level) {
  if (level < 0) fail(info);
}

static cc_status work(const uint8_t *source, size_t count, int channels, uint8_t *pixels,
                      cc_image *image) {
  struct jpeg_decompress_struct info;
  failing error;
  error.reason[0] = 0;
  info.err = jpeg_std_error(&error.manager);
  error.manager.error_exit = fail;
  error.manager.emit_message = warn;
  if (setjmp(error.end)) {
    snprintf(image->reason, sizeof image->reason, "%.110s", error.reason);
    jpeg_destroy_decompress(&info);
    return CC_DAMAGED;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, source, count);
  jpeg_read_header(&info, TRUE);
  image->width = (int)info.image_width;
  image->height = (int)info.image_height;
  image->channels = info.num_components == 1 ? 1 : 3;
  if (pixels) {
    info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    size_t width = (size_t)info.output_width * (size_t)channels;
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = pixels + info.output_scanline * width;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return CC_DONE;
}

cc_status cc_jpeg_describe(const uint8_t *source, size_t count, cc_image *image) {
  return work(source, count, 0, NULL, image);
}

cc_status cc_jpeg_decode(const uint8_t *source, size_t count, int channels, uint8_t *pixels,
                         cc_image *image) {
  return work(source, count, channels, pixels, image);
}
