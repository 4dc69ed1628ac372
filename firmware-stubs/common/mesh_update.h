/*
 * mesh_update: another program for the device: signed by its maker, above the one that runs, written into the spare of two slots, tried once, and kept when the
 * hub has been met with it. docs/device-link.md §7.3. Power may fail at each write: the device then runs the old program or the new one.
 */
#ifndef MESH_UPDATE_H
#define MESH_UPDATE_H

#include "mesh_device.h"

enum mesh_trial { MESH_SETTLED, MESH_NEW, MESH_TRIED };

/* What the boot loader goes by: one record, whole or not written. */
struct mesh_boot {
  uint32_t slot;      /* in force, 0 or 1 */
  uint32_t trial;     /* of the program in the other slot */
  uint32_t version;   /* the highest that was kept: none below it comes back */
  uint32_t candidate; /* version of the program on trial */
};

/* What the machine gives for the spare slot. False where it failed. */
struct mesh_slots {
  uint32_t (*room)(void *me);
  bool (*erase)(void *me);
  bool (*write)(void *me, uint32_t at, const uint8_t *octets, size_t length);
  size_t (*read)(void *me, uint32_t at, uint8_t *octets, size_t length); /* 0 where there is no more */
  void (*save)(void *me, const struct mesh_boot *boot);
  void (*restart)(void *me);
};

/* The program that runs, as its maker built it. */
struct mesh_program {
  const char *product; /* what it is a program for */
  uint32_t version;
  const uint8_t *maker; /* the maker's Ed25519 key */
};

struct mesh_update {
  const struct mesh_program *program;
  const struct mesh_slots *slots;
  struct mesh_boot boot;
  bool on_trial;
  uint32_t started_at;
  /* What is being written. */
  bool coming;
  bool whole;
  uint32_t whole_at;
  uint32_t version;
  uint32_t length;
  uint32_t have;
  uint8_t digest[MESH_HASH];
};

/* For the boot loader, before anything else: which slot to run; true when the record has changed and is to be written first. */
bool mesh_boot_choose(struct mesh_boot *boot, uint32_t *slot);

/* Lets a device be updated; `boot` is the loader's record as it is now. After mesh_device_start, before the first stream. */
void mesh_update_start(struct mesh_device *device, struct mesh_update *update, const struct mesh_program *program, const struct mesh_slots *slots,
                       const struct mesh_boot *boot);

#endif
