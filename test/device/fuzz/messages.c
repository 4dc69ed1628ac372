/*
 * Messages of a session, as its hub and its owner send them, and what they hold: deliveries, orders, delegations, programs. The first octet says what the
 * device is and how it stands; of each piece the first says what it is put into.
 */
#include "classes.h"
#include "mesh_report.h"
#include "messages.h"

#include <stdlib.h>
#include <string.h>


static const struct mesh_class *const classes[] = {&lock_class, &light_class, &blender_class, &thermostat_class};

static void take(const uint8_t *message, size_t length) {
  uint8_t *copy = fuzz_copy(message, length);
  if (subject.device.streams[0] != NULL && subject.stream.link.session.open) mesh_device_host.asked(&subject.stream, copy, length);
  free(copy);
}

static void take_member(const char *verb, const char *member, const uint8_t *octets, size_t length) {
  static uint8_t message[MOST_MESSAGE];
  struct mesh_writer writer = subject_begin(message, sizeof message, verb);
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, 7);
  mesh_write_text(&writer, member);
  mesh_write_octets(&writer, MESH_DATA, octets, length);
  mesh_write_octet(&writer, '}');
  mesh_write_octet(&writer, '}');
  if (!writer.full) take(message, writer.length);
}

static void take_sealed(const char *verb, const uint8_t *body, size_t length) {
  static uint8_t sealed[MOST_MESSAGE];
  size_t octets = subject_seal(sealed, sizeof sealed, body, length);
  if (octets > 0) take_member(verb, "Sealed", sealed, octets);
}

static void take_enveloped(const char *verb, const char *member, const uint8_t *body, size_t length) {
  static uint8_t envelope[MOST_MESSAGE];
  size_t octets = subject_envelope(envelope, sizeof envelope, body, length);
  if (octets > 0) take_member(verb, member, envelope, octets);
}

/* The hub helps to open it. */
static void take_order(const uint8_t *body, size_t length) {
  static const uint8_t share[MESH_POINT] = {3};
  uint8_t message[96];
  take_sealed("Order", body, length);
  struct mesh_writer writer = subject_begin(message, sizeof message, "Agreed");
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, subject.power.agree_id);
  mesh_write_text(&writer, "Share");
  mesh_write_octets(&writer, MESH_DATA, share, sizeof share);
  take(message, subject_end(&writer));
}

static void change_value(const uint8_t *octets, size_t length) {
  struct mesh_reader reader = {octets, octets + length};
  struct mesh_token name = mesh_read(&reader), value = mesh_read(&reader);
  char text[40];
  if (name.kind != MESH_TEXT || name.length >= sizeof text) return;
  memcpy(text, name.octets, name.length);
  text[name.length] = 0;
  mesh_device_change(&subject.device, text, value);
}

static void begin_session(uint8_t how) {
  subject_stream("tcp", 64 + how);
  subject_session(how & 1 ? MESH_MODE_LINKED : MESH_MODE_ONBOARD, how & 2 ? 2 : 1);
}

static void take_piece(const uint8_t *octets, size_t length) {
  enum wrapping wrapping = length == 0 ? PLAIN : octets[0] % WRAPPINGS;
  const uint8_t *body = octets + (length > 0);
  size_t rest = length - (length > 0);
  if (wrapping == PLAIN) take(body, rest);
  else if (wrapping == SEALED) take_member("Deliver", "Sealed", body, rest);
  else if (wrapping == DELIVER) take_sealed("Deliver", body, rest);
  else if (wrapping == RESET) take_sealed("Reset", body, rest);
  else if (wrapping == RELEASE) take_sealed("Release", body, rest);
  else if (wrapping == DELEGATE) take_enveloped("Delegate", "Delegation", body, rest);
  else if (wrapping == ORDER) take_order(body, rest);
  else if (wrapping == MANIFEST) take_enveloped("Update", "Manifest", body, rest);
  else if (wrapping == WAIT) subject.clock += rest == 0 ? 300 : 300u * (body[0] + 1);
  else if (wrapping == AT_DEVICE) change_value(body, rest);
  else if (wrapping == POWER) subject_restart(), begin_session(rest == 0 ? 1 : body[0]);
  else if (rest > 0 && body[0] == 'r') mesh_device_reset(&subject.device);
  else begin_session(rest == 0 ? 0 : body[0]);
  mesh_device_poll(&subject.device);
  subject_check();
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length) {
  struct fuzz_pieces pieces = {octets + 1, octets + length};
  size_t piece;
  if (length < 2) return 0;
  subject_start(classes[octets[0] / SUBJECT_STANDINGS % 4], (enum subject_standing)(octets[0] % SUBJECT_STANDINGS));
  begin_session(octets[0] % SUBJECT_STANDINGS >= SUBJECT_STORED && octets[0] % SUBJECT_STANDINGS != SUBJECT_LOCKED);
  for (const uint8_t *at = fuzz_next(&pieces, &piece); at != NULL; at = fuzz_next(&pieces, &piece)) take_piece(at, piece);
  return 0;
}
