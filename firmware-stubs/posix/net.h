/* net: TCP connections and a serial line as streams of the device. docs/device-link.md §3. */
#ifndef NET_H
#define NET_H

#include "mesh_device.h"

/* How a device is reached. */
struct reach {
  const char *host; /* TCP: where it listens */
  int port;
  const char *line; /* serial: a terminal or a unix socket; NULL for TCP */
  size_t largest;
};

/* Listens or opens the line; false when it cannot. The port in use stands in `reach` then. */
bool net_start(struct mesh_device *device, struct reach *reach);

/* Everything is closed; `net_start` begins anew. */
void net_stop(void);

/* Waits for octets on the streams or on `other`, at most so many milliseconds; true when `other` can be read. */
bool net_wait(int other, int milliseconds);

/* Shows fresh hails; on a line they are said. */
void net_hail(void);

void net_send(void *stream, const uint8_t *packet, size_t length);
void net_close(void *stream);

#endif
