// The system's zlib, and two functions that zlib itself has only as macros.

#ifndef LYCEUM_ZLIB_FUNCTIONS_H
#define LYCEUM_ZLIB_FUNCTIONS_H

#include <zlib.h>

/// Prepares to inflate a deflate stream without a header, as ZIP archives hold them.
static inline int lyceum_inflate_init_raw(z_stream *stream) {
    return inflateInit2(stream, -MAX_WBITS);
}

/// Prepares to deflate into the gzip format, at a level from 1 (fast) to 9 (small).
static inline int lyceum_deflate_init_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
