/* What a radio part says to the firmware over its pipe (firmware-stubs/posix/radio.h), as it comes. */
#include "radio.h"

#include "classes.h"
#include "net.h"
#include "subject.h"

#include <fcntl.h>
#include <unistd.h>

bool net_write(int file, const uint8_t *octets, size_t length) {
  (void)file, (void)octets;
  return length > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length) {
  int ends[2];
  if (pipe(ends) != 0) return 0;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  subject_start(&light_class, length > 0 && octets[0] & 1 ? SUBJECT_CONNECTED : SUBJECT_NEW);
  radio_start(&subject.device, &subject.stream, ends[0]);
  if (length > 0 && write(ends[1], octets + 1, length - 1) == (ssize_t)length - 1) {
    while (radio_ready()) mesh_device_poll(&subject.device);
    subject_check();
  }
  radio_stop();
  close(ends[0]);
  close(ends[1]);
  return 0;
}

size_t fuzz_seed(int which, uint8_t *octets, size_t room) {
  static const uint8_t seed[] = {0, 0, 3, 2, 0, 182, 0, 4, 3, 1, 0, 0, 0, 5, 3, 0x7f, 0, 1, 1, 0, 1, 4};
  (void)room;
  if (which > 0) return 0;
  for (size_t at = 0; at < sizeof seed; at++) octets[at] = seed[at];
  return sizeof seed;
}
