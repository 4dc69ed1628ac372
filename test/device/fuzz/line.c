/* A serial line: octets as they come, and the contents of blocks, whose checks are made good. The first octet of a piece says which. */
#include "classes.h"
#include "mesh_serial.h"
#include "subject.h"

#include <string.h>

static struct mesh_serial serial;

static void answer(void *me, const uint8_t *octets, size_t length) {
  (void)me, (void)octets, (void)length;
}

static size_t hails(void *me, uint8_t out[192]) {
  (void)me;
  return mesh_device_hails(&subject.device, out);
}

static void feed(void *me, const uint8_t *octets, size_t length) {
  (void)me;
  for (size_t at = 0; at < length; at++) mesh_serial_octet(&serial, octets[at]);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length) {
  static const struct mesh_serial_calls calls = {answer, hails};
  struct fuzz_pieces pieces = {octets, octets + length};
  size_t piece;
  subject_start(&light_class, length > 0 && octets[0] & 2 ? SUBJECT_CONNECTED : SUBJECT_NEW);
  subject_stream("serial", MESH_LARGEST);
  mesh_serial_start(&serial, &calls, &subject.stream.link, &mesh_device_host, &subject.stream);
  for (const uint8_t *at = fuzz_next(&pieces, &piece); at != NULL; at = fuzz_next(&pieces, &piece)) {
    if (piece < 1) continue;
    if ((at[0] & 1) == 0) feed(NULL, at + 1, piece - 1);
    else if (piece >= 3) mesh_line_send(feed, NULL, at[1], at[2], at + 3, piece - 3);
    subject.clock += 700;
    mesh_device_poll(&subject.device);
    subject_check();
  }
  return 0;
}

size_t fuzz_seed(int which, uint8_t *octets, size_t room) {
  static const uint8_t blocks[][9] = {{1, 2, 0}, {1, 2, 1}, {1, 3, 1, 1, 0, 0}, {1, 3, 1, 0x7f, 0, 1, 1}, {1, 4, 1}, {0, 0, 3, 1, 2, 1, 0, 0, 0}};
  size_t at = 0;
  (void)room;
  if (which > 0) return 0;
  for (size_t block = 0; block < sizeof blocks / sizeof *blocks; block++) at = fuzz_join(octets, at, blocks[block], block < 2 ? 3 : sizeof *blocks);
  return at;
}
