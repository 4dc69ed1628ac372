/*
 * The honest device of test/kit/honest.ts on a Cortex-M3: fixed keys, one hub, Accept to whatever it is asked. It is the link alone, without an
 * owner. Command "Stack" is answered with the octets of stack that were never used.
 */
#include "board.h"
#include "mesh_jsonb.h"
#include "mesh_serial.h"

#include <string.h>

#define DEVICE_UDF "MDEV-ATTACK"
#define HUB_UDF "MHUB-ATTACK"
enum { EPOCH = 7 };

struct device {
  struct mesh_link link;
  struct mesh_serial serial;
};

static void fill(uint8_t key[MESH_KEY], uint8_t octet) {
  memset(key, octet, MESH_KEY);
}

static void send_frame(void *me, const uint8_t *packet, size_t length) {
  mesh_serial_send(&((struct device *)me)->serial, packet, length);
}

static void close_stream(void *me) {
  mesh_serial_close(&((struct device *)me)->serial);
}

static void draw(void *me, uint8_t *octets, size_t length) {
  (void)me;
  board_random(octets, length);
}

static uint32_t now(void *me) {
  (void)me;
  return board_milliseconds();
}

static const uint8_t *description(void *me, size_t *length) {
  (void)me;
  *length = 0;
  return NULL;
}

static bool identity(void *me, int mode, uint8_t secret[MESH_KEY], const char **name) {
  (void)me;
  fill(secret, 0x63);
  *name = DEVICE_UDF;
  return mode == MESH_MODE_LINKED;
}

static bool psk(void *me, int mode, const struct mesh_selected *selected, uint8_t key[MESH_KEY]) {
  (void)me;
  fill(key, 0x64);
  return mode == MESH_MODE_LINKED && strcmp(selected->hub_udf, HUB_UDF) == 0 && selected->epoch == EPOCH;
}

static void nothing(void *me) {
  (void)me;
}

/* The Id of a message, and whether it asks for the stack; false when it wants no answer. */
static bool read_request(const uint8_t *message, size_t length, int64_t *id, bool *stack) {
  struct mesh_reader reader = {message, message + length};
  bool has_id = false;
  *stack = false;
  if (mesh_read(&reader).kind != MESH_OBJECT || mesh_read(&reader).kind != MESH_TEXT || mesh_read(&reader).kind != MESH_OBJECT) return false;
  for (struct mesh_token name = mesh_read(&reader); name.kind == MESH_TEXT; name = mesh_read(&reader)) {
    struct mesh_token value = mesh_read(&reader);
    if (mesh_is(name, "Id") && value.kind == MESH_INTEGER) {
      *id = value.integer;
      has_id = true;
    }
    *stack |= mesh_is(name, "Command") && mesh_is(value, "Stack");
    if (!mesh_skip(&reader, value)) return false;
  }
  return has_id;
}

static void asked(void *me, uint8_t *message, size_t length) {
  struct device *device = me;
  uint8_t answer[96];
  struct mesh_writer writer = {.octets = answer, .room = sizeof answer};
  int64_t id;
  bool stack;
  if (!read_request(message, length, &id, &stack)) return;
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "Result");
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, id);
  mesh_write_text(&writer, "Result");
  mesh_write_text(&writer, "Accept");
  if (stack) {
    char digits[8] = "0000000";
    size_t left = board_stack_left();
    for (int at = 6; at >= 0; at--, left /= 10) digits[at] = (char)('0' + left % 10);
    mesh_write_text(&writer, "ErrorReport");
    mesh_write_text(&writer, digits);
  }
  mesh_write_octet(&writer, '}');
  mesh_write_octet(&writer, '}');
  if (!writer.full) mesh_link_send(&device->link, answer, writer.length);
}

static void put(void *me, const uint8_t *octets, size_t length) {
  (void)me;
  board_write(octets, length);
}

static size_t hails(void *me, uint8_t hail[192]) {
  uint8_t key[MESH_KEY], nonce[4];
  (void)me;
  fill(key, 0x61);
  board_random(nonce, sizeof nonce);
  mesh_hail(hail, key, nonce);
  return 12;
}

static const struct mesh_host host = {send_frame, close_stream, draw, now, description, identity, psk, nothing, nothing, asked};
static const struct mesh_serial_calls line = {put, hails};
static struct device device;

int main(void) {
  board_start();
  mesh_serial_start(&device.serial, &line, &device.link, &host, &device);
  for (;;) {
    int octet = board_read();
    if (octet >= 0) mesh_serial_octet(&device.serial, (uint8_t)octet);
    else __asm__ volatile("wfi");
  }
}
