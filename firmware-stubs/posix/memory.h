/* memory: a directory in place of flash. Two copies of the state in turn, each with a number and a check; factory values in files of their own. */
#ifndef MEMORY_H
#define MEMORY_H

#include "mesh_device.h"
#include "mesh_update.h"

/* The directory has factory.jbcd; false when it has not. */
bool memory_open(const char *directory);

/* A device in TypeScript has kept something there, which this program cannot read: to begin as new would be to forget the owner. */
bool memory_is_of_another(void);

/* Power fails at this write from now on, when half of it is written; 0 = never. The exit status is 86. */
void memory_lose_power(long at);

/* The flash of the slots fails: at this write to them from now on it writes nothing and says so, or (`lies`) writes something else; 0 = never. */
void memory_fail_slot(long at, bool lies);

/* How many writes are left until then. */
long memory_power_left(void);

/* The boot loader's record; where the programs of both slots are. */
bool memory_boot_load(struct mesh_boot *boot);
void memory_boot_save(void *me, const struct mesh_boot *boot);
void memory_slot_path(char *path, size_t room, uint32_t slot);

/* The spare slot, a file. */
uint32_t memory_slot_room(void *me);
bool memory_slot_erase(void *me);
bool memory_slot_write(void *me, uint32_t at, const uint8_t *octets, size_t length);
size_t memory_slot_read(void *me, uint32_t at, uint8_t *octets, size_t length);

bool memory_load(void *me, struct mesh_state *state);
void memory_save(void *me, const struct mesh_state *state);
const uint8_t *memory_factory(void *me, uint32_t which, size_t *length);
void memory_store_factory(void *me, uint32_t which, const uint8_t *octets, size_t length);

#endif
