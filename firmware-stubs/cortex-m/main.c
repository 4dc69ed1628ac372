/* A device on a Cortex-M3: the firmware over the board's UART, with files of the machine that runs qemu for its flash. Its class, version and maker are its build's. */
#include "board.h"
#include "classes.h"
#include "flash.h"
#include "mesh_power.h"
#include "mesh_serial.h"

#include <string.h>

#ifndef CLASS
#define CLASS light_class
#endif
#ifndef FIRMWARE_VERSION
#define FIRMWARE_VERSION 0
#endif
#ifndef MAKER_KEY
#define MAKER_KEY ""
#endif

enum { MOST_FACTORY = 16384 };

static struct mesh_device device;
static struct mesh_stream stream;
static struct mesh_serial serial;

/* What a chip reads where it lies in its flash. */
static uint8_t mapped[3][MOST_FACTORY] __attribute__((section(".mapped")));
static size_t mapped_length[3];
static uint32_t newest;

/* A record is number, state, check. */
struct record {
  uint32_t number;
  struct mesh_state state;
  uint8_t check[MESH_HASH];
};

static const char *const records[] = {"state-a", "state-b"};

/* Of one of the two records, through the mapped room of a release that is not in force: there is no memory for a second state. */
static bool read_record(int which, struct record *record, bool *is_there) {
  uint8_t check[MESH_HASH];
  size_t length = board_load(records[which], 0, (uint8_t *)record, sizeof *record);
  *is_there = length > 0;
  if (length != sizeof *record) return false;
  mesh_sha512(check, (const uint8_t *)&record->number, sizeof record->number, (const uint8_t *)&record->state, sizeof record->state);
  return memcmp(check, record->check, sizeof check) == 0;
}

static struct record *workplace(int which) {
  return (struct record *)(void *)mapped[1 + which];
}

static bool load(void *me, struct mesh_state *state) {
  (void)me;
  struct record *one = workplace(0), *other = workplace(1);
  bool one_there, other_there, has_one = read_record(0, one, &one_there), has_other = read_record(1, other, &other_there);
  if (!has_one && !has_other) {
    /* A loss of power leaves one of them whole, or there was only one yet: this was an owned device, perhaps, and is none that nobody owns. */
    if (one_there && other_there) {
      board_say("damaged\n");
      board_power_off();
    }
    return false;
  }
  const struct record *found = has_one && (!has_other || one->number > other->number) ? one : other;
  newest = found->number;
  *state = found->state;
  mesh_wipe(one, sizeof *one);
  mesh_wipe(other, sizeof *other);
  mapped_length[1] = mapped_length[2] = 0;
  return true;
}

/* In the room of the factory values that are not in force, as a chip would use its spare page. */
static void save(void *me, const struct mesh_state *state) {
  (void)me;
  uint32_t spare = state->factory == 1 ? 2 : 1;
  struct record *record = (struct record *)(void *)mapped[spare];
  mapped_length[spare] = 0;
  record->number = ++newest;
  record->state = *state;
  mesh_sha512(record->check, (const uint8_t *)&record->number, sizeof record->number, (const uint8_t *)&record->state, sizeof record->state);
  flash_store(records[record->number % 2], (const uint8_t *)record, sizeof *record);
  mesh_wipe(record, sizeof *record);
}

static const char *const factories[] = {"factory.jbcd", "factory-1", "factory-2"};

static const uint8_t *factory(void *me, uint32_t which, size_t *length) {
  (void)me;
  if (which > 2) return NULL;
  if (mapped_length[which] == 0) mapped_length[which] = board_load(factories[which], 0, mapped[which], MOST_FACTORY);
  *length = mapped_length[which];
  return *length == 0 ? NULL : mapped[which];
}

static void store_factory(void *me, uint32_t which, const uint8_t *octets, size_t length) {
  (void)me;
  flash_store(factories[which], octets, length);
  mesh_wipe(mapped[which], MOST_FACTORY);
  mapped_length[which] = 0;
}

static void send_frame(void *at, const uint8_t *packet, size_t length) {
  (void)at;
  mesh_serial_send(&serial, packet, length);
}

static void close_stream(void *at) {
  (void)at;
  mesh_serial_close(&serial);
}

static void draw(void *me, uint8_t *octets, size_t length) {
  (void)me;
  board_random(octets, length);
}

static uint32_t now(void *me) {
  (void)me;
  return board_milliseconds();
}

static void hails_changed(void *me) {
  (void)me;
  mesh_serial_hail(&serial);
}

/* An event, and how much of the stack was never used. */
static void told(void *me, const char *event) {
  char line[] = "00000\n";
  size_t left = board_stack_left();
  (void)me;
  for (int at = 4; at >= 0; at--, left /= 10) line[at] = (char)('0' + left % 10);
  board_say(event);
  board_say(" ");
  board_say(line);
}

static void put(void *me, const uint8_t *octets, size_t length) {
  (void)me;
  board_write(octets, length);
}

static size_t hails(void *me, uint8_t out[192]) {
  (void)me;
  return mesh_device_hails(&device, out);
}

static const struct mesh_port port = {send_frame, close_stream, draw, now, load, save, factory, store_factory, hails_changed, told};
static const struct mesh_serial_calls line = {put, hails};

#ifdef WITH_POWER
static struct mesh_power power;
#endif

/* With a boot loader below it, and a maker's key, it takes other programs. */
#if FIRMWARE_VERSION > 0
static struct mesh_update update;
static uint8_t maker[MESH_POINT];
static const struct mesh_program program = {"cortex-m3", FIRMWARE_VERSION, maker};
static const struct mesh_slots slots = {flash_slot_room, flash_slot_erase, flash_slot_write, flash_slot_read, flash_boot_save, board_restart};

static void start_updates(void) {
  struct mesh_boot boot;
  char version[] = "version-0";
  flash_boot_load(&boot);
  static const char key[] = MAKER_KEY;
  for (size_t at = 0; at < sizeof key - 1 && at < 2 * sizeof maker; at++)
    maker[at / 2] = (uint8_t)(maker[at / 2] << 4 | (key[at] <= '9' ? key[at] - '0' : key[at] - 'a' + 10));
  if (sizeof key - 1 == 2 * sizeof maker) mesh_update_start(&device, &update, &program, &slots, &boot);
  version[sizeof version - 2] += FIRMWARE_VERSION;
  told(NULL, version);
  if (update.on_trial) told(NULL, "on-trial");
}
#endif

int main(void) {
  enum { POLL_MS = 50, HAIL_MS = 15 * 60 * 1000 };
  uint32_t polled = 0, hailed = 0;
  board_start();
  flash_start();
  if (mesh_device_start(&device, &CLASS, &port, NULL) != MESH_OK) return 1;
#ifdef WITH_POWER
  mesh_power_start(&device, &power);
#endif
#if FIRMWARE_VERSION > 0
  start_updates();
#endif
  stream.device = &device;
  device.streams[0] = &stream;
  mesh_serial_start(&serial, &line, &stream.link, &mesh_device_host, &stream);
  told(NULL, "ready");
  for (;;) {
    int octet = board_read();
    if (octet >= 0) mesh_serial_octet(&serial, (uint8_t)octet);
    else board_rest();
    if (board_milliseconds() - polled < POLL_MS) continue;
    polled = board_milliseconds();
    mesh_device_poll(&device);
    if (polled - hailed < HAIL_MS) continue;
    hailed = polled;
    mesh_serial_hail(&serial);
  }
}
