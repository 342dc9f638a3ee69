// Umbrella of the two C interfaces that Lyceum speaks: Arrow's data interface and ADBC's driver table.

#ifndef CARROW_H
#define CARROW_H

#include "arrow_interface.h"
#include "adbc_interface.h"

#endif
