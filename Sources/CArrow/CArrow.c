// This target is headers only; SwiftPM wants one source file. The checks hold the layout to the published one
// on 64-bit machines.

#include "CArrow.h"

_Static_assert(sizeof(struct ArrowSchema) == 72, "ArrowSchema has nine 8-byte fields");
_Static_assert(sizeof(struct ArrowArray) == 80, "ArrowArray has ten 8-byte fields");
_Static_assert(sizeof(struct ArrowArrayStream) == 40, "ArrowArrayStream has five 8-byte fields");
_Static_assert(sizeof(struct AdbcError) == 48, "AdbcError of 1.1.0");
_Static_assert(offsetof(struct AdbcError, private_data) == 32, "AdbcError of 1.0.0");
_Static_assert(ADBC_DRIVER_1_0_0_SIZE == 29 * sizeof(void *), "AdbcDriver of 1.0.0 has 29 fields");
_Static_assert(ADBC_DRIVER_1_1_0_SIZE == 58 * sizeof(void *), "AdbcDriver of 1.1.0 adds 29");
