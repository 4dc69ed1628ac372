/* The light on a Cortex-M3: the firmware over the board's UART, with files of the machine that runs qemu for its flash. */
#include "board.h"
#include "classes.h"
#include "mesh_device.h"
#include "mesh_serial.h"

#include <string.h>

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
static bool read_record(int which, struct record *record) {
  uint8_t check[MESH_HASH];
  if (board_load(records[which], (uint8_t *)record, sizeof *record) != sizeof *record) return false;
  mesh_sha512(check, (const uint8_t *)&record->number, sizeof record->number, (const uint8_t *)&record->state, sizeof record->state);
  return memcmp(check, record->check, sizeof check) == 0;
}

static struct record *workplace(int which) {
  return (struct record *)(void *)mapped[1 + which];
}

static bool load(void *me, struct mesh_state *state) {
  (void)me;
  struct record *one = workplace(0), *other = workplace(1);
  bool has_one = read_record(0, one), has_other = read_record(1, other);
  if (!has_one && !has_other) return false;
  const struct record *found = has_one && (!has_other || one->number > other->number) ? one : other;
  newest = found->number;
  *state = found->state;
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
  board_store(records[record->number % 2], (const uint8_t *)record, sizeof *record);
}

static const char *const factories[] = {"factory.jbcd", "factory-1", "factory-2"};

static const uint8_t *factory(void *me, uint32_t which, size_t *length) {
  (void)me;
  if (which > 2) return NULL;
  if (mapped_length[which] == 0) mapped_length[which] = board_load(factories[which], mapped[which], MOST_FACTORY);
  *length = mapped_length[which];
  return *length == 0 ? NULL : mapped[which];
}

static void store_factory(void *me, uint32_t which, const uint8_t *octets, size_t length) {
  (void)me;
  board_store(factories[which], octets, length);
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

int main(void) {
  enum { POLL_MS = 50, HAIL_MS = 15 * 60 * 1000 };
  uint32_t polled = 0, hailed = 0;
  board_start();
  if (mesh_device_start(&device, &light_class, &port, NULL) != MESH_OK) return 1;
  stream.device = &device;
  device.streams[0] = &stream;
  mesh_serial_start(&serial, &line, &stream.link, &mesh_device_host, &stream);
  told(NULL, "ready");
  for (;;) {
    int octet = board_read();
    if (octet >= 0) mesh_serial_octet(&serial, (uint8_t)octet);
    else __asm__ volatile("wfi");
    if (board_milliseconds() - polled < POLL_MS) continue;
    polled = board_milliseconds();
    mesh_device_poll(&device);
    if (polled - hailed < HAIL_MS) continue;
    hailed = polled;
    mesh_serial_hail(&serial);
  }
}
