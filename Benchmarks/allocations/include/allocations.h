// How often this thread has allocated memory.

#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// The calls of malloc, calloc, realloc and their kin that this thread has made since it began.
unsigned long allocations_of_this_thread(void);

#endif
