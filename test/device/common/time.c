/*
 * A blender that runs a programme, on the stand of test/device/fuzz (its seals open, whatever they are): its time goes on whatever is asked of it, and an order
 * that comes again is answered, for it is carried out. Ends with 0; or says what does not hold.
 */
#include "classes.h"
#include "subject.h"

#include <string.h>

enum { REMAINING = 5 };

static struct mesh_device *const device = &subject.device;
static bool is_done;

/* Nothing is sealed on this stand. */
static void read_answer(void *stream, const uint8_t *packet, size_t length) {
  (void)stream;
  for (size_t at = 0; at + 6 <= length; at++) is_done = is_done || memcmp(packet + at, "Accept", 6) == 0;
}

/* True when the hub is told that it is done. */
static bool ask(uint32_t id, const char *command, const char *message_id, const char *programme) {
  static uint8_t message[512];
  struct mesh_writer writer = subject_begin(message, sizeof message, "Command");
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, id);
  if (message_id != NULL) {
    mesh_write_text(&writer, "MessageId");
    mesh_write_text(&writer, message_id);
  }
  mesh_write_text(&writer, "Command");
  mesh_write_text(&writer, command);
  mesh_write_text(&writer, "Arguments");
  mesh_write_octet(&writer, '[');
  if (programme != NULL) {
    mesh_write_octet(&writer, '{');
    mesh_write_text(&writer, "Name");
    mesh_write_text(&writer, "Programme");
    mesh_write_text(&writer, "Value");
    mesh_write_text(&writer, programme);
    mesh_write_octet(&writer, '}');
  }
  mesh_write_octet(&writer, ']');
  size_t length = subject_end(&writer);
  is_done = false;
  mesh_device_host.asked(&subject.stream, message, length);
  return is_done;
}

static void wait(uint32_t milliseconds) {
  subject.clock += milliseconds;
  mesh_device_poll(device);
}

int main(void) {
  static struct mesh_port port;
  subject_start(&blender_class, SUBJECT_CONNECTED);
  port = *device->port;
  port.send = read_answer;
  device->port = &port;
  subject_stream("tcp", 512);
  subject_session(MESH_MODE_LINKED, 1);
  mesh_device_poll(device);
  wait(700);
  fuzz_demand(ask(1, "Run", "MORDER", "Speed 3, 20 s"), "it begins");
  wait(900);
  fuzz_demand(device->state.values.number[REMAINING] == 20, "its first second is a whole one");
  for (uint32_t turn = 0; turn < 10; turn++) {
    fuzz_demand(ask(2 + turn, "Identify", NULL, NULL), "it shows itself");
    wait(900);
  }
  fuzz_demand(device->state.values.number[REMAINING] == 11, "nine seconds and nine tenths have passed, whatever was asked");
  fuzz_demand(ask(20, "Run", "MORDER", "Speed 3, 20 s"), "an order that comes again is carried out already");
  fuzz_demand(device->state.values.number[REMAINING] == 11, "and is not carried out again");
  fuzz_demand(!ask(21, "Run", NULL, "Speed 3, 20 s"), "another one is refused");
  wait(11000);
  fuzz_demand(device->state.values.number[0] == 0, "it ends");
  return 0;
}
