/*
 * A device with MESH_EVENTS places for events, on the stand of test/device/fuzz (its seals open, whatever they are): more happens to it than it has places for,
 * while the first is under way to its hub, as State, or to be signed. What happened last is always told, and nothing goes with an answer that was for something
 * else. Ends with 0; or says what does not hold.
 */
#include "classes.h"
#include "mesh_report.h"
#include "subject.h"

#include <stdio.h>
#include <string.h>

static struct mesh_device *const device = &subject.device;

/* How the hub answers what is under way. */
static void answer(const char *tag) {
  uint8_t message[96];
  static const uint8_t commitment[MESH_POINT] = {3};
  struct mesh_writer writer = subject_begin(message, sizeof message, tag);
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, device->sending.id);
  mesh_write_text(&writer, tag);
  if (strcmp(tag, "Result") == 0) mesh_write_text(&writer, "Accept");
  else mesh_write_octets(&writer, MESH_DATA, commitment, sizeof commitment);
  mesh_device_host.asked(&subject.stream, message, subject_end(&writer));
}

/* Somebody turns it; the number of the event. */
static uint32_t happen(const char *name) {
  const struct mesh_token value = {.kind = MESH_BOOLEAN, .integer = device->state.values.number[0] == 0};
  fuzz_demand(mesh_device_change(device, name, value), "it is turned");
  mesh_device_poll(device);
  return device->state.events[device->state.event_count - 1].sequence;
}

static void play(const struct mesh_class *class_of, const char *name, enum mesh_step at) {
  bool is_signed = at != MESH_STATED;
  uint32_t last = 0, told = 0;
  int count = 0;
  subject_start(class_of, SUBJECT_CONNECTED);
  subject_stream("tcp", 512);
  subject_session(MESH_MODE_LINKED, 1);
  mesh_device_poll(device);
  happen(name);
  fuzz_demand(device->sending.step == (is_signed ? MESH_SIGNING : MESH_STATED), "the first is under way");
  if (at == MESH_SIGNED) answer("Commitment");
  fuzz_demand(device->sending.step == at, "as far as it should be");
  for (int more = 0; more < MESH_EVENTS; more++) last = happen(name);
  for (; device->state.event_count > 0 && count < 2 * MESH_EVENTS + 2; count++) {
    told = device->sending.sequence;
    if (device->sending.step == MESH_SIGNING) answer("Commitment");
    answer("Result");
    mesh_device_poll(device);
  }
  fuzz_demand(device->state.event_count == 0 && told == last, "what happened last is told, and then nothing waits");
  fuzz_demand(count == (MESH_EVENTS == 1 ? 2 : MESH_EVENTS), "what is under way has its answer, and one of the others has made room");
  printf("%s, %s: %d told\n", class_of->name, is_signed ? "signed" : "as it is", count);
}

int main(void) {
  play(&contact_class, "Open", MESH_STATED);
  play(&lock_class, "Locked", MESH_SIGNING);
  play(&lock_class, "Locked", MESH_SIGNED);
  return 0;
}
