#define _POSIX_C_SOURCE 200809L

#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POWER_LOST = 86, MOST_FACTORY = 20480, MOST_PATH = 4096 };

struct record {
  uint32_t number;
  struct mesh_state state;
  uint8_t check[MESH_HASH];
};

static char directory[MOST_PATH - 32];
static uint8_t factory[3][MOST_FACTORY];
static size_t factory_length[3];
static uint32_t newest;
static long fails_at, slot_fails_at;
static bool slot_lies;

static void path_of(char path[MOST_PATH], const char *name) {
  snprintf(path, MOST_PATH, "%s/%s", directory, name);
}

static size_t read_file(const char *name, void *out, size_t room) {
  char path[MOST_PATH];
  path_of(path, name);
  int file = open(path, O_RDONLY);
  if (file < 0) return 0;
  ssize_t length = read(file, out, room);
  close(file);
  return length < 0 ? 0 : (size_t)length;
}

static bool is_there(const char *name) {
  char path[MOST_PATH];
  path_of(path, name);
  return access(path, F_OK) == 0;
}

/* A device that cannot write its memory does not go on. */
static void write_file(const char *name, const void *octets, size_t length) {
  char path[MOST_PATH];
  path_of(path, name);
  bool cut = fails_at > 0 && --fails_at == 0;
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  size_t most = cut ? length / 2 : length;
  if (file < 0 || write(file, octets, most) != (ssize_t)most || fsync(file) != 0) {
    fprintf(stderr, "error: %s cannot be written: %s\n", path, strerror(errno));
    exit(74);
  }
  close(file);
  if (cut) _exit(POWER_LOST);
}

long memory_power_left(void) {
  return fails_at;
}

static void check_of(const struct record *record, uint8_t check[MESH_HASH]) {
  mesh_sha512(check, (const uint8_t *)&record->number, sizeof record->number, (const uint8_t *)&record->state, sizeof record->state);
}

static bool read_record(const char *name, struct record *record) {
  uint8_t check[MESH_HASH];
  if (read_file(name, record, sizeof *record) != sizeof *record) return false;
  check_of(record, check);
  return memcmp(check, record->check, sizeof check) == 0;
}

bool memory_open(const char *where) {
  snprintf(directory, sizeof directory, "%s", where);
  factory_length[0] = read_file("factory.jbcd", factory[0], MOST_FACTORY);
  return factory_length[0] > 0;
}

bool memory_is_of_another(void) {
  return is_there("lock-a") || is_there("lock-b") || is_there("slot-a") || is_there("slot-b");
}

void memory_lose_power(long at) {
  fails_at = at;
}

void memory_fail_slot(long at, bool lies) {
  slot_fails_at = at;
  slot_lies = lies;
}

bool memory_load(void *me, struct mesh_state *state) {
  static struct record records[2];
  (void)me;
  bool one = read_record("state-a", &records[0]), other = read_record("state-b", &records[1]);
  if (!one && !other) {
    /* A loss of power leaves one of them whole, or there was only one yet. */
    if (is_there("state-a") && is_there("state-b")) {
      fprintf(stderr, "error: state-a and state-b are damaged, or of another build: without them it starts as it left the factory\n");
      exit(74);
    }
    return false;
  }
  const struct record *found = one && (!other || records[0].number > records[1].number) ? &records[0] : &records[1];
  newest = found->number;
  *state = found->state;
  mesh_wipe(records, sizeof records);
  return true;
}

void memory_save(void *me, const struct mesh_state *state) {
  static struct record record;
  (void)me;
  memset(&record, 0, sizeof record);
  record.number = ++newest;
  record.state = *state;
  check_of(&record, record.check);
  write_file(record.number % 2 == 0 ? "state-a" : "state-b", &record, sizeof record);
  mesh_wipe(&record, sizeof record);
}

static void name_of(char name[16], uint32_t which) {
  snprintf(name, 16, "factory-%u", (unsigned)which);
}

const uint8_t *memory_factory(void *me, uint32_t which, size_t *length) {
  char name[16];
  (void)me;
  if (which > 2) return NULL;
  if (factory_length[which] == 0) {
    name_of(name, which);
    factory_length[which] = read_file(name, factory[which], MOST_FACTORY);
  }
  *length = factory_length[which];
  return factory_length[which] == 0 ? NULL : factory[which];
}

void memory_store_factory(void *me, uint32_t which, const uint8_t *octets, size_t length) {
  char name[16];
  (void)me;
  name_of(name, which);
  write_file(name, octets, length);
  mesh_wipe(factory[which], MOST_FACTORY);
  if (length > 0) memcpy(factory[which], octets, length);
  factory_length[which] = length;
}

/* --- two slots for programs, and the record that the boot loader goes by --- */

enum { MOST_PROGRAM = 16 << 20 };

struct boot_record {
  uint32_t number;
  struct mesh_boot boot;
  uint8_t check[MESH_HASH];
};

static uint32_t newest_boot, spare;

static bool read_boot(const char *name, struct boot_record *record) {
  uint8_t check[MESH_HASH];
  if (read_file(name, record, sizeof *record) != sizeof *record) return false;
  mesh_sha512(check, (const uint8_t *)&record->number, sizeof record->number, (const uint8_t *)&record->boot, sizeof record->boot);
  return memcmp(check, record->check, sizeof check) == 0;
}

bool memory_boot_load(struct mesh_boot *boot) {
  struct boot_record records[2];
  bool one = read_boot("boot-a", &records[0]), other = read_boot("boot-b", &records[1]);
  memset(boot, 0, sizeof *boot);
  if (one || other) {
    const struct boot_record *found = one && (!other || records[0].number > records[1].number) ? &records[0] : &records[1];
    newest_boot = found->number;
    *boot = found->boot;
  }
  spare = 1 - boot->slot;
  return one || other;
}

void memory_boot_save(void *me, const struct mesh_boot *boot) {
  struct boot_record record;
  (void)me;
  memset(&record, 0, sizeof record);
  record.number = ++newest_boot;
  record.boot = *boot;
  mesh_sha512(record.check, (const uint8_t *)&record.number, sizeof record.number, (const uint8_t *)&record.boot, sizeof record.boot);
  write_file(record.number % 2 == 0 ? "boot-a" : "boot-b", &record, sizeof record);
  spare = 1 - boot->slot;
}

static const char *slot_name(uint32_t slot) {
  return slot == 0 ? "program-a" : "program-b";
}

void memory_slot_path(char *path, size_t room, uint32_t slot) {
  snprintf(path, room, "%s/%s", directory, slot_name(slot));
}

uint32_t memory_slot_room(void *me) {
  (void)me;
  return MOST_PROGRAM;
}

bool memory_slot_erase(void *me) {
  char path[MOST_PATH];
  (void)me;
  path_of(path, slot_name(spare));
  return unlink(path) == 0 || errno == ENOENT;
}

bool memory_slot_write(void *me, uint32_t at, const uint8_t *octets, size_t length) {
  char path[MOST_PATH];
  (void)me;
  path_of(path, slot_name(spare));
  bool cut = fails_at > 0 && --fails_at == 0, fails = slot_fails_at > 0 && --slot_fails_at == 0;
  if (fails && !slot_lies) return false;
  int file = open(path, O_WRONLY | O_CREAT, 0700);
  if (file < 0) return false;
  size_t most = cut ? length / 2 : length;
  bool written = pwrite(file, octets, most, (off_t)at) == (ssize_t)most;
  /* A cell that stays as it was. */
  const uint8_t stuck = (uint8_t)(octets[0] ^ 1);
  if (fails) written = pwrite(file, &stuck, 1, (off_t)at) == 1;
  written = fsync(file) == 0 && written;
  close(file);
  if (cut) _exit(POWER_LOST);
  return written;
}

size_t memory_slot_read(void *me, uint32_t at, uint8_t *octets, size_t length) {
  char path[MOST_PATH];
  (void)me;
  path_of(path, slot_name(spare));
  int file = open(path, O_RDONLY);
  if (file < 0) return 0;
  ssize_t found = pread(file, octets, length, (off_t)at);
  close(file);
  return found < 0 ? 0 : (size_t)found;
}
