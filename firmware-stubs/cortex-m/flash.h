/*
 * flash: files of the machine that runs qemu, in the place of a chip's flash: records, two slots for programs, and a loss of power at a write that a test
 * has asked for: the file power-left holds how many writes are left until then, u32 little-endian; half of the last one is written.
 */
#ifndef FLASH_H
#define FLASH_H

#include "mesh_update.h"

/* Where a program runs, and how long one may be: the loader puts it there, where a chip would show the slot itself or copy it. */
#define FLASH_RUNS_AT ((uint8_t *)0x00020000)
enum { FLASH_SLOT = 128 * 1024 };

void flash_start(void);

/* A whole file; the board stops when that cannot be. */
void flash_store(const char *name, const uint8_t *octets, size_t length);

/* The boot loader's record, in two places in turn. */
void flash_boot_load(struct mesh_boot *boot);
void flash_boot_save(void *me, const struct mesh_boot *boot);

/* The spare slot, and what runs out of the other. */
uint32_t flash_slot_room(void *me);
bool flash_slot_erase(void *me);
bool flash_slot_write(void *me, uint32_t at, const uint8_t *octets, size_t length);
size_t flash_slot_read(void *me, uint32_t at, uint8_t *octets, size_t length);
size_t flash_program(uint32_t slot, uint8_t *octets, size_t room);

#endif
