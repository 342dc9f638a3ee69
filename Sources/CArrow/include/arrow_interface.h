// The Arrow C Data Interface and the Arrow C Stream Interface: three structs by which two libraries in one
// process share columns without copying them. Layout: https://arrow.apache.org/docs/format/CDataInterface.html
//
// Whoever fills a struct sets `release`; whoever receives it calls `release` once. A struct whose `release` is
// NULL holds nothing. A struct may be moved by copying its bytes and setting `release` of the old copy to NULL.

#ifndef CARROW_ARROW_INTERFACE_H
#define CARROW_ARROW_INTERFACE_H

#include <stdint.h>

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

// The type of an array, as a tree that mirrors the array's own tree.
struct ArrowSchema {
    const char *format;    // "l" is int64, "u" utf8, "+s" a struct: see the specification
    const char *name;      // may be NULL
    const char *metadata;  // int32 pairs, then (int32 length, bytes) for each key and value; may be NULL
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

// The data of an array. `null_count` is -1 when nobody counted.
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

// Arrays of one schema, produced on demand. The callbacks return 0 or an errno value.
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);  // out->release == NULL: the end
    const char *(*get_last_error)(struct ArrowArrayStream *);            // valid until the next call
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif
