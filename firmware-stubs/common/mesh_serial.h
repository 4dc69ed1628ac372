/* mesh_serial: the device's end of a serial line: hello, open, frames, end. docs/device-link.md §3, Serial. One stream at a time, the newest. */
#ifndef MESH_SERIAL_H
#define MESH_SERIAL_H

#include "mesh_line.h"
#include "mesh_link.h"

/* What the device gives to its line. `me` is the line's `me`, and that of the link's host. */
struct mesh_serial_calls {
  mesh_line_put *put;                            /* writes octets to the UART; its `line` is `me` */
  size_t (*hails)(void *me, uint8_t hails[192]); /* the hails in force, 12 octets each; how many octets */
};

struct mesh_serial {
  const struct mesh_serial_calls *calls;
  const struct mesh_host *host;
  struct mesh_link *link;
  void *me;
  struct mesh_line_reader reader;
  uint8_t stream; /* 0 while none is open */
  bool used;      /* a frame has come: the same number again is a repetition only before that */
};

/* The device has started: says so, and hails. `link` lies beside it and is begun with each stream. */
void mesh_serial_start(struct mesh_serial *serial, const struct mesh_serial_calls *calls, struct mesh_link *link, const struct mesh_host *host, void *me);

/* An octet has come. */
void mesh_serial_octet(struct mesh_serial *serial, uint8_t octet);

/* Says the hails in force: every quarter of an hour, and when they have changed. */
void mesh_serial_hail(struct mesh_serial *serial);

/* For the host's `send` and `close`. */
void mesh_serial_send(struct mesh_serial *serial, const uint8_t *frame, size_t length);
void mesh_serial_close(struct mesh_serial *serial);

#endif
