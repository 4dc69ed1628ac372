/* Packets of a stream before and in a session: frames, handshakes, parts of messages. The first octet says how the device stands. */
#include "classes.h"
#include "subject.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 700 };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length) {
  struct fuzz_pieces pieces = {octets + 1, octets + length};
  size_t piece;
  if (length < 2) return 0;
  subject_start(&light_class, (enum subject_standing)(octets[0] % SUBJECT_STANDINGS));
  subject_stream("tcp", 64 + octets[0]);
  for (const uint8_t *at = fuzz_next(&pieces, &piece); at != NULL; at = fuzz_next(&pieces, &piece)) {
    uint8_t *packet = fuzz_copy(at, piece);
    if (piece <= MESH_LARGEST) mesh_link_packet(&subject.stream.link, packet, piece);
    free(packet);
    subject.clock += STEP_MS;
    mesh_device_poll(&subject.device);
    subject_check();
  }
  return 0;
}

static size_t frame(uint8_t *out, uint8_t type, const uint8_t *body, size_t length) {
  out[0] = type;
  out[1] = (uint8_t)(length >> 8);
  out[2] = (uint8_t)length;
  memcpy(out + 3, body, length);
  return 3 + length;
}

/* Mode, ephemeral key, the hub's key sealed, Select sealed. */
static size_t hello(uint8_t *out, uint8_t mode) {
  uint8_t body[256] = {mode};
  memset(body + 1, 9, MESH_KEY);
  memset(body + 1 + MESH_KEY, 0x33, MESH_KEY);
  struct mesh_writer writer = {.octets = body, .room = sizeof body, .length = 1 + 2 * MESH_KEY + MESH_TAG};
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "Select");
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "HubUdf");
  mesh_write_text(&writer, subject_hub);
  mesh_write_text(&writer, "DealEpoch");
  mesh_write_integer(&writer, 1);
  return frame(out, 0x10, body, subject_end(&writer) + MESH_TAG);
}

static size_t part(uint8_t *out, uint8_t counter, uint8_t flag, const char *message) {
  uint8_t body[300] = {0};
  size_t length = strlen(message);
  body[7] = counter;
  body[8] = flag;
  memcpy(body + 9, message, length);
  return frame(out, 0x20, body, 9 + length + MESH_TAG);
}

size_t fuzz_seed(int which, uint8_t *octets, size_t room) {
  uint8_t packet[400];
  size_t at = 1;
  (void)room;
  if (which > 2) return 0;
  octets[0] = (uint8_t)(which == 0 ? SUBJECT_NEW : which == 1 ? SUBJECT_STORED : SUBJECT_CONNECTED);
  at += fuzz_join(octets + at, 0, packet, frame(packet, 0x01, (const uint8_t *)"", 0));
  at = fuzz_join(octets, at, packet, hello(packet, which > 0));
  at = fuzz_join(octets, at, packet, part(packet, 0, 0, ""));
  at = fuzz_join(octets, at, packet, part(packet, 1, 1, "{\x80\x04Ping{\x80\x02Id"));
  at = fuzz_join(octets, at, packet, part(packet, 2, 0, "\xa0\x01}}"));
  return fuzz_join(octets, at, packet, frame(packet, 0x7f, (const uint8_t *)"\1", 1));
}
