// The system's zlib, and its function of raw deflate streams, which zlib itself has only as a macro.

#ifndef LYCEUM_ZLIB_FUNCTIONS_H
#define LYCEUM_ZLIB_FUNCTIONS_H

#include <zlib.h>

/// Prepares to inflate a deflate stream without a header, as ZIP archives hold them.
static inline int lyceum_inflate_init_raw(z_stream *stream) {
    return inflateInit2(stream, -MAX_WBITS);
}

#endif
