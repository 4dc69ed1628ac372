#include "flash.h"

#include "board.h"

#include <string.h>

struct boot_record {
  uint32_t number;
  struct mesh_boot boot;
  uint8_t check[MESH_HASH];
};

static const char *const boots[] = {"boot-a", "boot-b"};
static const char *const programs[] = {"program-a", "program-b"};
static uint32_t newest, spare = 1, power_left;

void flash_start(void) {
  if (board_load("power-left", 0, (uint8_t *)&power_left, sizeof power_left) != sizeof power_left) power_left = 0;
}

/* One write of the flash: the last one before power is lost is written by half. */
static bool write_once(const char *name, bool whole, size_t at, const uint8_t *octets, size_t length) {
  bool is_last = power_left == 1;
  if (power_left > 0) {
    power_left--;
    board_store("power-left", true, 0, (const uint8_t *)&power_left, sizeof power_left);
  }
  bool written = board_store(name, whole, at, octets, is_last ? length / 2 : length);
  if (is_last) board_power_off();
  return written;
}

void flash_store(const char *name, const uint8_t *octets, size_t length) {
  if (!write_once(name, true, 0, octets, length)) board_power_off();
}

static bool read_boot(const char *name, struct boot_record *record) {
  uint8_t check[MESH_HASH];
  if (board_load(name, 0, (uint8_t *)record, sizeof *record) != sizeof *record) return false;
  mesh_sha512(check, (const uint8_t *)&record->number, sizeof record->number, (const uint8_t *)&record->boot, sizeof record->boot);
  return memcmp(check, record->check, sizeof check) == 0;
}

void flash_boot_load(struct mesh_boot *boot) {
  struct boot_record one, other;
  bool has_one = read_boot(boots[0], &one), has_other = read_boot(boots[1], &other);
  memset(boot, 0, sizeof *boot);
  if (has_one || has_other) {
    const struct boot_record *found = has_one && (!has_other || one.number > other.number) ? &one : &other;
    newest = found->number;
    *boot = found->boot;
  }
  spare = 1 - boot->slot;
}

void flash_boot_save(void *me, const struct mesh_boot *boot) {
  struct boot_record record = {.number = ++newest, .boot = *boot};
  (void)me;
  mesh_sha512(record.check, (const uint8_t *)&record.number, sizeof record.number, (const uint8_t *)&record.boot, sizeof record.boot);
  flash_store(boots[record.number % 2], (const uint8_t *)&record, sizeof record);
  spare = 1 - boot->slot;
}

uint32_t flash_slot_room(void *me) {
  (void)me;
  return FLASH_SLOT;
}

bool flash_slot_erase(void *me) {
  (void)me;
  return write_once(programs[spare], true, 0, NULL, 0);
}

bool flash_slot_write(void *me, uint32_t at, const uint8_t *octets, size_t length) {
  (void)me;
  return write_once(programs[spare], false, at, octets, length);
}

size_t flash_slot_read(void *me, uint32_t at, uint8_t *octets, size_t length) {
  (void)me;
  return board_load(programs[spare], at, octets, length);
}

size_t flash_program(uint32_t slot, uint8_t *octets, size_t room) {
  return board_load(programs[slot], 0, octets, room);
}
