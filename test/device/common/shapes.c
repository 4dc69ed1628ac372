/*
 * A connected light on the stand of test/device/fuzz. Each line of standard input is a message of its hub in hex, in a session of its own; the answer says
 * whether the session is "open" after it or "over".
 */
#include "classes.h"
#include "subject.h"

#include <stdio.h>

int main(void) {
  static char line[4096];
  uint8_t message[sizeof line / 2];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t length = 0;
    unsigned octet;
    for (; sscanf(line + 2 * length, "%2x", &octet) == 1; length++) message[length] = (uint8_t)octet;
    subject_start(&light_class, SUBJECT_CONNECTED);
    subject_stream("tcp", 512);
    subject_session(MESH_MODE_LINKED, 1);
    mesh_device_host.asked(&subject.stream, message, length);
    puts(subject.stream.link.session.open ? "open" : "over");
  }
  return 0;
}
