#include "CCodecs.h"
#include <stdlib.h>
#include <zlib.h>

cc_status cc_inflate(const uint8_t *source, size_t count, cc_wrapping wrapping, size_t limit,
                     uint8_t **result, size_t *resultCount) {
  z_stream stream = {0};
  // 16 asks for a gzip header, a negative number for none.
  if (inflateInit2(&stream, wrapping == CC_GZIP ? 16 + MAX_WBITS : -MAX_WBITS) != Z_OK)
    return CC_NO_MEMORY;
  size_t room = count < (SIZE_MAX >> 3) ? 4 * count + 4096 : count;
  if (room > limit) room = limit;
  uint8_t *bytes = malloc(room ? room : 1);
  size_t used = 0, read = 0;
  cc_status status = bytes ? CC_DONE : CC_NO_MEMORY;
  while (status == CC_DONE) {
    size_t left = count - read, space = room - used;
    stream.next_in = (Bytef *)(source + read);
    stream.avail_in = left > UINT32_MAX ? UINT32_MAX : (uInt)left;
    stream.next_out = bytes + used;
    stream.avail_out = space > UINT32_MAX ? UINT32_MAX : (uInt)space;
    uInt in = stream.avail_in, out = stream.avail_out;
    int code = inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    used += out - stream.avail_out;
    if (code == Z_STREAM_END) {
      // Another member, or zeros that pad a tape.
      while (wrapping == CC_GZIP && read < count && source[read] == 0) read++;
      if (wrapping != CC_GZIP || read == count) break;
      if (inflateReset(&stream) != Z_OK) status = CC_DAMAGED;
    } else if (code == Z_MEM_ERROR) {
      status = CC_NO_MEMORY;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      status = CC_DAMAGED;
    } else if (used == room) {
      if (room == limit) {
        status = CC_TOO_LARGE;
      } else {
        room = room > limit / 2 ? limit : 2 * room;
        uint8_t *more = realloc(bytes, room);
        if (more) bytes = more;
        else status = CC_NO_MEMORY;
      }
    } else if (read == count) {
      status = CC_TRUNCATED;
    }
  }
  inflateEnd(&stream);
  if (status != CC_DONE) {
    free(bytes);
    return status;
  }
  *result = bytes;
  *resultCount = used;
  return CC_DONE;
}

uint32_t cc_crc32(const uint8_t *bytes, size_t count) {
  return (uint32_t)crc32_z(0, bytes, count);
}
