/* memory: a directory in place of flash. Two copies of the state in turn, each with a number and a check; factory values in files of their own. */
#ifndef MEMORY_H
#define MEMORY_H

#include "mesh_device.h"

/* The directory has factory.jbcd; false when it has not. */
bool memory_open(const char *directory);

/* Power fails at this write from now on, when half of it is written; 0 = never. The exit status is 86. */
void memory_lose_power(long at);

bool memory_load(void *me, struct mesh_state *state);
void memory_save(void *me, const struct mesh_state *state);
const uint8_t *memory_factory(void *me, uint32_t which, size_t *length);
void memory_store_factory(void *me, uint32_t which, const uint8_t *octets, size_t length);

#endif
